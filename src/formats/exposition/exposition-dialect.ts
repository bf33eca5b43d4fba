import type { BucketsPerOctave } from './bucket-bounds.ts'

/** Types of families in OpenMetrics; the 0.0.4 text has no `info` and no `stateset`, and takes gauges for them. */
export type ExposedType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset'

/** What the metadata lines of a family say. */
export interface Heading {
  /** Without `_total` and `_info`. */
  readonly name: string
  readonly type: ExposedType
  /** The unit at the end of `name`; empty for none. */
  readonly unit: string
  readonly help: string
}

/** Where the two formats differ. */
export interface Dialect {
  /** The metadata lines of a family. */
  header(heading: Heading): string
  /** Value of `_created` lines as text; empty for no such lines. */
  readonly created: string
  /** Whether NaN and sinking values are refused where only rising ones make sense, and sums below 0. */
  readonly strict: boolean
  /** Whether exemplars may follow values. */
  readonly exemplars: boolean
  readonly bucketsPerOctave: BucketsPerOctave
}

/** A number as both formats take it, JavaScript's shortest exact text or `+Inf`, `-Inf`, `NaN`. */
export function numberText(value: number): string {
  if (value - value === 0) return `${value}`
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : 'NaN'
}
