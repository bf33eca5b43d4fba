import { mean } from '../snapshot/buckets.ts'
import { quantiles } from '../snapshot/quantile.ts'
import type { DistributionSeries, FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'

/** How the JSON is laid out. */
export interface JsonOptions {
  /** Blanks for each level, 0 to 10; 0 gives one line. @default 0 */
  readonly indent?: number
}

/** The quantiles that JSON carries for each distribution, ascending. */
export const jsonQuantiles: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999]

/**
 * A snapshot as JSON, a stable interface: what the snapshot holds under the same names, and for each distribution also
 * its `mean` and `quantiles`, estimated from the buckets, `null` while it is empty. `min` and `max` are absent then.
 * NaN and the infinities are `null`. Whole numbers beyond 2^53 that other writers counted are text of digits. `parseJson` reads it back.
 */
export function formatJson(snapshot: Snapshot, options: JsonOptions = {}): string {
  const { version, takenAt, pages, families } = snapshot
  const plain = {
    version,
    takenAt,
    pages: pages.map(({ file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt }) => {
      return { file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt }
    }),
    families: families.map(plainFamily),
  }
  return JSON.stringify(plain, null, options.indent ?? 0)
}

function plainFamily(family: FamilySnapshot): object {
  const { name, kind, unit, help, labelNames } = family
  const head = { name, kind, unit, help, labelNames }
  switch (family.kind) {
    case 'counter':
      return { ...head, series: family.series.map(({ labels, value, exact }) => ({ labels, value: exact ?? value })) }
    case 'gauge':
      return {
        ...head,
        aggregation: family.aggregation,
        series: family.series.map(({ labels, value, exact, processes }) => ({
          labels,
          value: exact ?? value,
          processes,
        })),
      }
    case 'histogram':
    case 'timer':
      return { ...head, series: family.series.map(plainDistribution) }
    case 'text':
      return {
        ...head,
        series: family.series.map(({ labels, value, processes }) => ({ labels, value, processes })),
      }
    case 'meter':
      return { ...head, series: family.series.map(({ labels, value, rates }) => ({ labels, value, rates })) }
    case 'average':
    case 'state':
    case 'info':
      return { ...head, series: family.series }
    default:
      return family satisfies never
  }
}

function plainDistribution(series: DistributionSeries): object {
  const { labels, count, sum, min, max, buckets } = series
  const values = quantiles(series, jsonQuantiles)
  const named = Object.fromEntries(jsonQuantiles.map((q, i) => [String(q), values?.[i] ?? null]))
  return { labels, count, sum, min, max, mean: mean(series) ?? null, quantiles: named, buckets }
}
