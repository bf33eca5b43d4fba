import { processState } from '../../snapshot/process-families.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/** What people see of a page's life: `live`, `blocked`, `exited`, `died` or `archived`. */
export type VisibleState = PageInfo['state'] | 'blocked' | 'died'

/**
 * The state of a page for people: one that lives but whose event loop stands still is `blocked`, one whose writer went
 * without closing it, killed or crashed, has `died`.
 */
export function visibleState(page: PageInfo): VisibleState {
  const state = processState(page)
  return state === 'killed' ? 'died' : state
}

/** How many pages are in which state: `2 live, 1 exited`. */
export function countStates(pages: readonly PageInfo[]): string {
  const states: readonly VisibleState[] = ['live', 'blocked', 'exited', 'died', 'archived']
  const counts = states.map((state) => ({ state, count: pages.filter((page) => visibleState(page) === state).length }))
  const seen = counts.filter(({ count }) => count > 0)
  return seen.map(({ state, count }) => `${count} ${state}`).join(', ')
}

/** Seconds since the writer began; of a writer that is gone, how long it was there as far as its page tells. */
export function uptime({ state, heartbeatAge, startedAt, endedAt }: PageInfo, takenAt: number): number {
  const until = state === 'live' ? takenAt : (endedAt ?? takenAt - (heartbeatAge ?? 0))
  return Math.max(0, until - startedAt)
}
