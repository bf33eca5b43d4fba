import { flag, thousands } from '../../options.ts'
import { countOr0 } from '../amounts.ts'
import { isExplicit, saturated, totalCount } from '../buckets/buckets.ts'
import { selectDistribution } from '../buckets/select-distribution.ts'
import { maxBounds } from '../limits.ts'
import { distributionSum, haveSameBounds } from '../merge/merge-distribution.ts'
import { onSharedBounds } from '../merge/shared-bounds.ts'
import type { ReadTime } from '../read-time.ts'
import type { Buckets, DistributionFamilySnapshot, DistributionSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import {
  type Counted,
  explicitCells,
  explicitCountsCell,
  exponentialHeadCells,
  joinOctaves,
  maxBuckets,
  maxCell,
  minCell,
  readDistribution,
  type SeriesCells,
  sumCell,
  zeroCell,
} from './cells.ts'
import { distributionStatistics } from './distribution-statistics.ts'
import { addCountCells, addSumCell } from './evict-cells.ts'
import { readExemplars } from './exemplar.ts'
import { inCells } from './in-cells.ts'
import { countOctaves, noBuckets, octaveCounts } from './octave-quantiles.ts'
import { numberOptions } from './options.ts'
import type { Parts } from './parts.ts'
import { readRecent } from './recent.ts'
import type { Fields, KindRow, Mutable, SeriesLayout, Totals } from './row.ts'
import { sanitizeDistribution } from './sanitize-distribution.ts'
import { subtractDistribution } from './subtract-distribution.ts'

/** How many cells a histogram has. */
export function histogramCells({ bounds }: SeriesLayout): number {
  return bounds === undefined ? exponentialHeadCells : explicitCells(bounds.length)
}

/**
 * A distribution from its cells, with the parts that are wanted. At most `max` exponential buckets, and `maxRecent` in each
 * window.
 */
export function readHistogram(
  source: SeriesCells,
  bounds: readonly number[] | undefined,
  at: ReadTime,
  parts: Parts,
  max: number = maxBuckets,
  maxRecent: number = max,
): DistributionSeries {
  const { labels, cells, index, octaves } = source
  if (bounds === undefined && (parts.inCells || !parts.buckets)) return readWithoutBuckets(source, at, parts, maxRecent)
  let buckets: Buckets
  if (bounds === undefined) {
    buckets = joinOctaves(countOr0(cells[index + zeroCell] as number), octaves, max)
  } else {
    const from = index + explicitCountsCell
    buckets = { bounds, counts: Array.from(cells.subarray(from, from + bounds.length + 1), countOr0) }
  }
  const count = totalCount(buckets)
  const series: Mutable<DistributionSeries> = readDistribution(labels, cells, index, count, saturated(buckets, count))
  addFurther(series, source, bounds, at, parts, maxRecent)
  return parts.buckets ? series : selectDistribution(series, parts)
}

/** Adds what a series has besides its totals: not by a copy of it, which takes longer than all else here. */
function addFurther(
  series: Mutable<DistributionSeries>,
  source: SeriesCells,
  bounds: readonly number[] | undefined,
  at: ReadTime,
  parts: Parts,
  maxRecent: number,
): void {
  const recent = readRecent(series, source, bounds, at.end, parts, maxRecent)
  if (recent !== undefined) series.recent = recent
  const exemplars = source.exemplars && parts.exemplars ? readExemplars(source.exemplars, at) : []
  if (exemplars.length > 0) series.exemplars = exemplars
}

/** Counted, and its quantiles found, in the cells themselves: copies of exponential buckets are most of the time of a read. */
function readWithoutBuckets(source: SeriesCells, at: ReadTime, parts: Parts, maxRecent: number): DistributionSeries {
  const { labels, cells, index, octaves, counted } = source
  const zero = countOr0(cells[index + zeroCell] as number)
  const count = counted === undefined ? countOctaves(zero, octaves) : counted.count
  const series: Mutable<DistributionSeries> = readDistribution(labels, cells, index, count, noBuckets)
  if (parts.inCells) return inCells(series, zero, octaves)
  const quantiles = counted === undefined ? octaveCounts.quantiles(parts.quantiles, series) : counted.quantiles
  if (quantiles !== undefined) series.quantiles = quantiles
  addFurther(series, source, undefined, at, parts, maxRecent)
  return series
}

/** What a read can be given later of the distribution whose octaves {@link octaveCounts} has, and whose first cell is `index`. */
export function countedOctaves(cells: Float64Array, index: number, quantiles: readonly number[]): Counted {
  const { count } = octaveCounts
  const series = readDistribution({}, cells, index, count, noBuckets)
  return { count, quantiles: octaveCounts.quantiles(quantiles, series) }
}

/** Adds the totals of one histogram to those in the head of another. */
export function evictHistogram({ bounds }: SeriesLayout, into: Slot, from: Slot): void {
  addSumCell(into, from, sumCell)
  const minIndex = into.index + minCell
  const maxIndex = into.index + maxCell
  const [min, max] = [from.cells[from.index + minCell] as number, from.cells[from.index + maxCell] as number]
  if (Number.isFinite(min) && !((into.cells[minIndex] as number) <= min)) into.cells[minIndex] = min
  if (Number.isFinite(max) && !((into.cells[maxIndex] as number) >= max)) into.cells[maxIndex] = max
  if (bounds === undefined) addCountCells(into, from, zeroCell, 1)
  else addCountCells(into, from, explicitCountsCell, bounds.length + 1)
}

const totals: Totals<DistributionSeries> = {
  cumulative(series) {
    if (series.last === undefined && series.rates === undefined && series.recent === undefined) return series
    const { last: _last, rates: _rates, recent: _recent, ...lasting } = series
    return lasting
  },
  subtract: subtractDistribution,
  sanitize: sanitizeDistribution,
  evict: evictHistogram,
}

function areBounds(bounds: unknown): boolean {
  if (!Array.isArray(bounds) || bounds.length < 1 || bounds.length > maxBounds) return false
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]))
}

/** What distinguishes two families that cannot be added up. */
function distinction({ series: [first] }: DistributionFamilySnapshot): string {
  if (first === undefined || !isExplicit(first.buckets)) return 'with exponential buckets'
  const { bounds } = first.buckets
  return `with the buckets ${bounds.slice(0, 3).join(', ')}${bounds.length > 3 ? ', …' : ''}`
}

const fields: Fields = {
  count: 'totalCount',
  sum: 'finite',
  min: 'finite?',
  max: 'finite?',
  last: 'finite?',
  mean: 'mean',
  standardDeviation: 'standardDeviation',
  quantiles: 'quantiles',
  rates: 'rates?',
  recent: 'recent?',
  exemplars: 'exemplars?',
  buckets: 'buckets',
}

export const histogramRow: KindRow<DistributionFamilySnapshot> & { readonly totals: Totals<DistributionSeries> } = {
  options: {
    ...numberOptions,
    buckets: [areBounds, `1 to ${thousands(maxBounds)} finite numbers in ascending order`],
    recent: flag,
    exemplars: flag,
  },
  statistics: distributionStatistics,
  cells: histogramCells,
  isTimed: ({ recent }) => recent !== false,
  extensions: ({ bounds }) =>
    bounds === undefined ? ['octave', 'recent', 'copies', 'exemplar'] : ['recent', 'exemplar'],
  read: ({ bounds }, source, at, parts, max, maxRecent) => readHistogram(source, bounds, at, parts, max, maxRecent),
  areAlike: haveSameBounds,
  align: onSharedBounds,
  distinction,
  sum: distributionSum,
  totals,
  fields,
}
