import { h } from './dom.ts'
import type { ProcessRow } from './protocol.ts'

/** The state of a process with its mark, as {@link stateElement} shows it. */
export function markedState({ mark, words }: ProcessRow): string {
  return `${mark} ${words}`
}

export function stateElement({ level, mark, words }: ProcessRow): HTMLElement {
  return h('span', { class: `state ${level}` }, h('span', { 'aria-hidden': 'true' }, mark), ` ${words}`)
}

export function isRunning({ state }: ProcessRow): boolean {
  return state === 'live' || state === 'blocked'
}

/** Running ones first, then those that ended last. */
export function inOrder(rows: readonly ProcessRow[]): ProcessRow[] {
  return [...rows].sort((a, b) => {
    if (isRunning(a) !== isRunning(b)) return isRunning(a) ? -1 : 1
    return isRunning(a)
      ? a.pid - b.pid || a.tid - b.tid || a.startedAt - b.startedAt
      : (b.endedAt ?? 0) - (a.endedAt ?? 0)
  })
}
