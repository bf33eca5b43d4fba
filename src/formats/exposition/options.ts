import { optionInvalid } from '../../errors.ts'
import { callback, checkOptions, flag, type OptionRules, oneOf } from '../../options.ts'
import type { Labels } from '../../snapshot/snapshot.ts'

/** How many bounds exponential buckets get to each doubling of the value. */
export type BucketsPerOctave = 1 | 2 | 4 | 8 | 16 | 32

/** A part of a snapshot that a text or message does not contain. */
export interface LeftOut {
  /** The name of the family, as declared. */
  readonly name: string
  /** How many of its series are left out. */
  readonly series: number
  /** What was wrong, in one line. */
  readonly reason: string
}

/** Options of the Prometheus formats. */
export interface ExpositionOptions {
  /**
   * How many `le` bounds a doubling of the value gets in the fine range of the fixed bounds: 1, 2, 4, 8, 16 or 32. The
   * more, the finer are quantiles in queries, and the longer is the text.
   * @default 2 for times, 1 for others
   */
  readonly bucketsPerOctave?: BucketsPerOctave
  /**
   * `le` bounds by metric, for those that record exponential buckets: `{ 'web.latency': [0.1, 0.25, 1] }`. Each is taken to
   * the nearest edge of a recorded bucket, at most 1.1 % away, so that counts stay exact. Bounds that a metric was declared
   * with are exported as they are.
   */
  readonly buckets?: Readonly<Record<string, readonly number[]>>
  /**
   * `prom-client` gives the metrics of `plimsoll/runtime` the names, types and labels that prom-client's
   * `collectDefaultMetrics()` has for them, for dashboards that are made for these; docs/runtime.md lists them.
   * @default the names of the metrics
   */
  readonly names?: 'prom-client'
  /**
   * Adds `_created` samples to the OpenMetrics text and creation times to protobuf: when the process of a series began, of a
   * sum its oldest process.
   * @default false
   */
  readonly created?: boolean
  /** Labels for each series, in front of its own. A label of its own with one of these names becomes `exported_…`. */
  readonly defaultLabels?: Labels
  /** Takes what is left out: families whose names collide, series that are too long. */
  readonly onLeftOut?: (leftOut: LeftOut) => void
}

const perOctaves: readonly unknown[] = [1, 2, 4, 8, 16, 32] satisfies BucketsPerOctave[]

/** Which values of {@link ExpositionOptions} are valid. */
export const expositionRules: OptionRules<ExpositionOptions> = {
  bucketsPerOctave: [(given) => perOctaves.includes(given), '1, 2, 4, 8, 16 or 32'],
  buckets: [(given) => isObject(given) && !Array.isArray(given), 'an object of arrays of bounds'],
  names: oneOf('prom-client'),
  created: flag,
  defaultLabels: [areLabels, 'an object of strings'],
  onLeftOut: callback,
}

/** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
export function checkExpositionOptions(options: ExpositionOptions, where: string): void {
  checkOptions(where, options, expositionRules)
  for (const [name, bounds] of Object.entries(options.buckets ?? {})) {
    if (areBounds(bounds)) continue
    throw optionInvalid(`buckets["${name}"]`, where, bounds, '1 to 1,000 finite numbers above 0, ascending')
  }
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null
}

function areLabels(given: unknown): boolean {
  return isObject(given) && !Array.isArray(given) && Object.values(given).every((value) => typeof value === 'string')
}

function areBounds(given: unknown): boolean {
  if (!Array.isArray(given) || given.length === 0 || given.length > 1000) return false
  return given.every((bound, i) => Number.isFinite(bound) && bound >= 2 ** -1022 && !(bound <= given[i - 1]))
}
