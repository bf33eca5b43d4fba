import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, PageState } from '../../snapshot/snapshot.ts'

/** How many pages are in which state: `2 live, 1 exited`. */
export function countStates(pages: readonly PageInfo[]): string {
  const states: readonly PageState[] = ['live', 'blocked', 'exited', 'killed', 'archived']
  const counts = states.map((state) => ({ state, count: pages.filter((page) => page.state === state).length }))
  const seen = counts.filter(({ count }) => count > 0)
  return seen.map(({ state, count }) => `${count} ${state}`).join(', ')
}

/** Seconds since the writer began; for an ended writer, until its end or last heartbeat. */
export function uptime(page: PageInfo, takenAt: number): number {
  const { heartbeatAge, startedAt, endedAt } = page
  const until = isAlive(page) ? takenAt : (endedAt ?? takenAt - (heartbeatAge ?? 0))
  return page.uptime ?? Math.max(0, until - startedAt)
}
