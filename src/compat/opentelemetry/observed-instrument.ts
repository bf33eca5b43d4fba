import { type Attributes, diag, type Observable, type ObservableCallback } from '@opentelemetry/api'
import type { Average } from '../../metrics/kinds/average.ts'
import type { Counter } from '../../metrics/kinds/counter.ts'
import type { Gauge } from '../../metrics/kinds/gauge.ts'
import type { Histogram } from '../../metrics/kinds/histogram.ts'
import type { Accepted } from './instruments.ts'
import type { Stream, StreamMetric } from './streams.ts'

/** What was observed of a total. */
interface Observed {
  /** What it had come to before it began again. */
  before: number
  last: number
}

/** Who calls callbacks. */
interface CallbackHost {
  add(callback: ObservableCallback, instruments: ReadonlySet<ObservedInstrument>, isBatch: boolean): void
  remove(callback: ObservableCallback, instruments: ReadonlySet<ObservedInstrument>, isBatch: boolean): void
}

/** An instrument whose values callbacks observe. */
export class ObservedInstrument implements Observable {
  private readonly accepted: Accepted
  private readonly streams: readonly ObservedStream[]
  private readonly observables: CallbackHost

  constructor(streams: readonly Stream[], accepted: Accepted, observables: CallbackHost) {
    this.accepted = accepted
    this.streams = streams.map((stream) => new ObservedStream(stream))
    this.observables = observables
  }

  /** Its name, as it was created. */
  get name(): string {
    return this.accepted.name
  }

  addCallback(callback: ObservableCallback): void {
    if (typeof callback === 'function') this.observables.add(callback, new Set([this]), false)
    else diag.warn(`A callback of ${this.name} must be a function`)
  }

  removeCallback(callback: ObservableCallback): void {
    this.observables.remove(callback, new Set([this]), false)
  }

  /** Takes what one call of a callback observed. */
  take(observations: readonly (readonly [value: number, attributes: Attributes])[], round: number): void {
    const taken = observations.flatMap(([value, attributes]) => {
      const valid = this.valid(value)
      return valid === undefined ? [] : [[valid, attributes] as const]
    })
    for (const stream of this.streams) stream.take(taken, round)
  }

  /** Removes what was not observed in this round. */
  removeUnseen(round: number): void {
    for (const stream of this.streams) stream.removeUnseen(round)
  }

  /** Counts a callback that failed. */
  countFailure(): void {
    for (const { family } of this.streams) family.countFailure('callback')
  }

  private valid(value: number): number | undefined {
    const { name, isInt, min } = this.accepted
    const taken = typeof value === 'number' && value >= min && value <= Number.MAX_VALUE
    if (taken && isInt && !Number.isInteger(value)) diag.warn(`${name} takes integers: ${value} was cut`)
    if (taken) return isInt ? Math.trunc(value) : value
    diag.warn(`${name} takes ${min === 0 ? 'numbers of at least 0' : 'finite numbers'}: ${value} was dropped`)
    for (const { family } of this.streams) family.countRejected('value')
    return undefined
  }
}

/** What callbacks observe, on its way to one family. */
class ObservedStream {
  private readonly stream: Stream
  private readonly totals = new Map<Counter, Observed>()
  /** The round in which each series was last observed, where those that are not observed any more go. */
  private readonly seen = new Map<StreamMetric, number>()

  constructor(stream: Stream) {
    this.stream = stream
  }

  get family(): Stream['index']['family'] {
    return this.stream.index.family
  }

  take(observations: readonly (readonly [value: number, attributes: Attributes])[], round: number): void {
    const { use, index } = this.stream
    const values = new Map<StreamMetric, number>()
    for (const [value, attributes] of observations) {
      const metric = index.find(attributes)
      if (use === 'distribution') (metric as Histogram | Average).record(value)
      // The overflow series stands for many sets of attributes.
      else
        values.set(metric, use === 'sum' && this.family.isOverflow(metric) ? (values.get(metric) ?? 0) + value : value)
    }
    for (const [metric, value] of values) {
      if (this.family.description.kind === 'counter') {
        this.raise(metric as Counter, value)
      } else {
        ;(metric as Gauge).set(value)
        if (!this.family.isOverflow(metric)) this.seen.set(metric, round)
      }
    }
  }

  /** Totals stay, as counters do; a gauge that nobody observes any more is gone. */
  removeUnseen(round: number): void {
    const gone = new Set<StreamMetric>()
    for (const [metric, last] of this.seen) if (last !== round) gone.add(metric)
    if (gone.size === 0) return
    for (const metric of gone) this.seen.delete(metric)
    this.family.removeSeries(gone)
    this.stream.index.forget()
  }

  /** What falls has begun again at zero, as in Prometheus: a counter never falls. */
  private raise(counter: Counter, value: number): void {
    const known = this.totals.get(counter)
    if (known === undefined) {
      counter.add(value)
      this.totals.set(counter, { before: 0, last: value })
      return
    }
    const { before, last } = known
    const isAlone = counter.value === before + last
    if (value < last) known.before = before + last
    known.last = value
    // As it was observed, and not with the rounding of differences.
    if (isAlone) counter.value = known.before + value
    else counter.add(value < last ? value : value - last)
  }
}
