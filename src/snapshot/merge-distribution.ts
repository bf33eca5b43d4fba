import { downscale, isExplicit } from './buckets.ts'
import type { Buckets, DistributionSeries, ExplicitBuckets, ExponentialBuckets, Labels } from './snapshot.ts'

/** A distribution that grows while others are merged into it. */
export interface MergedDistribution {
  readonly labels: Labels
  /** Adds `series`, whose buckets must be of the same kind, with the same bounds where they are explicit. */
  add(series: DistributionSeries): void
  /** The sum so far: the first series itself while nothing was added. */
  series(): DistributionSeries
}

/** Begins a merge with `first`, which is not changed. */
export function mergedDistribution(first: DistributionSeries): MergedDistribution {
  let merged = first
  return {
    labels: first.labels,
    add(series) {
      merged = addDistributions(merged, series)
    },
    series: () => merged,
  }
}

function addDistributions(a: DistributionSeries, b: DistributionSeries): DistributionSeries {
  const { min, max } = extremes(a, b)
  return {
    labels: a.labels,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    buckets: addBuckets(a.buckets, b.buckets),
  }
}

function extremes(a: DistributionSeries, b: DistributionSeries): { min: number | undefined; max: number | undefined } {
  return {
    min: a.min === undefined || b.min === undefined ? (a.min ?? b.min) : Math.min(a.min, b.min),
    max: a.max === undefined || b.max === undefined ? (a.max ?? b.max) : Math.max(a.max, b.max),
  }
}

function addBuckets(a: Buckets, b: Buckets): Buckets {
  if (isExplicit(a)) {
    const { counts } = b as ExplicitBuckets
    return { bounds: a.bounds, counts: a.counts.map((n, i) => n + (counts[i] ?? 0)) }
  }
  return addExponential(a, b as ExponentialBuckets)
}

function addExponential(first: ExponentialBuckets, second: ExponentialBuckets): ExponentialBuckets {
  const zero = first.zero + second.zero
  const a = trimmed(first)
  const b = trimmed(second)
  // Without counts a scale says nothing: the other's holds, so that an empty series never makes a full one coarser.
  if (a.counts.length === 0 && b.counts.length === 0) return { ...a, scale: Math.min(a.scale, b.scale), zero }
  if (b.counts.length === 0) return { ...a, zero }
  if (a.counts.length === 0) return { ...b, zero }
  const scale = Math.min(a.scale, b.scale)
  const x = downscale(a, scale)
  const y = downscale(b, scale)
  const offset = Math.min(x.offset, y.offset)
  const end = Math.max(x.offset + x.counts.length, y.offset + y.counts.length)
  const counts = new Array<number>(end - offset).fill(0)
  for (const part of [x, y]) {
    const shift = part.offset - offset
    for (let i = 0; i < part.counts.length; i++) counts[shift + i] = (counts[shift + i] ?? 0) + (part.counts[i] ?? 0)
  }
  return { scale, zero, offset, counts }
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
