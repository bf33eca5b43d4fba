import type { Clock } from '../../clock.ts'
import type { Counter } from '../../metrics/kinds/counter.ts'
import type { Gauge } from '../../metrics/kinds/gauge.ts'
import type { Timer } from '../../metrics/kinds/timer.ts'
import type { Family } from '../../metrics/registry/family.ts'
import type { Registry } from '../../metrics/registry/registry.ts'
import { other, RequestTimers } from './request-timers.ts'
import type { TimerLimits } from './server-metrics.ts'

/** A request of this process to another server, from its beginning to its end. */
export interface Call {
  readonly host: string
  readonly method: string
  readonly begun: number
  /** 0 before there is a response. */
  status: number
}

/** How many kinds of errors are a series of their own. */
const maxErrorTypes = 50

/** The metrics of HTTP clients, whichever client it is. */
export class ClientMetrics {
  private readonly clock: Clock
  private readonly durations: Family<Timer, string>
  private readonly timers: RequestTimers<string>
  private readonly active: Gauge
  private readonly errors: Family<Counter, 'error_type'>
  private readonly cancelled: Counter
  private isClosed = false

  constructor(registry: Registry, { maxPlaces, buckets }: TimerLimits) {
    const durations = registry.timer('http.client.request.duration', {
      labels: ['http_request_method', 'server_address', 'http_response_status_class'],
      help: 'Time from the beginning of a request to the end of its response, or to its failure',
      ...(buckets !== undefined && { buckets }),
    })
    this.clock = durations.clock
    this.durations = durations
    this.timers = new RequestTimers<string>(durations, 'server_address', maxPlaces)
    this.active = registry.gauge('http.client.active_requests', { help: 'Requests to other servers in progress' })
    this.errors = registry.counter('http.client.errors', {
      labels: ['error_type'],
      help: 'Requests to other servers that failed: no response, or not all of it',
      maxSeries: maxErrorTypes,
    })
    this.cancelled = registry.counter('http.client.cancelled_requests', {
      help: 'Requests that this process itself cancelled; neither in the durations nor in the errors',
    })
  }

  /** Counts a failure of ours. */
  countFailure(): void {
    this.durations.countFailure('observer')
  }

  begin(host: unknown, method: unknown): Call {
    this.active.inc()
    const name = typeof host === 'string' ? host.toLowerCase() : ''
    return { host: name, method: typeof method === 'string' ? method : '', begun: this.clock.now(), status: 0 }
  }

  /** Ends a request, with its error if it failed. */
  end({ host, method, begun, status }: Call, error?: unknown): void {
    this.release()
    this.timers.find(host, method, status).record((this.clock.now() - begun) / 1000)
    if (error !== undefined) this.errors.labels({ error_type: typeOf(error) }).inc()
  }

  /** Ends a request that this process did not want any more. */
  cancel(): void {
    this.release()
    this.cancelled.inc()
  }

  /** Nothing is observed any more: what was in flight is unknown from now on. */
  close(): void {
    this.isClosed = true
    this.active.set(0)
  }

  private release(): void {
    if (!this.isClosed) this.active.dec()
  }
}

/** Whether an error stands for a cancellation by this process. One after a time limit is an error. */
export function isCancellation(error: unknown): boolean {
  return nameOf(error) === 'AbortError' && !isTimeout(error)
}

/** Whether a time limit has passed, which `node:http` wraps in an error of its own. */
function isTimeout(error: unknown): boolean {
  return nameOf((Object(error) as { readonly cause?: unknown }).cause) === 'TimeoutError'
}

function nameOf(error: unknown): unknown {
  return (Object(error) as { readonly name?: unknown }).name
}

/** The code of an error, or its name, as far as these are words and not a text with values in it. */
function typeOf(error: unknown): string {
  if (isTimeout(error)) return 'TimeoutError'
  const { code } = Object(error) as { readonly code?: unknown }
  const type = typeof code === 'string' ? code : nameOf(error)
  return typeof type === 'string' && /^[A-Za-z_]\w{0,59}$/.test(type) ? type : other
}
