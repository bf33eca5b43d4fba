import type { Timer } from '../../metrics/kinds/timer.ts'
import type { Family } from '../../metrics/registry/family.ts'

/** Takes what exceeds a limit, as OpenTelemetry's conventions have it. */
export const other = '_OTHER'

/** Methods that are a label of their own: those of OpenTelemetry's conventions. */
const methods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'])

/** By index: no response, then a class for each hundred, then what is no HTTP status. */
const statusClasses = ['', '1xx', '2xx', '3xx', '4xx', '5xx', other] as const

/** Timers by route or host, of one method after the other, of one status class after the other. */
interface Place {
  readonly name: string
  readonly byMethod: Map<string, (Timer | undefined)[]>
}

/**
 * The timers of a family with labels for a place (a route or a host), a method and a class of statuses. A series is found by
 * two map lookups at most, without an object of labels, so that a request allocates nothing. Places and methods are bounded.
 */
export class RequestTimers<L extends string> {
  private readonly family: Family<Timer, L | 'http_request_method' | 'http_response_status_class'>
  private readonly placeLabel: L
  private readonly maxPlaces: number
  private readonly places = new Map<string, Place>()
  /** What was found last: most requests are like the one before. */
  private lastPlace = ''
  private lastMethod = ''
  private lastIndex = 0
  private last: Timer | undefined

  constructor(
    family: Family<Timer, L | 'http_request_method' | 'http_response_status_class'>,
    placeLabel: L,
    maxPlaces: number,
  ) {
    this.family = family
    this.placeLabel = placeLabel
    // Besides the empty one and that of the others.
    this.maxPlaces = maxPlaces + 2
    this.addPlace('')
    this.addPlace(other)
  }

  /** `status` 0 stands for no response. */
  find(place: string, method: string, status: number): Timer {
    const index = status === 0 ? 0 : status >= 100 && status < 600 ? (status / 100) | 0 : 6
    const { last } = this
    const isSame = place === this.lastPlace && method === this.lastMethod && index === this.lastIndex
    if (isSame && last !== undefined) return last
    const known = this.places.get(place) ?? this.findPlace(place)
    const timers = known.byMethod.get(method) ?? findMethod(known, method)
    const timer = timers[index] ?? this.create(known, timers, method, index)
    this.lastPlace = place
    this.lastMethod = method
    this.lastIndex = index
    this.last = timer
    return timer
  }

  private findPlace(name: string): Place {
    return this.places.size < this.maxPlaces ? this.addPlace(name) : (this.places.get(other) as Place)
  }

  private addPlace(name: string): Place {
    const place = { name, byMethod: new Map() }
    this.places.set(name, place)
    return place
  }

  private create(place: Place, timers: (Timer | undefined)[], method: string, index: number): Timer {
    const timer = this.family.labels({
      [this.placeLabel]: place.name,
      http_request_method: methods.has(method) ? method : other,
      http_response_status_class: statusClasses[index],
    } as Record<L | 'http_request_method' | 'http_response_status_class', string>)
    timers[index] = timer
    return timer
  }
}

function findMethod({ byMethod }: Place, method: string): (Timer | undefined)[] {
  const known = methods.has(method) ? method : other
  let timers = byMethod.get(known)
  if (timers === undefined) {
    timers = statusClasses.map(() => undefined)
    byMethod.set(known, timers)
  }
  return timers
}
