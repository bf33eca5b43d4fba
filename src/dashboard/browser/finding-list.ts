import { arrange, h, name, setText } from './dom.ts'
import { formatSince } from './format.ts'
import { processName } from './panels.ts'
import type { FindingLine, ProcessRow } from './protocol.ts'
import { inOrder, isRunning, markedState, stateElement } from './state-text.ts'

/** How a list is made. */
export interface FindingListOptions {
  readonly label: string
  /** Findings that are shown, the worst first. */
  readonly most: number
  /** Whether they are of several apps, and say of which. */
  readonly hasApps: boolean
  link(row: ProcessRow): string
}

const maxName = 60

/** A process by its link, and in lists with its state. */
interface Place {
  readonly element: HTMLElement
  readonly state: HTMLElement
}

interface Item {
  readonly element: HTMLElement
  readonly mark: HTMLElement
  readonly link: HTMLAnchorElement
  readonly text: HTMLElement
  readonly since: HTMLElement
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
  readonly #options: FindingListOptions
  readonly #items = new Map<string, Item>()
  readonly #more = h('li', { class: 'quiet' })

  constructor(options: FindingListOptions) {
    this.element = h('ul', { class: 'findings', 'aria-label': options.label, hidden: true })
    this.#options = options
  }

  /** Shows the lines that are about some of these processes; returns whether there are any. */
  update(lines: readonly FindingLine[], rows: readonly ProcessRow[]): boolean {
    const byId = new Map(rows.map((row) => [row.id, row]))
    const all = lines.flatMap((line) => {
      const own = inOrder(line.processes.flatMap((id) => byId.get(id) ?? []))
      return own.length === 0 ? [] : [{ line, own }]
    })
    const shown = all.slice(0, this.#options.most)
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
    return all.length > 0
  }

  #fill(item: Item, line: FindingLine, [first, ...others]: readonly ProcessRow[]): void {
    const { level, mark, text, advice } = line
    item.mark.className = item.text.className = level
    setText(item.mark, mark)
    setText(item.text, text)
    setText(item.since, first === undefined ? '' : sinceText(line, first))
    setText(item.advice, advice)
    item.advice.hidden = advice === ''
    if (first !== undefined) this.#pointTo(item.link, first)
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

  /** The process that runs, or ended last. */
  #pointTo(link: HTMLAnchorElement, row: ProcessRow): void {
    const href = this.#options.link(row)
    const text = `${this.#options.hasApps ? `${row.app} ` : ''}${processName(row)}`
    if (link.getAttribute('href') !== href) link.setAttribute('href', href)
    if (link.textContent !== text.slice(0, maxName)) link.replaceChildren(name(text.slice(0, maxName)))
  }

  #place(row: ProcessRow): Place {
    const state = h('span', {}, stateElement(row))
    const link = h('a', { href: this.#options.link(row), 'data-link': true }, processName(row))
    return { element: h('li', {}, link, ' ', state), state }
  }
}

/** Since when it has been so, or how long ago its process ended. */
function sinceText({ since, orBefore }: FindingLine, row: ProcessRow): string {
  if (!isRunning(row)) return row.words.replace(/^\w+ /, ', ')
  if (since === undefined) return ''
  return `, since ${formatSince(since)}${orBefore ? ' or before' : ''}`
}

function itemOf(): Item {
  const mark = h('span')
  const link = h('a', { 'data-link': true })
  const text = h('span')
  const since = h('span', { class: 'since' })
  const advice = h('span', { class: 'quiet' })
  const count = h('summary')
  const list = h('ul')
  const others = h('details', { hidden: true }, count, list)
  return {
    element: h('li', {}, mark, ' ', link, ' ', h('span', {}, text, since), ' ', advice, others),
    mark,
    link,
    text,
    since,
    advice,
    others,
    count,
    list,
    places: new Map(),
  }
}
