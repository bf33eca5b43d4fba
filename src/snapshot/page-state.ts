import type { PageInfo, PageState } from './snapshot.ts'

/** A writer whose ticker, due each second, has not run for longer than this has a blocked event loop, or is stopped. */
export const blockedSeconds = 3

/** The state of a writer that lives. */
export function stateOfLiving(heartbeatAge: number | null): PageState {
  return heartbeatAge !== null && heartbeatAge > blockedSeconds ? 'blocked' : 'live'
}

/** Whether the writer lives, its event loop blocked or not. */
export function isAlive({ state }: Pick<PageInfo, 'state'>): boolean {
  return state === 'live' || state === 'blocked'
}

/** How many pages are in which state: `2 live, 1 exited`. */
export function countStates(pages: readonly PageInfo[]): string {
  const states: readonly PageState[] = ['live', 'blocked', 'exited', 'killed', 'archived']
  const counts = states.map((state) => ({ state, count: pages.filter((page) => page.state === state).length }))
  const seen = counts.filter(({ count }) => count > 0)
  return seen.map(({ state, count }) => `${count} ${state}`).join(', ')
}

/** The Unix time at which an ended writer ended: of one that was killed, that of its last heartbeat. */
export function endTime({ endedAt, heartbeatAge }: PageInfo, takenAt: number): number {
  return endedAt ?? takenAt - (heartbeatAge ?? 0)
}

/** Seconds since the writer began; for an ended writer, until its end or last heartbeat. */
export function uptime(page: PageInfo, takenAt: number): number {
  const until = isAlive(page) ? takenAt : endTime(page, takenAt)
  return page.uptime ?? Math.max(0, until - page.startedAt)
}
