import { isAlive } from '../page-state.ts'
import type { PageInfo } from '../snapshot.ts'

/**
 * Whose definition of a metric counts: that of living processes before that of those that are gone, among these that of the
 * newest. Whether a process that is gone has been archived makes no difference, so that compaction changes nothing.
 */
export interface Rank {
  readonly lives: boolean
  readonly startedAt: number
}

/** The rank of what these pages declare; without pages it is present, and older than any process. */
export function rankOf(pages: readonly PageInfo[]): Rank {
  let lives = pages.length === 0
  let startedAt = Number.NEGATIVE_INFINITY
  for (const page of pages) {
    const isLive = isAlive(page)
    if (isLive === lives ? page.startedAt > startedAt : isLive) startedAt = page.startedAt
    lives ||= isLive
  }
  return { lives, startedAt }
}

/** Whether `a` goes before `b`. */
export function isBefore(a: Rank, b: Rank): boolean {
  return a.lives === b.lives ? a.startedAt > b.startedAt : a.lives
}
