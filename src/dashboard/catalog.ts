import { hasDeclaredBuckets } from '../snapshot/buckets/buckets.ts'
import { idleLabel } from '../snapshot/idle-label.ts'
import { isAlive } from '../snapshot/page-state.ts'
import { statisticReader } from '../snapshot/statistics.ts'
import type { AppMetrics, Catalog, CatalogFamily, CatalogSeries } from './browser/protocol.ts'
import type { FamilyHistory, ProcessHistory } from './history/process-history.ts'
import type { SeriesHistory } from './history/series-history.ts'

const maxTextLength = 500

/** What the wanted processes have, to choose from. */
export function catalogOf(processes: Iterable<ProcessHistory>): Catalog {
  return {
    families: [...processes].flatMap((process) => [...process.families.values()].map((one) => familyOf(process, one))),
  }
}

/** The names of the metrics that some of an app's processes have, to be searched. */
export function metricsByApp(processes: Iterable<ProcessHistory>): AppMetrics[] {
  const byApp = new Map<string, Set<string>>()
  for (const { page, families } of processes) {
    const names = byApp.get(page.app) ?? new Set()
    for (const { family } of families.values()) names.add(family.name)
    byApp.set(page.app, names)
  }
  return [...byApp].map(([app, names]) => ({ app, metrics: [...names].sort() }))
}

function familyOf({ id, page }: ProcessHistory, history: FamilyHistory): CatalogFamily {
  const { name, kind, unit, help } = history.family
  const series = history.all().map((one) => seriesOf(history, one, isAlive(page)))
  const isAllTime = idleLabel(history.family) !== undefined
  const more = history.more > 0 && { more: history.more }
  const isInterpolated = hasDeclaredBuckets(history.family)
  return {
    name,
    kind,
    unit,
    help,
    process: id,
    series,
    ...(isAllTime && { isAllTime }),
    ...(isInterpolated && { isInterpolated }),
    ...more,
  }
}

function seriesOf(
  { family }: FamilyHistory,
  { labels, tracks, text, heat }: SeriesHistory,
  mayGrow: boolean,
): CatalogSeries {
  // What ended before it was read twice has no rates, and never will.
  const shown = tracks.filter(({ track }) => mayGrow || track.last >= 0)
  return {
    ...(labels !== undefined && { labels }),
    tracks: shown.map(({ id, statistic, track: { flat, last } }) => {
      const { unit = '', perSecond = false } = statisticReader(family, statistic) ?? {}
      const isNew = last < 0
      return { id, statistic, unit, perSecond, ...(flat !== undefined && { flat }), ...(isNew && { isNew }) }
    }),
    ...(text !== undefined && { text: text.slice(0, maxTextLength) }),
    ...(heat !== undefined && { heat: heat.id }),
  }
}
