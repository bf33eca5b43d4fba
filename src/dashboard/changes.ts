import { statisticReader } from '../snapshot/statistics.ts'
import type { Change } from './browser/protocol.ts'
import type { HistoryStore } from './history/history-store.ts'
import type { ProcessHistory } from './history/process-history.ts'
import { shortened } from './history/track.ts'

const maxChanges = 30
/** These change all the time. */
const dull = /^process\.(uptime|start_time)$/
/** The baseline before a window is so many times as long. */
const baselineFactor = 4

/**
 * What changed most in a window of time: numbers whose mean in it is furthest from that of the baseline before it, measured by
 * how much they vary there. The strongest first. Of a family, at most three.
 */
export function changesIn(
  store: HistoryStore,
  from: number,
  to: number,
  isWanted: (process: ProcessHistory) => boolean,
): Change[] {
  const found: { readonly change: Change; readonly score: number }[] = []
  for (const [{ id, statistic, track }, { process, family, series }] of store.tracks(isWanted)) {
    if (track.flat !== undefined || dull.test(family.family.name)) continue
    const { times, values } = track.since(from - (to - from) * baselineFactor)
    const before = summary(values.filter((_, i) => (times[i] as number) <= from))
    const after = summary(values.filter((_, i) => (times[i] as number) > from && (times[i] as number) <= to))
    if (after.count === 0) continue
    const difference = Math.abs(after.mean - before.mean)
    if (!(difference > 0)) continue
    // What is new has no baseline to vary in.
    const noise = before.deviation + 0.02 * Math.abs(before.mean)
    const share = difference / (Math.abs(after.mean) + Math.abs(before.mean))
    const score = Math.min(noise > 0 ? difference / noise : 50, 50) * share
    if (score < 0.5) continue
    const { unit = '', perSecond = false } = statisticReader(family.family, statistic) ?? {}
    const change = {
      app: process.page.app,
      process: process.id,
      family: family.family.name,
      ...(series.labels !== undefined && { labels: series.labels }),
      track: { id, statistic, unit, perSecond },
      before: shortened(before.mean),
      after: shortened(after.mean),
    }
    found.push({ change, score })
  }
  found.sort((a, b) => b.score - a.score)
  const counts = new Map<string, number>()
  const few = found.filter(({ change: { family } }) => {
    counts.set(family, (counts.get(family) ?? 0) + 1)
    return (counts.get(family) as number) <= 3
  })
  return few.slice(0, maxChanges).map(({ change }) => change)
}

function summary(all: readonly (number | null)[]): { count: number; mean: number; deviation: number } {
  const values = all.filter((value) => value !== null)
  const count = values.length
  if (count === 0) return { count, mean: 0, deviation: 0 }
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
  return { count, mean, deviation: Math.sqrt(square) }
}
