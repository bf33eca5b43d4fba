import { changeValue, changeWords } from '../compare/changes-text.ts'
import type { ObservedChange } from '../compare/metric-change.ts'
import { certainty, rankObserved } from '../compare/ranking.ts'
import { statisticReader } from '../snapshot/statistics.ts'
import type { Change } from './browser/protocol.ts'
import type { HistoryStore } from './history/history-store.ts'
import type { ProcessHistory } from './history/process-history.ts'
import { shortened } from './history/track.ts'

const maxChanges = 30
/** The baseline before a window is so many times as long. */
const baselineFactor = 4

type ObservedTrack = ObservedChange & {
  readonly process: ProcessHistory
  readonly place: Pick<Change, 'app' | 'track'>
}

/**
 * What changed most in a window of time against the baseline before it, ranked as `plimsoll diff` does, from the means of the
 * points in both.
 */
export function changesIn(
  store: HistoryStore,
  from: number,
  to: number,
  isWanted: (process: ProcessHistory) => boolean,
): Change[] {
  const observed: ObservedTrack[] = []
  for (const [{ id, statistic, track }, { process, family, series }] of store.tracks(isWanted)) {
    // The p90 is between two that are ranked.
    if (track.flat !== undefined || statistic === 'p90') continue
    const { times, values } = track.since(from - (to - from) * baselineFactor)
    const before = summary(times, values, Number.NEGATIVE_INFINITY, from)
    const after = summary(times, values, from, to)
    if (after.count === 0) continue
    const { name, kind, unit } = family.family
    const reader = statisticReader(family.family, statistic)
    observed.push({
      metric: name,
      kind,
      unit,
      labels: series.labels ?? {},
      statistic: statistic as ObservedChange['statistic'],
      ...(before.count > 0 && { before: shortened(before.mean) }),
      after: shortened(after.mean),
      weight: certainty(after.mean - before.mean, Math.sqrt(before.meanVariance + after.meanVariance)),
      series,
      seconds: to - from,
      secondsApart: before.count > 0 ? after.time - before.time : 0,
      ages: [after.time - process.page.startedAt],
      process,
      place: {
        app: process.page.app,
        track: { id, statistic, unit: reader?.unit ?? '', perSecond: reader?.perSecond ?? false },
      },
    })
  }
  return rankObserved(observed)
    .slice(0, maxChanges)
    .map((change) => ({
      ...change.place,
      process: change.process.id,
      family: change.metric,
      labels: change.labels,
      before: changeValue(change, change.before),
      after: changeValue(change, change.after),
      words: changeWords(change),
      isMore: Number(change.after) > Number(change.before ?? 0),
    }))
}

interface Summary {
  readonly count: number
  /** Of the times of the points. */
  readonly time: number
  readonly mean: number
  /** Of the mean itself. */
  readonly meanVariance: number
}

/** The means of the points after one time and up to another. */
function summary(times: readonly number[], all: readonly (number | null)[], after: number, until: number): Summary {
  const points = all.flatMap((value, i) => {
    const time = times[i] as number
    return value !== null && time > after && time <= until ? [{ time, value }] : []
  })
  const count = points.length
  if (count === 0) return { count, time: 0, mean: 0, meanVariance: 0 }
  const time = points.reduce((sum, point) => sum + point.time, 0) / count
  const mean = points.reduce((sum, { value }) => sum + value, 0) / count
  const square = points.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / count
  return { count, time, mean, meanVariance: square / count }
}
