import type { Buckets } from './buckets/bucket-types.ts'
import type { Aggregation, AverageWindow, NumberType } from './family-traits.ts'
import type { Labels, PageInfo } from './page-info.ts'
import type { Selection } from './selector-type.ts'

export type { Buckets, ExplicitBuckets, ExponentialBuckets } from './buckets/bucket-types.ts'
export type { Labels, PageInfo, PageState } from './page-info.ts'

/** The kinds of metric. */
export type Kind = FamilySnapshot['kind']

interface SeriesHead {
  /** The values of the labels; empty for a family without labels. */
  readonly labels: Labels
}

interface Total {
  /** How many values were recorded. */
  readonly count: number
  /** The sum of these values. */
  readonly sum: number
}

/** A number that only goes up. */
export interface CounterSeries extends SeriesHead {
  /** The total since the series began. */
  readonly value: number
  /** All digits of a whole number beyond 2^53, of which `value` is the nearest float64; absent otherwise. */
  readonly exact?: string
  /** The last one, if any. */
  readonly exemplars?: readonly Exemplar[]
}

/** Smallest and largest value over a window of time. */
export interface Extremes {
  /** How much time this covers. */
  readonly seconds: number
  /** The smallest value. */
  readonly min: number
  /** The largest value. */
  readonly max: number
}

/** The same over the last minute and the last five; a window is absent where nothing is known of it. */
export interface Windows<T> {
  /** Over the last minute. */
  readonly '1m'?: T
  /** Over the last five minutes. */
  readonly '5m'?: T
}

/** A number that goes up and down. */
export interface GaugeSeries extends SeriesHead {
  /** The present value. */
  readonly value: number
  /** All digits of a whole number beyond 2^53, of which `value` is the nearest float64; absent otherwise. */
  readonly exact?: string
  /** How many processes are in `value`, so that means of means come out right; absent means 1. */
  readonly processes?: number
  /** Unix time in seconds at which it was set; only with aggregation `last`. */
  readonly setAt?: number
  /** Only with `extremes`. */
  readonly extremes?: Windows<Extremes>
}

/**
 * How often something happens, per second: `mean` since the series began, the others as exponentially weighted moving
 * averages over 1, 5 and 15 minutes. They are those of living processes, and add up.
 */
export interface Rates {
  /** Since the series began. */
  readonly mean: number
  /** Over one minute. */
  readonly m1: number
  /** Over 5 minutes. */
  readonly m5: number
  /** Over 15 minutes. */
  readonly m15: number
}

/** A count of events, and how often they happen. */
export interface MeterSeries extends SeriesHead {
  /** The number of events since the series began. */
  readonly value: number
  /** Absent before the first tick, and where no process lives. */
  readonly rates?: Rates
}

/** A count and a sum of values; the mean is `sum / count`. */
export interface AverageSeries extends SeriesHead, Total {
  /** The same over the window of the family; absent without such a window, and where no process lives. */
  readonly window?: AverageOverWindow
}

/** What came to an average over its window. */
export interface AverageOverWindow extends Total {
  /** Seconds covered: about the window of the family, or less if there is less; only with a window of seconds. */
  readonly seconds?: number
}

/** Which of a few states something is in, and for how long it was in each. */
export interface StateSeries extends SeriesHead {
  /** The present state; of several processes the one that most are in. `null` where no process lives. */
  readonly value: string | null
  /** Seconds spent in each state, the present one included, over all processes. */
  readonly seconds: Readonly<Record<string, number>>
  /** How many processes are in each state now. */
  readonly processes: Readonly<Record<string, number>>
  /** How many holders have acquired the state and not released it yet. */
  readonly users: number
}

/** Constants of a process, as labels: version, revision. */
export interface InfoSeries extends SeriesHead {
  /** How many processes have just these; absent means 1. */
  readonly processes?: number
}

/** A text: a version, a state, a name. */
export interface TextSeries extends SeriesHead {
  /** The present text. */
  readonly value: string
  /** How many processes have just this text; absent means 1. */
  readonly processes?: number
}

/** One value that was recorded, with something that leads to where it came from, such as a trace id. */
export interface Exemplar {
  /** What leads to where the value came from. */
  readonly labels: Labels
  /** The value that was recorded. */
  readonly value: number
  /** Unix time in seconds. */
  readonly time: number
}

interface Distributed extends Total {
  /** How the values are distributed. */
  readonly buckets: Buckets
  /**
   * Quantiles by their shares, `'0.99'`, where a {@link Selection} asked for them instead of the buckets. Those of a recent
   * window are not confined to the smallest and largest value of the series.
   */
  readonly quantiles?: Readonly<Record<string, number>>
}

/** What came to a distribution over a window of time. */
export interface Recent extends Distributed {
  /**
   * Seconds covered: about those of the window's name. Of a writer that was killed, it ends with the last
   * heartbeat, and there may be up to a second more in the rest. Of several series or processes together, so many that the
   * rate is the sum of theirs.
   */
  readonly seconds: number
}

/**
 * A distribution. `count` is the sum of the bucket counts, except in what a {@link Selection} without buckets was read as:
 * there these are all 0. Use `quantile()` to read quantiles: it takes either.
 */
export interface DistributionSeries extends SeriesHead, Distributed {
  /** The smallest value ever recorded; absent while `count` is 0. */
  readonly min?: number
  /** The largest value ever recorded; absent while `count` is 0. */
  readonly max?: number
  /** The value recorded last; timers only, absent while `count` is 0 and in a sum over several processes. */
  readonly last?: number
  /** Timers only: how often they record. */
  readonly rates?: Rates
  /** Of living processes, or of one page up to its end. Absent before the first tick. */
  readonly recent?: Windows<Recent>
  /** The last ones, ascending by value, no two within one bucket range. */
  readonly exemplars?: readonly Exemplar[]
}

/** What it takes to estimate quantiles: a distribution since its start, or over a recent window. */
export type Distribution = Pick<DistributionSeries, 'count' | 'sum' | 'min' | 'max' | 'buckets' | 'quantiles'>

interface FamilyHead {
  /** Dotted path, as declared: `web.latency`. */
  readonly name: string
  /** UCUM unit as declared (`s`, `By`, `1`, …); empty when none was given. */
  readonly unit: string
  /** What the family is about, as declared; empty when none was given. */
  readonly help: string
  /**
   * Label names in declared order. Two series may have one other label instead: `{ overflow: 'true' }` counts what is past
   * the family's limit, `{ evicted: 'true' }` what series counted that were removed for idleness.
   */
  readonly labelNames: readonly string[]
  /**
   * Unix time in seconds at which the newest process with this definition began. Only in archives, whose page does not have
   * it.
   */
  readonly startedAt?: number
  /** How many series each process has at most, as declared, and a sum of processes as well; absent for the default of 2000. */
  readonly maxSeries?: number
  /** After how many seconds without use a series is removed, as declared. */
  readonly expireAfterSeconds?: number
}

interface Family<K, S> extends FamilyHead {
  /** The kind of metric. */
  readonly kind: K
  /** Its series, in the order in which they were made. */
  readonly series: readonly S[]
}

/** All series of a counter. */
export interface CounterFamilySnapshot extends Family<'counter', CounterSeries> {}

/** All series of a gauge. */
export interface GaugeFamilySnapshot extends Family<'gauge', GaugeSeries> {
  /** How the values of several processes become one. */
  readonly aggregation: Aggregation
  /** Absent means `float`. */
  readonly type?: NumberType
  /** Whether the value is what was added and subtracted; absent for no. */
  readonly upDownCounter?: true
}

/** All series of a meter. */
export interface MeterFamilySnapshot extends Family<'meter', MeterSeries> {}

/** All series of an average. */
export interface AverageFamilySnapshot extends Family<'average', AverageSeries> {
  /** What `window` is over: so many values, or so many seconds. Absent without a window. */
  readonly over?: AverageWindow
}

/** All series of a state. */
export interface StateFamilySnapshot extends Family<'state', StateSeries> {
  /** All states; the first one is that of a new series. */
  readonly states: readonly string[]
}

/** The labels of an info. */
export interface InfoFamilySnapshot extends Family<'info', InfoSeries> {}

/** All series of a histogram or timer. A timer is a histogram of seconds. */
export interface DistributionFamilySnapshot extends Family<'histogram' | 'timer', DistributionSeries> {}

/** All texts. Each process has texts of its own, so several series may have the same labels: one for each text. */
export interface TextFamilySnapshot extends Family<'text', TextSeries> {}

/** A family of one kind; every consumer switches on `kind` and ends in a `never` check. */
export type FamilySnapshot =
  | CounterFamilySnapshot
  | GaugeFamilySnapshot
  | MeterFamilySnapshot
  | DistributionFamilySnapshot
  | AverageFamilySnapshot
  | StateFamilySnapshot
  | TextFamilySnapshot
  | InfoFamilySnapshot

/** A family that is left out of a sum: processes that own the name declare it differently, such as with another kind or unit. */
export interface Conflict {
  /** The definition that is left out, with its series. */
  readonly family: FamilySnapshot
  /** The processes that declare it so. */
  readonly pages: readonly PageInfo[]
}

/**
 * All metrics of one or more processes at one moment: plain data, the one type that formats, sinks and commands take.
 * It comes from a registry, a page, a directory of pages or a merge; all of these are treated alike.
 */
export interface Snapshot {
  /** Version of this structure. */
  readonly version: 1
  /** Unix time in seconds. */
  readonly takenAt: number
  /** The processes and threads whose numbers are in it. */
  readonly pages: readonly PageInfo[]
  /** Sorted by name, by code unit. */
  readonly families: readonly FamilySnapshot[]
  /** What could not be added to the family of the same name. Absent where all could. */
  readonly conflicts?: readonly Conflict[]
}

/** Anything that metrics can be read from: a registry, a page, a fleet, a remote collector. */
export interface Source {
  /** All metrics now; with a selection at least those, and of their series at least the parts, that it names. */
  read(selection?: Selection): Snapshot | Promise<Snapshot>
}
