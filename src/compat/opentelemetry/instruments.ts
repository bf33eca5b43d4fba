import { type Attributes, type Context, diag } from '@opentelemetry/api'
import { reasonOf } from '../../errors.ts'
import type { Average } from '../../metrics/kinds/average.ts'
import type { Counter } from '../../metrics/kinds/counter.ts'
import type { Gauge } from '../../metrics/kinds/gauge.ts'
import type { Histogram } from '../../metrics/kinds/histogram.ts'
import type { Metric } from '../../metrics/registry/metric.ts'
import type { AttributeIndex } from './attribute-index.ts'
import { exemplarOf } from './exemplars.ts'

/** What an instrument takes. */
export interface Accepted {
  /** Name of the instrument. */
  readonly name: string
  /** Whether it has whole numbers only. */
  readonly isInt: boolean
  /** The least value: 0 for counters and histograms. */
  readonly min: number
}

/** Records a value; by either of the names that the API has for that. */
export interface Recording {
  add(value: number, attributes?: Attributes, context?: Context): void
  record(value: number, attributes?: Attributes, context?: Context): void
}

/** An instrument whose values go to one family. */
abstract class SingleInstrument<M extends Metric> implements Recording {
  protected readonly index: AttributeIndex<M>
  protected readonly accepted: Accepted
  protected readonly isInt: boolean
  protected readonly min: number
  /** Whether exemplars are kept. */
  protected readonly keeps: boolean

  constructor(index: AttributeIndex<M>, accepted: Accepted) {
    this.index = index
    this.accepted = accepted
    this.isInt = accepted.isInt
    this.min = accepted.min
    this.keeps = index.family.description.exemplars === true
  }

  abstract add(value: number, attributes?: Attributes, context?: Context): void
  abstract record(value: number, attributes?: Attributes, context?: Context): void

  protected accepts(value: number): boolean {
    const isInRange = typeof value === 'number' && value >= this.min && value <= Number.MAX_VALUE
    return isInRange && (!this.isInt || Number.isInteger(value))
  }

  /** Records the whole part of a fraction where only whole numbers are taken; counts and reports all else. */
  protected correct(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const { accepted, index } = this
    const whole = typeof value === 'number' && value >= this.min ? Math.trunc(value) : Number.NaN
    if (this.isInt && this.accepts(whole)) {
      diag.warn(`${accepted.name} takes integers: ${value} was recorded as ${whole}`)
      this.add(whole, attributes, context)
    } else {
      diag.warn(
        `${accepted.name} takes ${this.min === 0 ? 'numbers of at least 0' : 'finite numbers'}: ${value} was dropped`,
      )
      index.family.countRejected('value')
    }
  }

  /** Metrics never take an app down: the attributes may be an object that throws. */
  protected fail(cause: unknown): void {
    diag.error(`${this.accepted.name} could not record: ${reasonOf(cause)}`)
  }
}

/** Adds values up. */
export class SumInstrument extends SingleInstrument<Counter | Gauge> {
  override add(value: number, attributes?: Attributes, context?: Context): void {
    try {
      if (!this.accepts(value)) this.correct(value, attributes, context)
      else if (this.keeps) this.addWithSpan(value, attributes, context)
      else this.index.find(attributes).add(value)
    } catch (cause) {
      this.fail(cause)
    }
  }

  override record(value: number, attributes?: Attributes, context?: Context): void {
    this.add(value, attributes, context)
  }

  private addWithSpan(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const counter = this.index.find(attributes) as Counter
    const span = exemplarOf(context)
    if (span === undefined) counter.add(value)
    else counter.addWithExemplar(value, span)
  }
}

/** Keeps the last value. */
export class LastInstrument extends SingleInstrument<Gauge> {
  override record(value: number, attributes?: Attributes, context?: Context): void {
    try {
      if (this.accepts(value)) this.index.find(attributes).set(value)
      else this.correct(value, attributes, context)
    } catch (cause) {
      this.fail(cause)
    }
  }

  override add(value: number, attributes?: Attributes, context?: Context): void {
    this.record(value, attributes, context)
  }
}

/** Records how values are distributed. */
export class DistributionInstrument extends SingleInstrument<Histogram | Average> {
  override record(value: number, attributes?: Attributes, context?: Context): void {
    try {
      if (!this.accepts(value)) this.correct(value, attributes, context)
      else if (this.keeps) this.recordWithSpan(value, attributes, context)
      else this.index.find(attributes).record(value)
    } catch (cause) {
      this.fail(cause)
    }
  }

  override add(value: number, attributes?: Attributes, context?: Context): void {
    this.record(value, attributes, context)
  }

  private recordWithSpan(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const histogram = this.index.find(attributes) as Histogram
    const span = exemplarOf(context)
    if (span === undefined) histogram.record(value)
    else histogram.recordWithExemplar(value, span)
  }
}

/** An instrument of which views made several streams, or none. */
export class ManyInstruments implements Recording {
  private readonly all: readonly Recording[]

  constructor(all: readonly Recording[]) {
    this.all = all
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    for (const one of this.all) one.add(value, attributes, context)
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    for (const one of this.all) one.add(value, attributes, context)
  }
}
