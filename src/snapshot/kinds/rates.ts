import { addSums, amountOr0 } from '../amounts.ts'
import type { ReadTime } from '../read-time.ts'
import type { Rates } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { addCell } from './evict-cells.ts'
import { perSecond, type Statistics } from './statistic.ts'

/**
 * The cells of rates, counted from the first: when the series began, when the rates were last brought up to date and at
 * which count (seconds of the writer's clock; 0 for not yet), then the averages over 1, 5 and 15 minutes, per second.
 */
export const startedAtCell = 0
export const tickedAtCell: number = startedAtCell + 1
export const tickedCountCell: number = tickedAtCell + 1
export const firstAverageCell: number = tickedCountCell + 1
const minutes: readonly number[] = [1, 5, 15]
export const rateCells: number = firstAverageCell + minutes.length

/** Seconds between two ticks, as in Dropwizard's meters. */
export const tickSeconds = 5
/** A writer that did not bring its rates up to date for so many seconds is blocked or gone: its readers do it then. */
const lateSeconds = 10
/** Below this, one event in 30 years, an average that decays is 0: it would else end as a number of 300 decimal places. */
const minRate = 1e-9

/**
 * A moment at which everything that depends on time is brought up to date, at once or bit by bit; in seconds of the
 * registry's clock.
 */
export interface Tick {
  /** The present of what is brought up to date next. */
  readonly now: number
  /** When the last tick began; before the first one, when the registry was made. */
  readonly before: number
  /** Seconds from then to the beginning of this one. */
  readonly elapsed: number
  /** When the registry was made. */
  readonly begun: number
  /** Result of {@link renewals}, kept while the seconds stay the same. */
  renewals(seconds: number): readonly number[]
}

/**
 * The share of each average that is replaced after this many seconds. The exponentially weighted moving averages are
 * those of Unix load averages and of Dropwizard's EWMA, for ticks of any length: the old value keeps
 * e^(-seconds / window) of its weight.
 */
export function renewals(seconds: number): readonly number[] {
  return minutes.map((window) => -Math.expm1(-seconds / (window * 60)))
}

/** Begins rates. */
export function beginRates(cells: Float64Array, index: number, now: number): void {
  cells[index + startedAtCell] = now
}

/** Turns the growth of `count` since the last tick into rates. */
export function tickRates(cells: Float64Array, index: number, count: number, time: Tick): void {
  const tickedAt = cells[index + tickedAtCell] as number
  if (tickedAt === 0) {
    tickFirst(cells, index, count, time)
    return
  }
  const { now } = time
  const seconds = now - tickedAt
  if (!(seconds > 0)) return
  const rate = rateOf(count - (cells[index + tickedCountCell] as number), seconds)
  const renewed = time.renewals(seconds)
  // The time first: a reader that comes in between sees rates of one tick ago, and never a growth over no time.
  cells[index + tickedAtCell] = now
  for (let i = 0; i < minutes.length; i++) {
    const at = index + firstAverageCell + i
    const average = cells[at] as number
    cells[at] = average + (renewed[i] as number) * (rate - average)
  }
  cells[index + tickedCountCell] = count
}

/**
 * The first tick: the averages are what happened since the series began, which may be less or, when the event loop was
 * blocked, more than one tick ago. Less counts as one tick: two events within a millisecond are no 2,000 a second.
 */
function tickFirst(cells: Float64Array, index: number, count: number, { now, before }: Tick): void {
  const most = now - before
  if (!(most > 0)) return
  const age = now - (cells[index + startedAtCell] as number)
  const rate = rateOf(count, Math.min(most, Math.max(age, tickSeconds)))
  cells[index + tickedCountCell] = count
  for (let i = 0; i < minutes.length; i++) cells[index + firstAverageCell + i] = rate
  // Last: without it readers see no rates.
  cells[index + tickedAtCell] = now
}

/**
 * The rates for a reader at `now`: of a writer that is blocked or gone decayed further. The mean is that of its life, up to
 * `end`. `undefined` before the first tick.
 */
export function readRates(
  cells: Float64Array,
  index: number,
  count: number,
  { now, end }: ReadTime,
): Rates | undefined {
  const tickedAt = cells[index + tickedAtCell] as number
  if (!(tickedAt > 0)) return undefined
  // By the clock of another machine, the last tick may seem to be in the future.
  const age = Math.max(end, tickedAt) - (cells[index + startedAtCell] as number)
  const mean = age > 0 ? amountOr0(count / age) : 0
  const silent = now - tickedAt
  const late = silent >= lateSeconds ? renewals(silent) : undefined
  const rate = rateOf(count - amountOr0(cells[index + tickedCountCell] as number), silent)
  const first = index + firstAverageCell
  return {
    mean,
    m1: decayed(cells[first] as number, late?.[0], rate),
    m5: decayed(cells[first + 1] as number, late?.[1], rate),
    m15: decayed(cells[first + 2] as number, late?.[2], rate),
  }
}

/** An average of which the share `late` is replaced by a rate; `undefined` for none. */
function decayed(cell: number, late: number | undefined, rate: number): number {
  const average = amountOr0(cell)
  const present = late === undefined ? average : average + late * (rate - average)
  return present < minRate ? 0 : present
}

/** Events per second; 0 for a count that fell or is beyond all numbers, which would spoil the averages for ever. */
function rateOf(grown: number, seconds: number): number {
  return grown > 0 && grown < Number.POSITIVE_INFINITY ? grown / seconds : 0
}

/** How often things happen that happen in two places; without a first one, as often as in the second. */
export function addRates(a: Rates | undefined, b: Rates): Rates {
  if (a === undefined) return b
  const { mean, m1, m5, m15 } = b
  return {
    mean: addSums(a.mean, mean),
    m1: addSums(a.m1, m1),
    m5: addSums(a.m5, m5),
    m15: addSums(a.m15, m15),
  }
}

/** The mean rate is that of all; the averages are of those in use, whose growth since the last tick must stay what it is. */
export function evictRates(into: Slot, from: Slot, rates: number): void {
  addCell(into, from, rates + tickedCountCell)
  const started = into.index + rates + startedAtCell
  const other = amountOr0(from.cells[from.index + rates + startedAtCell] as number)
  into.cells[started] = Math.min(amountOr0(into.cells[started] as number), other)
}

/** The statistics of rates, per second and in this unit. */
export function rateStatistics(unit: 'family' | ''): Statistics<{ readonly rates?: Rates }> {
  return {
    m1: perSecond(unit, ({ rates }) => rates?.m1),
    m5: perSecond(unit, ({ rates }) => rates?.m5),
    m15: perSecond(unit, ({ rates }) => rates?.m15),
  }
}
