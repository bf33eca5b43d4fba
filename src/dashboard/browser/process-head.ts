import { fill, h, name } from './dom.ts'
import { formatValue } from './format.ts'
import { factsOf, type Panel } from './panels.ts'
import type { CatalogFamily, ProcessRow } from './protocol.ts'

const maxFacts = 24
const maxTexts = 3

/** Texts, states and infos of processes. */
export function fillFacts(
  element: HTMLElement,
  families: readonly CatalogFamily[],
  rows: readonly ProcessRow[],
  isOne: boolean,
): void {
  const texts = new Map<string, Set<string>>()
  const note = (head: string, text: string): void => void texts.set(head, (texts.get(head) ?? new Set()).add(text))
  for (const { up, host, labels = {} } of rows) {
    if (isOne) note('up', up)
    note('host', host)
    for (const [label, value] of Object.entries(labels)) note(label, value)
  }
  for (const { metric, labels, text } of factsOf(families, new Set(rows.map(({ id }) => id)))) {
    if (metric === 'nodejs.version' ? labels !== 'node' && labels !== 'version' : metric.startsWith('plimsoll.'))
      continue
    note(metric === 'nodejs.version' ? 'Node.js' : [metric, labels].filter(Boolean).join(' '), text)
  }
  const items = [...texts].slice(0, maxFacts).map(([head, values]) => {
    const few = [...values].slice(0, maxTexts)
    const rest = values.size - few.length
    const text = few.join(', ') + (rest > 0 ? `, ${rest} more` : '')
    return h('div', {}, h('dt', {}, name(head)), h('dd', {}, name(text, 'text')))
  })
  fill(element, ...items)
}

/** Numbers that have never changed need no chart. */
export function flatList(panels: readonly Panel[]): HTMLElement | undefined {
  const flat = panels.filter((panel) => panel.flat !== undefined)
  if (flat.length === 0) return undefined
  const items = flat.map(({ metric, flat: value, views: [view] }) =>
    h(
      'div',
      {},
      h('dt', {}, name(metric)),
      h('dd', {}, formatValue(value, view?.unit ?? '', view?.perSecond ?? false)),
    ),
  )
  return h('dl', { class: 'facts flat', 'aria-label': 'Without change' }, ...items)
}
