import { arrange, h, setText } from './dom.ts'
import { strokeClass } from './palette.ts'
import { addressOf, processName } from './panels.ts'
import type { ProcessRow } from './protocol.ts'
import { inOrder, isRunning, markedState, stateElement } from './state-text.ts'

/** Processes that have ended, besides which all others are behind one entry: after a crash loop there may be a hundred. */
const maxEnded = 4

interface Chip {
  readonly element: HTMLElement
  readonly swatch: HTMLElement
  readonly state: HTMLElement
}

export interface ChipActions {
  /** The process that is shown alone. */
  readonly only: string | undefined
  link(process?: string): string
  /** Brings the line of a process to the front, or none. */
  focus(id?: number): void
}

/** The processes of an app as links, with the colours of their lines. */
export class Chips {
  readonly element: HTMLElement
  readonly #actions: ChipActions
  readonly #chips = new Map<number, Chip>()
  readonly #every: HTMLElement
  readonly #list = h('ul', { class: 'chips', 'aria-label': 'Processes' })
  readonly #count = h('summary')
  readonly #olderList = h('ul', { class: 'chips' })
  readonly #older = h('details', { class: 'older', hidden: true }, this.#count, this.#olderList)

  constructor(actions: ChipActions) {
    this.#actions = actions
    const current = actions.only === undefined && 'page'
    this.#every = h(
      'li',
      {},
      h('a', { href: actions.link(), 'data-link': true, 'aria-current': current }, 'All processes'),
    )
    this.element = h('div', {}, this.#list, this.#older)
  }

  /** `lines`: the processes that have a line in charts, in the order of their colours. */
  update(all: readonly ProcessRow[], lines: readonly ProcessRow[]): void {
    const places = new Map(lines.length > 1 ? lines.map(({ id }, place) => [id, place]) : [])
    const sorted = inOrder(all)
    const few = sorted.filter(isRunning).length + maxEnded
    const isNear = (row: ProcessRow, i: number): boolean => i < few || addressOf(row) === this.#actions.only
    const older = sorted.filter((row, i) => !isNear(row, i))
    const elementOf = (row: ProcessRow): HTMLElement => {
      const chip = this.#chips.get(row.id) ?? this.#make(row)
      this.#chips.set(row.id, chip)
      const place = places.get(row.id)
      chip.swatch.hidden = place === undefined
      chip.swatch.className = place === undefined ? '' : `swatch ${strokeClass(place)}`
      if (chip.state.textContent !== markedState(row)) chip.state.replaceChildren(stateElement(row))
      return chip.element
    }
    arrange(this.#list, [this.#every, ...sorted.filter(isNear).map(elementOf)])
    arrange(this.#olderList, older.map(elementOf))
    setText(this.#count, `${older.length} that ended before`)
    this.#older.hidden = older.length === 0
    const ids = new Set(all.map(({ id }) => id))
    for (const id of this.#chips.keys()) if (!ids.has(id)) this.#chips.delete(id)
  }

  #make(row: ProcessRow): Chip {
    const address = addressOf(row)
    const { link, only, focus } = this.#actions
    const swatch = h('i')
    const state = h('span')
    const properties = { href: link(address), 'data-link': true, 'aria-current': only === address && 'page' }
    const element = h(
      'li',
      { onpointerenter: () => focus(row.id), onpointerleave: () => focus() },
      h('a', properties, swatch, processName(row), state),
    )
    return { element, swatch, state }
  }
}
