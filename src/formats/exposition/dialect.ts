import type { Labels } from '../../snapshot/snapshot.ts'
import type { CreatedAt } from './created.ts'
import type { ExpositionOptions, LeftOut } from './options.ts'

/** Types of families in OpenMetrics; the 0.0.4 text has no `info` and no `stateset`, and takes gauges for them. */
export type ExposedType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset'

/** The content of the metadata lines of a family. */
export interface Heading {
  /** Without `_total` and `_info`. */
  readonly name: string
  readonly type: ExposedType
  /** The unit at the end of `name`; empty for none. */
  readonly unit: string
  readonly help: string
}

/** Where the two texts differ, and what the caller wants of them. */
export interface Dialect {
  /** The metadata lines of a family. */
  header(heading: Heading): string
  /** A finite bound as the value of `le`. */
  boundText(bound: number): string
  /** `undefined` for no `_created` lines. */
  readonly createdAt: CreatedAt | undefined
  /** Labels of all series, in front of their own. */
  readonly fixed: Labels | undefined
  /** Whether NaN and sinking values are refused where only rising ones make sense, and sums below 0. */
  readonly strict: boolean
  /** Whether exemplars may follow values. */
  readonly exemplars: boolean
  readonly options: ExpositionOptions
  leaveOut(leftOut: LeftOut): void
}

/** A number as both formats take it, JavaScript's shortest exact text or `+Inf`, `-Inf`, `NaN`. */
export function numberText(value: number): string {
  if (value - value === 0) return `${value}`
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : 'NaN'
}

/**
 * A number as OpenMetrics 1.0 wants it in `le` ("Canonical Numbers"): like Go's %g in full precision, `.0` behind whole
 * numbers.
 */
export function canonicalNumber(value: number): string {
  if (value === 0) return '0.0'
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 6) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}
