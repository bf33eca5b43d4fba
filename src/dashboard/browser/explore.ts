import { fill, h, name } from './dom.ts'

/** Something that can be gone to. */
export interface Target {
  readonly label: string
  readonly hint: string
  go(): void
  /** Pins it; absent for what cannot be pinned. */
  pin?(): void
}

const maxHits = 60

/** A search over everything by name, opened by a key. */
export class Explore {
  readonly element: HTMLDialogElement
  readonly #targets: () => readonly Target[]
  readonly #load: () => Promise<void>
  readonly #input = h('input', {
    type: 'search',
    placeholder: 'Metric, app or process',
    'aria-label': 'Find by name',
    autocomplete: 'off',
    spellcheck: 'false',
    role: 'combobox',
    'aria-expanded': 'true',
    'aria-controls': 'hits',
    oninput: () => this.#search(),
  })
  readonly #hits = h('ul', { id: 'hits', role: 'listbox', 'aria-label': 'Found' })
  #found: readonly Target[] = []
  #at = 0

  /** `load` requests what the targets need besides, each time. */
  constructor(targets: () => readonly Target[], load: () => Promise<void>) {
    this.#targets = targets
    this.#load = load
    const hint = h(
      'p',
      { class: 'hint' },
      h('kbd', {}, '↑'),
      h('kbd', {}, '↓'),
      ' choose ',
      h('kbd', {}, 'Enter'),
      ' go ',
      h('kbd', {}, 'Shift Enter'),
      ' pin ',
      h('kbd', {}, 'Esc'),
      ' close',
    )
    this.element = h('dialog', { class: 'explore', 'aria-label': 'Find by name' }, this.#input, this.#hits, hint)
    this.element.addEventListener('keydown', (event) => this.#key(event))
    this.element.addEventListener('click', ({ target }) => target === this.element && this.element.close())
  }

  open(): void {
    if (this.element.open) return
    this.element.showModal()
    this.#input.value = ''
    this.#search()
    this.#input.focus()
    void this.#load().then(() => this.element.open && this.#search())
  }

  #search(): void {
    const words = this.#input.value.toLowerCase().split(/\s+/).filter(Boolean)
    const fits = ({ label, hint }: Target): boolean =>
      words.every((word) => `${label} ${hint}`.toLowerCase().includes(word))
    this.#found = this.#targets().filter(fits).slice(0, maxHits)
    this.#at = 0
    this.#show()
  }

  #show(): void {
    const items = this.#found.map(({ label, hint }, i) =>
      h(
        'li',
        { role: 'option', id: `hit-${i}`, 'aria-selected': String(i === this.#at), onclick: () => this.#go(i, false) },
        name(label),
        h('span', {}, hint),
      ),
    )
    fill(
      this.#hits,
      ...(items.length === 0
        ? [h('li', { class: 'none', role: 'option', 'aria-selected': 'false' }, 'Nothing has this name.')]
        : items),
    )
    this.#input.setAttribute('aria-activedescendant', `hit-${this.#at}`)
    items[this.#at]?.scrollIntoView({ block: 'nearest' })
  }

  #key(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && this.#found.length > 0) {
      this.#at = (this.#at + step + this.#found.length) % this.#found.length
      this.#show()
    } else if (event.key === 'Enter') this.#go(this.#at, event.shiftKey)
    else return
    event.preventDefault()
  }

  #go(at: number, pins: boolean): void {
    const target = this.#found[at]
    if (target === undefined) return
    this.element.close()
    if (pins && target.pin !== undefined) target.pin()
    else target.go()
  }
}
