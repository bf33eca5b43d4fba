import type { PageInfo } from '../snapshot/snapshot.ts'

/** A writer whose ticker, due each second, has not run for longer than this has a blocked event loop, or is stopped. */
export const blockedSeconds = 3

/** What people see of a page's life: `live`, `blocked`, `exited` or `folded`. */
export type VisibleState = PageInfo['state'] | 'blocked'

/** The state of a page for people: one that lives but whose event loop stands still is `blocked`. */
export function visibleState({ state, heartbeatAge }: PageInfo): VisibleState {
  return state === 'live' && heartbeatAge !== null && heartbeatAge > blockedSeconds ? 'blocked' : state
}

/** How many pages are in which state: `2 live, 1 exited`. */
export function countStates(pages: readonly PageInfo[]): string {
  const states: readonly VisibleState[] = ['live', 'blocked', 'exited', 'folded']
  const counts = states.map((state) => ({ state, count: pages.filter((page) => visibleState(page) === state).length }))
  const seen = counts.filter(({ count }) => count > 0)
  return seen.map(({ state, count }) => `${count} ${state}`).join(', ')
}

/** Seconds since the writer began; of a writer that is gone, how long it was there as far as its heartbeat tells. */
export function uptime({ state, heartbeatAge, startedAt }: PageInfo, takenAt: number): number {
  const until = state === 'live' ? takenAt : takenAt - (heartbeatAge ?? 0)
  return Math.max(0, until - startedAt)
}
