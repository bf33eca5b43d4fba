import { fill, h, name } from './dom.ts'
import { formatValue } from './format.ts'
import { strokeClass } from './palette.ts'
import { addressOf, factsOf, type Panel, processName } from './panels.ts'
import type { CatalogFamily, ProcessRow } from './protocol.ts'
import { markedState, stateElement } from './state-text.ts'

const maxFacts = 24
const maxTexts = 3

/** The processes of an app as links, with the colours of their lines. */
export function fillChips(
  element: HTMLElement,
  all: readonly ProcessRow[],
  shown: readonly ProcessRow[],
  on: {
    readonly only: string | undefined
    link(process?: string): string
    focus(id?: number): void
  },
): void {
  const chip = (row: ProcessRow): HTMLElement => {
    const address = addressOf(row)
    const place = shown.findIndex(({ id }) => id === row.id)
    const hasLine = place !== -1 && shown.length > 1
    const properties = { href: on.link(address), 'data-link': true, 'aria-current': on.only === address && 'page' }
    const swatch = hasLine && h('i', { class: `swatch ${strokeClass(place)}` })
    const link = h('a', properties, swatch, processName(row), stateElement(row))
    return h('li', { onpointerenter: () => on.focus(row.id), onpointerleave: () => on.focus() }, link)
  }
  const properties = { href: on.link(), 'data-link': true, 'aria-current': on.only === undefined && 'page' }
  fill(element, h('li', {}, h('a', properties, 'All processes')), ...all.map(chip))
}

/** The same processes, with their states now. */
export function updateChips(element: HTMLElement, all: readonly ProcessRow[]): void {
  for (const [i, state] of element.querySelectorAll('.state').entries()) {
    const row = all[i]
    if (row !== undefined && state.textContent !== markedState(row)) state.replaceWith(stateElement(row))
  }
}

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
