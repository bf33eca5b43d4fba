import { checkIsOptions } from '../../errors.ts'
import { mean, recentRate } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import type {
  AverageSeries,
  Distribution,
  DistributionSeries,
  FamilySnapshot,
  Recent,
  Snapshot,
  Windows,
} from '../../snapshot/snapshot.ts'

/** How the JSON is laid out. */
export interface JsonOptions {
  /** Blanks for each level, 0 to 10; 0 gives one line. @default 0 */
  readonly indent?: number
}

/** The quantiles that JSON carries for each distribution, ascending. */
export const jsonQuantiles: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999]

/**
 * A snapshot as JSON, a stable interface: what the snapshot holds under the same names, and what can be computed from it:
 * for each distribution its `mean`, `standardDeviation` and `quantiles`, estimated from the buckets, for each recent window
 * the same and its `rate` per second, for each average and its window the `mean`; all `null` while there are no values.
 * `min` and `max` are absent then. NaN and the infinities are `null`. Whole numbers beyond 2^53 that other writers counted
 * are text of digits. `parseJson` reads it back.
 */
export function formatJson(snapshot: Snapshot, options: JsonOptions = {}): string {
  checkSnapshot('formatJson()', snapshot)
  checkIsOptions('formatJson()', options)
  const { version, takenAt, pages, families } = snapshot
  const plain = {
    version,
    takenAt,
    pages: pages.map(({ file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt, worker, labels }) => {
      return { file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt, worker, labels }
    }),
    families: families.map(plainFamily),
  }
  return JSON.stringify(plain, null, options.indent ?? 0)
}

/** The head of a family and, for each kind, what only it says. */
function plainFamily(family: FamilySnapshot): object {
  const { name, kind, unit, help, labelNames } = family
  const head = { name, kind, unit, help, labelNames }
  switch (family.kind) {
    case 'gauge':
      return { ...head, aggregation: family.aggregation, type: family.type, series: plainSeries(family) }
    case 'average':
      return { ...head, over: family.over, series: plainSeries(family) }
    case 'state':
      return { ...head, states: family.states, series: plainSeries(family) }
    case 'counter':
    case 'meter':
    case 'histogram':
    case 'timer':
    case 'text':
    case 'info':
      return { ...head, series: plainSeries(family) }
    default:
      return family satisfies never
  }
}

/** Each field by its name, so that the order is the same wherever a snapshot comes from. */
function plainSeries(family: FamilySnapshot): object[] {
  switch (family.kind) {
    case 'counter':
      return family.series.map(({ labels, value, exact, exemplars }) => ({ labels, value: exact ?? value, exemplars }))
    case 'gauge':
      return family.series.map(({ labels, value, exact, processes, setAt, extremes }) => {
        return { labels, value: exact ?? value, processes, setAt, extremes }
      })
    case 'meter':
      return family.series.map(({ labels, value, rates }) => ({ labels, value, rates }))
    case 'histogram':
    case 'timer':
      return family.series.map(plainDistribution)
    case 'average':
      return family.series.map(({ labels, window, ...own }) => {
        return { labels, ...withMean(own), window: window && { seconds: window.seconds, ...withMean(window) } }
      })
    case 'state':
      return family.series.map(({ labels, value, seconds, processes, users }) => {
        return { labels, value, seconds, processes, users }
      })
    case 'text':
      return family.series.map(({ labels, value, processes }) => ({ labels, value, processes }))
    case 'info':
      return family.series.map(({ labels, processes }) => ({ labels, processes }))
    default:
      return family satisfies never
  }
}

function withMean({ count, sum }: Pick<AverageSeries, 'count' | 'sum'>): object {
  return { count, sum, mean: count > 0 ? sum / count : null }
}

function plainDistribution(series: DistributionSeries): object {
  const { labels, count, sum, min, max, last, rates, recent, exemplars, buckets } = series
  const windows = recent === undefined ? undefined : plainWindows(recent, series)
  return { labels, count, sum, min, max, last, ...estimates(series), rates, recent: windows, exemplars, buckets }
}

function plainWindows(recent: Windows<Recent>, of: DistributionSeries): object {
  return Object.fromEntries(
    Object.entries(recent).map(([name, window]: [string, Recent]) => {
      const { seconds, count, sum, buckets } = window
      return [name, { seconds, count, sum, rate: recentRate(window) ?? null, ...estimates(window, of), buckets }]
    }),
  )
}

function estimates(series: Distribution, within: Distribution = series): object {
  const values = quantiles(series, jsonQuantiles, within)
  return {
    mean: mean(series) ?? null,
    standardDeviation: standardDeviation(series) ?? null,
    quantiles: Object.fromEntries(jsonQuantiles.map((q, i) => [String(q), values?.[i] ?? null])),
  }
}
