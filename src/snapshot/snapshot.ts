/** The kinds of metric that registries record and pages hold; a snapshot can carry texts besides. */
export type Kind = Exclude<FamilySnapshot['kind'], 'text'>

/** Label names to values, in the order in which the family declared them. */
export type Labels = Readonly<Record<string, string>>

/**
 * How gauges of several processes become one:
 * `sum`, `min`, `max`, or `mean` over the processes that have the series.
 */
export type Aggregation = 'sum' | 'min' | 'max' | 'mean'

/**
 * What a writer's page says of its life:
 * `live`: the writer holds its lock; `exited`: the lock is gone, by whatever death;
 * `folded`: the numbers have moved into a fleet's ledger.
 */
export type PageState = 'live' | 'exited' | 'folded'

/** One process or thread whose numbers are in a snapshot. */
export interface PageInfo {
  /** Path of the page file; `null` for a registry that is not published. */
  readonly file: string | null
  readonly pid: number
  /** Node's `threadId`: 0 for the main thread. */
  readonly tid: number
  readonly app: string
  readonly host: string
  /** Unix time in seconds at which the registry was made. */
  readonly startedAt: number
  readonly state: PageState
  /** Seconds since the writer's event loop last ran its ticker; `null` when there is no ticker. Never negative. */
  readonly heartbeatAge: number | null
  /**
   * Unix time in seconds at which the writer closed its page in good order; `null` while it lives, and for ever when it was
   * killed or crashed. Absent where the source cannot tell.
   */
  readonly endedAt?: number | null
}

/** A number that only goes up. */
export interface CounterSeries {
  readonly labels: Labels
  readonly value: number
  /** All digits of a whole number beyond 2^53, of which `value` is the nearest float64; absent otherwise. */
  readonly exact?: string
}

/** A number that goes up and down. */
export interface GaugeSeries {
  readonly labels: Labels
  readonly value: number
  /** All digits of a whole number beyond 2^53, of which `value` is the nearest float64; absent otherwise. */
  readonly exact?: string
  /** How many processes are in `value`, so that means of means come out right; absent means 1. */
  readonly processes?: number
}

/** A text: a version, a state, a name. */
export interface TextSeries {
  readonly labels: Labels
  readonly value: string
  /** How many processes have just this text; absent means 1. */
  readonly processes?: number
}

/**
 * Base-2 exponential buckets, as in OpenTelemetry: with base = 2^(2^-scale), `counts[i]` holds the values in
 * (base^(offset+i), base^(offset+i+1)]. `zero` holds what is 0 or too small for a bucket.
 * Per-bucket counts, not cumulative.
 */
export interface ExponentialBuckets {
  readonly scale: number
  readonly zero: number
  readonly offset: number
  readonly counts: readonly number[]
}

/**
 * Buckets with given upper bounds, ascending, inclusive: `counts[i]` holds the values in (bounds[i-1], bounds[i]],
 * and one last count what is above all bounds. Per-bucket counts, not cumulative.
 */
export interface ExplicitBuckets {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

export type Buckets = ExponentialBuckets | ExplicitBuckets

/** A distribution. `count` is always the sum of the bucket counts. */
export interface DistributionSeries {
  readonly labels: Labels
  readonly count: number
  readonly sum: number
  /** Smallest and largest value ever recorded; absent while `count` is 0. */
  readonly min?: number
  readonly max?: number
  readonly buckets: Buckets
}

interface FamilyHead {
  /** Dotted path, as declared: `web.latency`. */
  readonly name: string
  /** UCUM unit as declared (`s`, `By`, `1`, …); empty when none was given. */
  readonly unit: string
  readonly help: string
  /** Label names in declared order. A series past the family's limit is `{ overflow: 'true' }` instead. */
  readonly labelNames: readonly string[]
}

export interface CounterFamilySnapshot extends FamilyHead {
  readonly kind: 'counter'
  readonly series: readonly CounterSeries[]
}

export interface GaugeFamilySnapshot extends FamilyHead {
  readonly kind: 'gauge'
  readonly aggregation: Aggregation
  readonly series: readonly GaugeSeries[]
}

/** A `timer` is a histogram of seconds. */
export interface DistributionFamilySnapshot extends FamilyHead {
  readonly kind: 'histogram' | 'timer'
  readonly series: readonly DistributionSeries[]
}

/** Each process has texts of its own, so several series may have the same labels: one for each text. */
export interface TextFamilySnapshot extends FamilyHead {
  readonly kind: 'text'
  readonly series: readonly TextSeries[]
}

/** A family of one kind; every consumer switches on `kind` and ends in a `never` check. */
export type FamilySnapshot =
  | CounterFamilySnapshot
  | GaugeFamilySnapshot
  | DistributionFamilySnapshot
  | TextFamilySnapshot

/**
 * All metrics of one or more processes at one moment: plain data, the one type that formats, sinks and commands take.
 * It comes from a registry, a page, a directory of pages or a merge; nothing downstream can tell which.
 */
export interface Snapshot {
  readonly version: 1
  /** Unix time in seconds. */
  readonly takenAt: number
  readonly pages: readonly PageInfo[]
  /** Sorted by name, by code unit. */
  readonly families: readonly FamilySnapshot[]
}

/** Anything that can be asked for its metrics: a registry, a page, a fleet, a remote aggregator. */
export interface Source {
  read(): Snapshot | Promise<Snapshot>
}
