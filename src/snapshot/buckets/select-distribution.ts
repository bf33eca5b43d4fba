import type { Parts } from '../kinds/parts.ts'
import type { Distribution, DistributionSeries, Recent, Windows } from '../snapshot.ts'
import { emptyLike } from './buckets.ts'
import { hasBuckets, type Quantiles, quantile } from './quantile.ts'

/** A distribution with no more than these parts. Parts that it does not have stay away. */
export function selectDistribution(series: DistributionSeries, parts: Parts): DistributionSeries {
  const { buckets, quantiles: _, recent, exemplars, ...rest } = series
  const windows = recent && selectWindows(recent, parts)
  return {
    ...rest,
    buckets: parts.buckets ? buckets : emptyLike(buckets),
    ...quantilesOf(series, parts, parts.buckets),
    ...(windows && { recent: windows }),
    ...(exemplars && parts.exemplars && { exemplars }),
  }
}

function selectWindows(recent: Windows<Recent>, parts: Parts): Windows<Recent> | undefined {
  const windows = parts.recent.flatMap((name) => {
    const window = recent[name]
    return window === undefined ? [] : [[name, selectWindow(window, parts)] as const]
  })
  return windows.length === 0 ? undefined : Object.fromEntries(windows)
}

function selectWindow(window: Recent, parts: Parts): Recent {
  const { buckets, quantiles: _, ...rest } = window
  const left = parts.recentBuckets ? buckets : emptyLike(buckets)
  return { ...rest, buckets: left, ...quantilesOf(window, parts, parts.recentBuckets) }
}

/** The quantiles that are asked for; of what has buckets none are needed where these stay. */
function quantilesOf(series: Distribution, parts: Parts, withBuckets: boolean): { quantiles?: Quantiles } {
  if (parts.quantiles.length === 0 || (withBuckets && hasBuckets(series))) return {}
  const values = parts.quantiles.flatMap((q) => {
    const value = quantile(series, q)
    return value === undefined ? [] : [[String(q), value] as const]
  })
  return values.length === 0 ? {} : { quantiles: Object.fromEntries(values) }
}
