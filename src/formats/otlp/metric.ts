import type { Exemplar, Labels } from '../../snapshot/snapshot.ts'

/** A metric as the OpenTelemetry data model has it, apart from any encoding. */
export type OtlpMetric = OtlpGauge | OtlpSum | OtlpHistogram | OtlpExponentialHistogram

interface OtlpHead {
  /** The dotted name, as declared, with an ending for the further metrics of a kind. */
  readonly name: string
  /** The help text; empty for none. */
  readonly description: string
  /** UCUM code; empty for none. */
  readonly unit: string
}

interface Cumulating {
  /** Since when its points count, in Unix seconds, where a point has no start of its own. */
  readonly start: number
}

/** The present value of something. */
export interface OtlpGauge extends OtlpHead {
  readonly type: 'gauge'
  /** Whether the values are integers, whatever they are. */
  readonly isInteger: boolean
  readonly points: Iterable<OtlpNumber>
}

/** A total. */
export interface OtlpSum extends OtlpHead, Cumulating {
  readonly type: 'sum'
  /** Whether it may fall: then it is cumulative whatever others are, as the growth of such a total has no meaning to readers. */
  readonly mayFall?: true
  readonly points: Iterable<OtlpNumber>
}

/** A distribution over given bounds, or over none: count and sum only. */
export interface OtlpHistogram extends OtlpHead, Cumulating {
  readonly type: 'histogram'
  readonly points: Iterable<OtlpExplicit>
}

/** A distribution in buckets of a power of two. */
export interface OtlpExponentialHistogram extends OtlpHead, Cumulating {
  readonly type: 'exponentialHistogram'
  readonly points: Iterable<OtlpExponential>
}

export type OtlpPoint = OtlpNumber | OtlpExplicit | OtlpExponential

interface OtlpPointHead {
  readonly labels: Labels
  /** In Unix seconds, where it is not that of the metric. */
  readonly start?: number
  readonly exemplars?: readonly Exemplar[]
}

export interface OtlpNumber extends OtlpPointHead {
  readonly value: number
  /** All digits of an integer beyond 2^53. */
  readonly exact?: string
}

interface OtlpDistribution extends OtlpPointHead {
  readonly count: number
  /** Absent where it may sink. */
  readonly sum?: number
  readonly min?: number
  readonly max?: number
}

export interface OtlpExplicit extends OtlpDistribution {
  /** Upper bounds, inclusive. */
  readonly bounds: readonly number[]
  /** One more than there are bounds; none at all for a histogram without buckets. */
  readonly counts: readonly number[]
}

export interface OtlpExponential extends OtlpDistribution {
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  /** The number of the first bucket in `counts`. */
  readonly offset: number
  readonly counts: readonly number[]
}
