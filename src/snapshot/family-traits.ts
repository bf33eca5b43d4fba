export const aggregations = ['sum', 'min', 'max', 'mean', 'last', 'process'] as const
export const numberTypes = ['float', 'int', 'bool'] as const

/**
 * How gauges of several processes become one: `sum`, `min`, `max` or `mean` over the processes that have the series; `last`,
 * the one that was set last; `process`: they do not, each stays a series of its own, with a label that names its process.
 */
export type Aggregation = (typeof aggregations)[number]

/** What the values of a gauge are; formats show them so. A `bool` is 0 or 1, an `int` a whole number. */
export type NumberType = (typeof numberTypes)[number]

interface LastValues {
  /** How many values. */
  readonly values: number
  /** Not together with `values`. */
  readonly seconds?: never
}

interface LastSeconds {
  /** How many seconds. */
  readonly seconds: number
  /** Not together with `seconds`. */
  readonly values?: never
}

/** The last so many values, or the last so many seconds. */
export type AverageWindow = LastValues | LastSeconds
