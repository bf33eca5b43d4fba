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
