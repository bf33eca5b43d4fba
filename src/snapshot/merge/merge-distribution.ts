import { addCounts, addSums } from '../amounts.ts'
import { downscale, isExplicit, joinedSeconds, saturated } from '../buckets/buckets.ts'
import type { Range } from '../buckets/quantile.ts'
import { maxBuckets } from '../kinds/cells.ts'
import { addRates } from '../kinds/rates.ts'
import type { SeriesSum } from '../kinds/row.ts'
import type { Buckets, DistributionSeries, ExplicitBuckets, ExponentialBuckets, Recent, Windows } from '../snapshot.ts'
import { joinExemplars } from './merge-exemplars.ts'

/** Counts that were made in this merge, and so may be added to. */
type Own = WeakSet<readonly number[]>

/** Distributions add bucket by bucket. */
export function distributionSum(): SeriesSum<DistributionSeries, DistributionSeries> {
  const own: Own = new WeakSet()
  return { begin: (one) => one, add: (sum, one) => addDistributions(sum, one, own), end: (sum) => sum }
}

/** The recent windows of several distributions with the same bounds as one; `undefined` for none. */
export function sumOfWindows(windows: Iterable<Recent>): Recent | undefined {
  const own: Own = new WeakSet()
  let sum: Recent | undefined
  for (const one of windows) sum = sum === undefined ? one : addWindow(sum, one, own)
  return sum
}

/** Whether two distributions have the same explicit bounds, or both none. */
export function haveSameBounds({ buckets: a }: DistributionSeries, { buckets: b }: DistributionSeries): boolean {
  if (!isExplicit(a) || !isExplicit(b)) return isExplicit(a) === isExplicit(b)
  if (a.bounds === b.bounds) return true
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i])
}

function addDistributions(a: DistributionSeries, b: DistributionSeries, own: Own): DistributionSeries {
  const { labels } = a
  const count = addCounts(a.count, b.count)
  const sum = addSums(a.sum, b.sum)
  const buckets = saturated(addBuckets(a.buckets, b.buckets, own), count)
  const { min, max } = extremes(a, b)
  const extras = extrasOf(a, b, own)
  // Most have no more than this, and spreading objects takes as long as adding the buckets.
  if (min !== undefined && max !== undefined && extras === undefined) return { labels, count, sum, min, max, buckets }
  return {
    labels,
    count,
    sum,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    buckets,
    ...extras,
  }
}

/** What only some have: last values, rates, recent windows and exemplars. */
function extrasOf(a: DistributionSeries, b: DistributionSeries, own: Own): Partial<DistributionSeries> | undefined {
  const last = a.count > 0 && b.count > 0 ? undefined : (a.last ?? b.last)
  const rates = b.rates === undefined ? a.rates : addRates(a.rates, b.rates)
  const recent =
    a.recent === undefined || b.recent === undefined ? (a.recent ?? b.recent) : addRecent(a.recent, b.recent, own)
  const known = a.exemplars ?? b.exemplars
  if (last === undefined && rates === undefined && recent === undefined && known === undefined) return undefined
  return {
    ...(last === undefined ? {} : { last }),
    ...(rates === undefined ? {} : { rates }),
    ...(recent === undefined ? {} : { recent }),
    ...(known === undefined ? {} : { exemplars: joinExemplars(a.exemplars ?? [], b.exemplars ?? [], a.buckets) }),
  }
}

function addRecent(a: Windows<Recent>, b: Windows<Recent>, own: Own): Windows<Recent> {
  const window = (name: '1m' | '5m'): Windows<Recent> => {
    const [x, y] = [a[name], b[name]]
    const sum = x === undefined || y === undefined ? (x ?? y) : addWindow(x, y, own)
    return sum === undefined ? {} : { [name]: sum }
  }
  return { ...window('1m'), ...window('5m') }
}

function addWindow(a: Recent, b: Recent, own: Own): Recent {
  const count = addCounts(a.count, b.count)
  return {
    seconds: joinedSeconds(a, b),
    count,
    sum: addSums(a.sum, b.sum),
    buckets: saturated(addBuckets(a.buckets, b.buckets, own), count),
  }
}

/** The smallest and the largest value of two distributions, where they are known. */
export function extremes(a: Range, b: Range): Range {
  return {
    min: a.min === undefined || b.min === undefined ? (a.min ?? b.min) : Math.min(a.min, b.min),
    max: a.max === undefined || b.max === undefined ? (a.max ?? b.max) : Math.max(a.max, b.max),
  }
}

function addBuckets(a: Buckets, b: Buckets, own: Own): Buckets {
  if (isExplicit(a)) {
    const { counts } = b as ExplicitBuckets
    return { bounds: a.bounds, counts: a.counts.map((n, i) => n + (counts[i] ?? 0)) }
  }
  return addWithin(a, b as ExponentialBuckets, own) ?? addExponential(a, b as ExponentialBuckets, own)
}

/** The sum where the counts of `b` lie within those of `a`, as they mostly do from the second or third page on. */
function addWithin(a: ExponentialBuckets, b: ExponentialBuckets, own: Own): ExponentialBuckets | undefined {
  const added = b.counts
  const shift = b.offset - a.offset
  const isWithin = a.scale === b.scale && shift >= 0 && shift + added.length <= a.counts.length
  if (!isWithin || added.length === 0 || a.counts[0] === 0 || a.counts.at(-1) === 0) return undefined
  let counts = a.counts as number[]
  if (!own.has(counts)) {
    counts = counts.slice()
    own.add(counts)
  }
  for (let i = 0; i < added.length; i++) counts[shift + i] = (counts[shift + i] as number) + (added[i] as number)
  return { scale: a.scale, zero: a.zero + b.zero, offset: a.offset, counts }
}

function addExponential(first: ExponentialBuckets, second: ExponentialBuckets, own: Own): ExponentialBuckets {
  const zero = first.zero + second.zero
  const a = trimmed(first)
  const b = trimmed(second)
  // Without counts a scale says nothing: the other's holds, so that an empty series never makes a full one coarser.
  if (a.counts.length === 0 && b.counts.length === 0) return { ...a, scale: Math.min(a.scale, b.scale), zero }
  if (b.counts.length === 0) return { ...a, zero }
  if (a.counts.length === 0) return { ...b, zero }
  const scale = scaleFor(a, b)
  const x = downscale(a, scale)
  const y = downscale(b, scale)
  const offset = Math.min(x.offset, y.offset)
  const end = Math.max(x.offset + x.counts.length, y.offset + y.counts.length)
  const counts = new Array<number>(end - offset).fill(0)
  own.add(counts)
  for (const part of [x, y]) {
    const shift = part.offset - offset
    for (let i = 0; i < part.counts.length; i++) counts[shift + i] = (counts[shift + i] ?? 0) + (part.counts[i] ?? 0)
  }
  return { scale, zero, offset, counts }
}

/**
 * The lower scale of both; a lower one yet where there would be more buckets than one distribution may have. Two that are far
 * apart would else become one of half a million buckets, and a thousand such ones take all memory.
 */
function scaleFor(a: ExponentialBuckets, b: ExponentialBuckets): number {
  let scale = Math.min(a.scale, b.scale)
  for (; ; scale--) {
    const lowest = Math.min(...[a, b].map((one) => Math.floor(one.offset / 2 ** (one.scale - scale))))
    const highest = Math.max(
      ...[a, b].map((one) => Math.floor((one.offset + one.counts.length - 1) / 2 ** (one.scale - scale))),
    )
    if (highest - lowest < maxBuckets) return scale
  }
}

/** The same buckets without empty ones at both ends; with none at all, the offset is 0. */
function trimmed(buckets: ExponentialBuckets): ExponentialBuckets {
  const { scale, zero, counts } = buckets
  let from = 0
  let to = counts.length
  while (from < to && counts[from] === 0) from++
  while (to > from && counts[to - 1] === 0) to--
  if (from === to) return { scale, zero, offset: 0, counts: [] }
  if (from === 0 && to === counts.length) return buckets
  return { scale, zero, offset: buckets.offset + from, counts: counts.slice(from, to) }
}
