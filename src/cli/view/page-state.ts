import { readFileSync } from 'node:fs'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, PageState } from '../../snapshot/snapshot.ts'

/** How many pages are in which state: `2 live, 1 exited`. */
export function countStates(pages: readonly PageInfo[]): string {
  const states: readonly PageState[] = ['live', 'blocked', 'exited', 'killed', 'archived']
  const counts = states.map((state) => ({ state, count: pages.filter((page) => page.state === state).length }))
  const seen = counts.filter(({ count }) => count > 0)
  return seen.map(({ state, count }) => `${count} ${state}`).join(', ')
}

/** The name of the other user who owns a page, or his number where he has no name here; `-` for a page of one's own. */
export function ownerText({ owner }: PageInfo): string {
  if (owner === undefined) return '-'
  names ??= readNames()
  return names.get(owner) ?? String(owner)
}

let names: ReadonlyMap<number, string> | undefined

function readNames(): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid]) => [Number(uid), name]))
  } catch {
    return new Map()
  }
}

/** Seconds since the writer began; for an ended writer, until its end or last heartbeat. */
export function uptime(page: PageInfo, takenAt: number): number {
  const { heartbeatAge, startedAt, endedAt } = page
  const until = isAlive(page) ? takenAt : (endedAt ?? takenAt - (heartbeatAge ?? 0))
  return page.uptime ?? Math.max(0, until - startedAt)
}
