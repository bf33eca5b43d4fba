import { isExplicit } from '../buckets/buckets.ts'
import type { Buckets, DistributionFamilySnapshot, DistributionSeries, Recent, Windows } from '../snapshot.ts'

type Family = DistributionFamilySnapshot

/** Two families of explicit bounds with only the bounds that both have, so that they can be added up; `undefined` for none. */
export function onSharedBounds(a: Family, b: Family): readonly [Family, Family] | undefined {
  const known = new Set(boundsOf(a))
  const shared = boundsOf(b).filter((bound) => known.has(bound))
  return shared.length === 0 ? undefined : [narrowed(a, shared), narrowed(b, shared)]
}

function boundsOf({ series: [first] }: Family): readonly number[] {
  return first !== undefined && isExplicit(first.buckets) ? first.buckets.bounds : []
}

function narrowed(family: Family, bounds: readonly number[]): Family {
  return { ...family, series: family.series.map((one) => narrowedSeries(one, bounds)) }
}

function narrowedSeries(series: DistributionSeries, bounds: readonly number[]): DistributionSeries {
  const { recent, buckets } = series
  const windows = recent && Object.entries(recent).map(([name, window]) => [name, narrowedWindow(window, bounds)])
  return {
    ...series,
    buckets: narrowedBuckets(buckets, bounds),
    ...(windows && { recent: Object.fromEntries(windows) as Windows<Recent> }),
  }
}

function narrowedWindow(window: Recent, bounds: readonly number[]): Recent {
  return { ...window, buckets: narrowedBuckets(window.buckets, bounds) }
}

/** What is between two bounds that stay is counted together. */
function narrowedBuckets(buckets: Buckets, bounds: readonly number[]): Buckets {
  if (!isExplicit(buckets)) return buckets
  const counts = new Array<number>(bounds.length + 1).fill(0)
  let at = 0
  for (const [i, count] of buckets.counts.entries()) {
    const bound = buckets.bounds[i] ?? Number.POSITIVE_INFINITY
    while (at < bounds.length && (bounds[at] as number) < bound) at++
    counts[at] = (counts[at] as number) + count
  }
  return { bounds, counts }
}
