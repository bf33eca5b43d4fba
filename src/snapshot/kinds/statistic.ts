/** Where a series is what came in an interval of time: how long that was, and the same series since its start. */
export interface Interval<Series> {
  readonly seconds: number
  readonly total: Series | undefined
}

/** A named number, or text, of a series. */
export interface Statistic<Series> {
  /** Whether its unit is that of the family, a unit of its own, or none. */
  readonly unit: 'family' | 's' | ''
  /** Whether it is an amount per second. */
  readonly perSecond: boolean
  /**
   * `undefined` where the series does not have it now. `rest` is what stands for the `*` in the name of a statistic.
   * A method, so that the statistics of a kind can be kept with those of others.
   */
  read(series: Series, interval: Interval<Series> | undefined, rest: string): number | string | undefined
}

/** Statistics by their names; a `*` at the end of a name stands for a percentile, or for a state. */
export type Statistics<Series> = Readonly<Record<string, Statistic<Series>>>

/** The statistics of a kind. */
export interface KindStatistics<Series> {
  readonly named: Statistics<Series>
  /** The one that is meant where none is named. */
  readonly default: string
  /** The same for what came in an interval, and for a sum over several sources. Default: as always. */
  readonly overInterval?: string
  readonly inSum?: string
}

/** A statistic in the unit of the family, or in one of its own. */
export function inUnit<S>(read: Statistic<S>['read'], unit: Statistic<S>['unit'] = 'family'): Statistic<S> {
  return { unit, perSecond: false, read }
}

/** A statistic without a unit. */
export function bare<S>(read: Statistic<S>['read']): Statistic<S> {
  return inUnit(read, '')
}

/** An amount per second. */
export function perSecond<S>(unit: Statistic<S>['unit'], read: Statistic<S>['read']): Statistic<S> {
  return { unit, perSecond: true, read }
}

/** How much came per second. */
export function rateOf(amount: number, interval: { readonly seconds: number } | undefined): number | undefined {
  return interval !== undefined && interval.seconds > 0 ? amount / interval.seconds : undefined
}

/** The series since its start. */
export function sinceStart<S>(series: S, interval: Interval<S> | undefined): S | undefined {
  return interval === undefined ? series : interval.total
}

/** What there is of a count. */
export const countStatistics: Statistics<{ readonly value: number }> = {
  rate: perSecond('family', ({ value }, interval) => rateOf(value, interval)),
  count: inUnit(({ value }) => value),
  total: inUnit((series, interval) => sinceStart(series, interval)?.value),
  value: inUnit((series, interval) => sinceStart(series, interval)?.value),
}
