import { fill, h, name } from './dom.ts'
import { formatTime } from './format.ts'
import { labelText, processName } from './panels.ts'
import type { Change, Mark, ProcessRow } from './protocol.ts'

const maxMarks = 12

/** What happened, the last first. */
export function fillMarks(element: HTMLElement, marks: readonly Mark[]): void {
  const items = marks
    .slice(-maxMarks)
    .reverse()
    .map(({ kind, level, sign, time, text }) =>
      h(
        'li',
        {},
        h('span', { class: `sign ${kind === 'deploy' ? kind : level}`, 'aria-hidden': 'true' }, sign),
        h('time', {}, formatTime(time)),
        name(text, 'text'),
      ),
    )
  fill(
    element,
    h('h2', {}, 'Events'),
    items.length === 0 ? h('p', { class: 'quiet' }, 'None in this time.') : h('ul', {}, ...items),
  )
}

const changeHeads = ['Metric', 'Statistic', 'Process', 'Before', 'In the window', 'Change'] as const

/** What changed most in a window of time, and a way out. `changes`: or what there is in place of them. */
export function fillChanges(
  element: HTMLElement,
  window: readonly [number, number],
  changes: readonly Change[] | 'loading' | 'failed',
  rows: ReadonlyMap<number, ProcessRow>,
  on: { go(metric: string): void; close(): void },
): void {
  const [from, to] = window
  const rowOf = ({ family, labels = {}, process, track, before, after, words, isMore }: Change): HTMLElement => {
    const row = rows.get(process)
    const metric = h('button', { type: 'button', onclick: () => on.go(family) }, name(family))
    const cells = [track.statistic, row === undefined ? '' : processName(row), before, after, words]
    const classes = ['left', 'left', undefined, undefined, isMore ? 'up' : 'down']
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, metric, ' ', name(labelText(labels), 'labels')),
      ...cells.map((text, i) => h('td', { class: classes[i], 'data-head': i > 1 && changeHeads[i + 1] }, text)),
    )
  }
  const heads = changeHeads.map((text, i) => h('th', { scope: 'col', class: i < 3 ? 'left' : undefined }, text))
  const content = (): HTMLElement => {
    if (changes === 'loading') return h('p', { class: 'quiet' }, '…')
    if (changes === 'failed') return h('p', { class: 'quiet' }, 'The server did not answer.')
    if (changes.length === 0) return h('p', { class: 'quiet' }, 'Nothing changed that stands out from the time before.')
    const body = h('tbody', {}, ...changes.map(rowOf))
    const table = h('table', { class: 'stacked' }, h('thead', {}, h('tr', {}, ...heads)), body)
    return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What changed' }, table)
  }
  fill(
    element,
    h(
      'header',
      {},
      h('h2', {}, 'What changed'),
      h('span', { class: 'count' }, `${formatTime(from)} to ${formatTime(to)}, against the time before`),
      h('button', { type: 'button', onclick: on.close }, 'Close'),
    ),
    content(),
  )
}
