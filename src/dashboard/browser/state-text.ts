import { h } from './dom.ts'
import type { ProcessRow } from './protocol.ts'

/** The state of a process with its mark, as {@link stateElement} shows it. */
export function markedState({ mark, words }: ProcessRow): string {
  return `${mark} ${words}`
}

export function stateElement({ level, mark, words }: ProcessRow): HTMLElement {
  return h('span', { class: `state ${level}` }, h('span', { 'aria-hidden': 'true' }, mark), ` ${words}`)
}

/** Running ones first, then those that ended last. */
export function inOrder(rows: readonly ProcessRow[]): ProcessRow[] {
  const isAlive = ({ state }: ProcessRow): boolean => state === 'live' || state === 'blocked'
  return [...rows].sort((a, b) => {
    if (isAlive(a) !== isAlive(b)) return isAlive(a) ? -1 : 1
    return isAlive(a)
      ? a.pid - b.pid || a.tid - b.tid || a.startedAt - b.startedAt
      : (b.endedAt ?? 0) - (a.endedAt ?? 0)
  })
}
