import { h } from './dom.ts'
import { formatAge } from './format.ts'
import type { ProcessRow } from './protocol.ts'

/** Trouble has a sign and words besides its colour. */
const signs: Readonly<Record<ProcessRow['state'], string>> = {
  live: '●',
  blocked: '▲',
  killed: '✖',
  exited: '○',
  archived: '○',
}

/** The state of a process in words. */
export function stateText({ state, heartbeatAge, endedAt }: ProcessRow, now: number): string {
  if (state === 'blocked') return `blocked ${formatAge(heartbeatAge ?? 0)}`
  if (state === 'live' || endedAt === null) return state
  return `${state} ${formatAge(Math.max(0, now - endedAt))} ago`
}

/** The same with its sign, as {@link stateElement} shows it. */
export function signedState(row: ProcessRow, now: number): string {
  return `${signs[row.state]} ${stateText(row, now)}`
}

export function stateElement(row: ProcessRow, now: number): HTMLElement {
  return h(
    'span',
    { class: `state ${row.state}` },
    h('span', { 'aria-hidden': 'true' }, signs[row.state]),
    ` ${stateText(row, now)}`,
  )
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
