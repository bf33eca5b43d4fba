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

/** What changed most in a window of time, and a way out. */
export function fillChanges(
  element: HTMLElement,
  window: readonly [number, number],
  changes: readonly Change[] | undefined,
  rows: ReadonlyMap<number, ProcessRow>,
  on: { go(metric: string): void; close(): void },
): void {
  const [from, to] = window
  const rowOf = ({ family, labels = {}, process, track, before, after, words, isMore }: Change): HTMLElement => {
    const row = rows.get(process)
    const metric = h('button', { type: 'button', onclick: () => on.go(family) }, name(family))
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, metric, ' ', name(labelText(labels), 'labels')),
      h('td', { class: 'left' }, track.statistic),
      h('td', { class: 'left' }, row === undefined ? '' : processName(row)),
      h('td', {}, before),
      h('td', {}, after),
      h('td', { class: isMore ? 'up' : 'down' }, words),
    )
  }
  const heads = ['Metric', 'Statistic', 'Process', 'Before', 'In the window', 'Change'].map((text, i) =>
    h('th', { scope: 'col', class: i < 3 ? 'left' : undefined }, text),
  )
  const table = h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...(changes ?? []).map(rowOf)))
  const none =
    changes?.length === 0
      ? h('p', { class: 'quiet' }, 'Nothing changed that stands out from the time before.')
      : h('p', { class: 'quiet' }, '…')
  fill(
    element,
    h(
      'header',
      {},
      h('h2', {}, 'What changed'),
      h('span', { class: 'count' }, `${formatTime(from)} to ${formatTime(to)}, against the time before`),
      h('button', { type: 'button', onclick: on.close }, 'Close'),
    ),
    changes !== undefined && changes.length > 0
      ? h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What changed' }, table)
      : none,
  )
}
