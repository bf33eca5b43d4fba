import { arrange, h, setText } from './dom.ts'
import { processName } from './panels.ts'
import type { FindingLine, ProcessRow } from './protocol.ts'
import { inOrder, markedState, stateElement } from './state-text.ts'

const maxFindings = 5

/** A process by its link, and in lists with its state. */
interface Place {
  readonly element: HTMLElement
  readonly state: HTMLElement
}

interface Item {
  readonly element: HTMLElement
  readonly text: HTMLElement
  readonly link: HTMLAnchorElement
  readonly advice: HTMLElement
  readonly others: HTMLDetailsElement
  readonly count: HTMLElement
  readonly list: HTMLElement
  readonly places: Map<number, Place>
}

/**
 * What is wrong with some processes, the worst first, and what to do about it. What many have alike is one entry, which opens
 * for all of them. Entries stay as long as what they say is so: what is put into the document again loses the focus and closes.
 */
export class FindingList {
  readonly element: HTMLElement
  readonly #link: (row: ProcessRow) => string
  readonly #items = new Map<string, Item>()
  readonly #more = h('li', { class: 'quiet' })

  constructor(label: string, link: (row: ProcessRow) => string) {
    this.element = h('ul', { class: 'findings', 'aria-label': label, hidden: true })
    this.#link = link
  }

  /** Shows the lines that are about some of these processes. */
  update(lines: readonly FindingLine[], rows: readonly ProcessRow[]): void {
    const byId = new Map(rows.map((row) => [row.id, row]))
    const all = lines.flatMap((line) => {
      const own = inOrder(line.processes.flatMap((id) => byId.get(id) ?? []))
      return own.length === 0 ? [] : [{ line, own }]
    })
    const shown = all.slice(0, maxFindings)
    const used = new Set<string>()
    const elements = shown.map(({ line, own }, i) => {
      // A blocked process has another text each second.
      const key = JSON.stringify([line.rule, line.processes.length === 1 ? line.processes[0] : line.text])
      const item = this.#items.get(key) ?? itemOf()
      this.#items.set(key, item)
      used.add(key)
      // What helps several in a row stands beside the last.
      this.#fill(item, line.advice === shown[i + 1]?.line.advice ? { ...line, advice: '' } : line, own)
      return item.element
    })
    for (const key of this.#items.keys()) if (!used.has(key)) this.#items.delete(key)
    const left = all.length - shown.length
    setText(this.#more, `${left} more: plimsoll doctor`)
    arrange(this.element, left > 0 ? [...elements, this.#more] : elements)
    this.element.hidden = all.length === 0
  }

  #fill(item: Item, { level, mark, text, advice }: FindingLine, [first, ...others]: readonly ProcessRow[]): void {
    item.text.className = level
    setText(item.text, `${mark} ${text}`)
    setText(item.advice, advice)
    item.advice.hidden = advice === ''
    if (first !== undefined) pointTo(item.link, this.#link(first), processName(first))
    item.others.hidden = others.length === 0
    setText(item.count, `and ${others.length} more ${others.length === 1 ? 'process' : 'processes'}`)
    const { places } = item
    const elements = others.map((row) => {
      const place = places.get(row.id) ?? this.#place(row)
      places.set(row.id, place)
      if (place.state.textContent !== markedState(row)) place.state.replaceChildren(stateElement(row))
      return place.element
    })
    const ids = new Set(others.map(({ id }) => id))
    for (const id of places.keys()) if (!ids.has(id)) places.delete(id)
    arrange(item.list, elements)
  }

  #place(row: ProcessRow): Place {
    const state = h('span', {}, stateElement(row))
    const link = h('a', { href: this.#link(row), 'data-link': true }, processName(row))
    return { element: h('li', {}, link, ' ', state), state }
  }
}

function itemOf(): Item {
  const text = h('span')
  const link = h('a', { 'data-link': true })
  const advice = h('span', { class: 'quiet' })
  const count = h('summary')
  const list = h('ul')
  const others = h('details', { hidden: true }, count, list)
  return {
    element: h('li', {}, text, ' ', link, ' ', advice, others),
    text,
    link,
    advice,
    others,
    count,
    list,
    places: new Map(),
  }
}

function pointTo(link: HTMLAnchorElement, href: string, text: string): void {
  if (link.getAttribute('href') !== href) link.setAttribute('href', href)
  setText(link, text)
}
