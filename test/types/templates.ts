/** Types of what templates become, and wrong uses that must not compile. */
import { type Counter, counter, type Family, type Gauge, type Info, type State, type Timer, timer } from 'plimsoll'
import {
  childrenByValue,
  collection,
  Metered,
  metered,
  type Sum,
  statsFor,
  sumOfChildren,
  type Template,
  template,
} from 'plimsoll/objects'

const stats = collection('web', {
  errors: template.counter(),
  latency: template.timer({ buckets: [0.1, 1] }),
  byPath: template.counter({ labels: ['path', 'status'] }),
  load: template.gauge({ type: 'int' }),
  mode: template.state({ states: ['starting', 'serving'] }),
  modes: template.state({ states: ['up', 'down'], labels: ['host'] }),
  build: template.info({ version: '1' }),
})

// Right uses, whose types are as said.
export const errors: Counter = stats.errors
export const latency: Timer = stats.latency
export const byPath: Family<Counter, 'path' | 'status'> = stats.byPath
export const rooms: Template<Family<Gauge, 'room'>> = template.gauge({ labels: ['room'], removeAtZero: true })
export const load: Gauge = stats.load
export const mode: State<'starting' | 'serving'> = stats.mode
export const modes: Family<State<'up' | 'down'>, 'host'> = stats.modes
export const build: Info = stats.build
export const named: Template<Counter> = template.counter({ help: 'Errors' })
export const declared: Counter = counter('types.errors', { help: 'Errors' })
export const declaredFamily: Family<Counter, 'path'> = counter('types.byPath', { labels: ['path'] })
stats.errors.value += 1

// @ts-expect-error: there is no such member
stats.eror.inc()

// @ts-expect-error: a timer is not incremented
stats.latency.inc()

// @ts-expect-error: a label is missing
stats.byPath.labels({ path: '/' })

// @ts-expect-error: there is no such state
stats.mode.set('serve')

// @ts-expect-error: members are not put in place of each other
stats.errors = counter('types.others')

// @ts-expect-error: a template has no value; it needs a name first
template.counter().inc()

// @ts-expect-error: a metric with a name is no template
collection('types', { errors: counter('types.errors') })

// @ts-expect-error: an option is misspelt
template.counter({ hlep: 'text' })

// @ts-expect-error: a timer's unit is the second
template.timer({ unit: 'ms' })

// @ts-expect-error: a gauge without labels has no series that could go at 0
template.gauge({ removeAtZero: true })

// @ts-expect-error: a state says which states there are
template.state()

/** The metrics of a class are of the types that its templates say, next to what its base has. */
abstract class Base {
  readonly size: number
  constructor(size: number) {
    this.size = size
  }
  abstract answer(): string
}
abstract class Endpoint extends Metered(
  'types.{}',
  { latency: template.timer(), byPath: template.counter({ labels: ['path'] }) },
  { base: Base },
) {
  @metered('types.{}.errors', template.counter()) readonly errors!: Counter
  // @ts-expect-error: a gauge is no counter
  @metered('types.{}.load', template.gauge()) readonly load!: Counter
  // @ts-expect-error: methods have no metrics of their own
  @metered('types.{}.answer', template.counter()) other(): void {}
}
export class Users extends Endpoint {
  answer(): string {
    const latency: Timer = this.latency
    this.byPath.labels({ path: '/' }).inc(this.size)
    return latency.time(() => 'answer')
  }
}

// @ts-expect-error: Users takes what Base takes
new Users('3')

// @ts-expect-error: there is no such metric
new Users(3).lateness.time(() => {})

// @ts-expect-error: a metric of a class stays
new Users(3).latency = timer('types.latency')

// @ts-expect-error: what Metered makes is to be extended
export const abstractOne = (): unknown => new (Metered('types.{}', { latency: template.timer() }))()

const parent = {}
const objectStats = statsFor(parent, '/processor', {
  finished: sumOfChildren(template.counter()),
  queued: sumOfChildren(template.gauge({ labels: ['queue'] })),
  state: childrenByValue(),
  threads: template.gauge(),
  byPath: template.counter({ labels: ['path'] }),
})

// Right uses, whose types are as said.
export const finished: number = objectStats.finished.value
export const queued: Sum = objectStats.queued.labels({ queue: 'mail' })
export const waiting: number = objectStats.state.labels({ value: 'waiting' }).value
export const threads: Gauge = objectStats.threads
export const path: Counter = objectStats.byPath.labels({ path: '/' })
export const ended: Disposable = objectStats
objectStats.close()

// @ts-expect-error: a sum comes from below
objectStats.finished.inc()

// @ts-expect-error: a sum is read, not set
objectStats.finished.value = 1

// @ts-expect-error: a label is misspelt
objectStats.queued.labels({ queues: 'mail' })

// @ts-expect-error: only counters and gauges can be summed up
sumOfChildren(template.timer())

// @ts-expect-error: a collection has no children
collection('types', { finished: sumOfChildren(template.counter()) })

// @ts-expect-error: close is a method
statsFor(parent, '/processor', { close: template.counter() })

// @ts-expect-error: statistics are of objects
statsFor('processor', '/processor', {})
