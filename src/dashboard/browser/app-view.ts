import { Chips } from './chips.ts'
import { fill, h, name } from './dom.ts'
import { FindingList } from './finding-list.ts'
import { getJson } from './link.ts'
import { fillChanges, fillMarks } from './lists.ts'
import { maxInFront, type PanelContext, PanelView } from './panel-view.ts'
import { addressOf, type Panel, type Section, sectionsOf } from './panels.ts'
import { fillFacts, flatList } from './process-head.ts'
import type { Catalog, CatalogFamily, Change, FindingLine, Mark, ProcessRow } from './protocol.ts'
import { inOrder } from './state-text.ts'
import type { TrackData } from './track-data.ts'
import type { ViewState } from './view-state.ts'

/** What the page around an app offers to it. */
export interface AppHost {
  readonly data: TrackData
  readonly marks: () => readonly Mark[]
  readonly now: () => number
  /** The left edge of charts. */
  readonly from: () => number
  readonly state: () => ViewState
  link(app: string, process?: string): string
  change(changes: Partial<ViewState>): void
  /** What is in sight has changed. */
  shown(): void
}

/** Processes of an app that are compared; those that ended long ago are left out. */
const maxCompared = 64
const catalogEveryMs = 2000
const heatSeconds = 5

/** The dashboard of an app, or of one of its processes. */
export class AppView {
  readonly element: HTMLElement = h('div', { class: 'dashboard' })
  readonly #app: string
  readonly #process: string | undefined
  readonly #host: AppHost
  readonly #chips: Chips
  readonly #findings = new FindingList({
    label: 'What is wrong',
    most: 5,
    hasApps: false,
    link: (row) => this.#host.link(this.#app, addressOf(row)),
  })
  readonly #facts = h('dl', { class: 'facts' })
  readonly #changes = h('section', { class: 'changes', 'aria-live': 'polite', hidden: true })
  readonly #pinned = h('section', { class: 'metrics pinned', hidden: true })
  readonly #sections = h('div')
  readonly #marks = h('section', { class: 'marks' })
  readonly #context: PanelContext
  #families: readonly CatalogFamily[] = []
  #rows: ProcessRow[] = []
  #panels: PanelView[] = []
  /** What was to be scrolled to before it was there. */
  #wanted: string | undefined
  #focused: number | undefined
  #front: ReadonlySet<number> = new Set()
  #version = -1
  #hasChanges = false
  #asked = 0
  #isAsking = false
  #asking: ReturnType<typeof setTimeout> | undefined
  #shape = ''
  #places = ''

  constructor(app: string, process: string | undefined, host: AppHost) {
    this.#app = app
    this.#process = process
    this.#host = host
    this.#context = this.#makeContext()
    this.#chips = new Chips({
      only: process,
      link: (other) => host.link(app, other),
      focus: (id) => {
        this.#focused = id
        for (const panel of this.#panels) panel.draw()
      },
    })
    const heads = [this.#findings.element, this.#chips.element]
    this.element.append(...heads, this.#facts, this.#changes, this.#pinned, this.#sections, this.#marks)
  }

  get app(): string {
    return this.#app
  }

  tracks(): number[] {
    return [...new Set(this.#panels.flatMap((panel) => panel.tracks()))]
  }

  metrics(): string[] {
    return [...new Set(this.#families.map(({ name: metric }) => metric))].sort()
  }

  /** New values, or other processes. `version` is that of the catalog. */
  update(all: readonly ProcessRow[], findings: readonly FindingLine[], version: number | undefined): void {
    const own = inOrder(all.filter(({ app }) => app === this.#app))
    const isChosen = (row: ProcessRow): boolean => this.#process === addressOf(row)
    const oldest = this.#host.now() - this.#host.state().range
    const isRecent = ({ endedAt }: ProcessRow): boolean => endedAt === null || endedAt >= oldest
    const rows = this.#process === undefined ? own.filter(isRecent) : own.filter(isChosen).slice(0, 1)
    this.#rows = (rows.length === 0 ? own.slice(0, 1) : rows).slice(0, maxCompared).sort((a, b) => a.id - b.id)
    // After a crash loop, not those that ended first.
    this.#front = new Set(
      inOrder(this.#rows)
        .slice(0, maxInFront)
        .map(({ id }) => id),
    )
    this.#chips.update(own, this.#rows)
    this.#findings.update(findings, this.#rows)
    // Of a window in the address: not before it is known which processes there are.
    if (!this.#hasChanges && this.#rows.length > 0) void this.#loadChanges()
    const ids = this.#rows.map(({ id }) => id).join()
    if (version !== undefined && version !== this.#version) void this.#loadCatalog(version)
    else if (ids !== this.#shape && this.#families.length > 0) this.#layout()
    this.draw()
  }

  draw(): void {
    for (const panel of this.#panels) panel.draw()
    fillMarks(this.#marks, this.#shownMarks())
  }

  /** Another range, theme or view of a metric. */
  rebuild(): void {
    for (const panel of this.#panels) panel.rebuild()
  }

  resize(): void {
    for (const panel of this.#panels) panel.resize()
  }

  /** Pins have changed. */
  arrange(): void {
    this.#layout()
  }

  /** The window has changed. */
  changeWindow(): void {
    void this.#loadChanges()
  }

  /** Scrolls to a metric, once that is there. */
  go(metric: string): void {
    this.#wanted = this.#families.length === 0 ? metric : undefined
    const found = this.#panels.find((panel) => panel.metric === metric)?.element
    if (found === undefined) return
    found.scrollIntoView({ block: 'center' })
    found.focus({ preventScroll: true })
  }

  remove(): void {
    clearTimeout(this.#asking)
    for (const panel of this.#panels) panel.remove()
    this.#panels = []
    this.element.remove()
  }

  #makeContext(): PanelContext {
    const { data, from, now, state, change, shown } = this.#host
    return {
      data,
      heatSeconds,
      now,
      range: () => state().range,
      from,
      marks: () => this.#shownMarks(),
      window: () => state().window,
      placeOf: (process) => Math.max(0, this.#rows.map(({ id }) => id).indexOf(process)),
      isInFront: (process) => (this.#focused === undefined ? this.#front.has(process) : this.#focused === process),
      pinOf: (metric) => {
        const at = state().pins.indexOf(metric)
        return at === -1 ? undefined : at
      },
      viewOf: (metric) => state().views[metric],
      onView: (metric, view) => {
        change({ views: { ...state().views, [metric]: view } })
        for (const panel of this.#panels) if (panel.metric === metric) panel.rebuild()
      },
      onPin: (metric) => {
        const { pins } = state()
        change({ pins: pins.includes(metric) ? pins.filter((one) => one !== metric) : [...pins, metric] })
      },
      onMove: (metric, by) => {
        const pins = [...state().pins]
        const at = pins.indexOf(metric)
        const to = Math.min(pins.length - 1, Math.max(0, at + by))
        pins.splice(at, 1)
        pins.splice(to, 0, metric)
        change({ pins })
      },
      onSelect: (from, to) => change({ window: [Math.floor(from), Math.ceil(to)] }),
      onShown: shown,
    }
  }

  #shownMarks(): Mark[] {
    const shown = new Set(this.#rows.map(({ id }) => id))
    const from = this.#host.now() - this.#host.state().range
    return this.#host.marks().filter(({ process, time }) => shown.has(process) && time >= from)
  }

  /** Not more often than each two seconds, as series may come all the time. */
  async #loadCatalog(version: number): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const wait = this.#asked + catalogEveryMs - Date.now()
    await new Promise((resolve) => (this.#asking = setTimeout(resolve, Math.max(0, wait))))
    this.#asked = Date.now()
    const ids = this.#rows.map(({ id }) => id).join()
    const catalog = await getJson<Catalog>(`catalog?app=${encodeURIComponent(this.#app)}&process=${ids}`)
    this.#isAsking = false
    if (catalog === undefined) return
    this.#version = version
    this.#families = catalog.families
    this.#layout()
  }

  #layout(): void {
    if (this.#families.length === 0) return
    this.#shape = this.#rows.map(({ id }) => id).join()
    fillFacts(this.#facts, this.#families, this.#rows, this.#process !== undefined)
    const sections = sectionsOf(this.#families, this.#rows)
    const byMetric = new Map(sections.flatMap(({ panels }) => panels.map((panel) => [panel.metric, panel] as const)))
    const { pins } = this.#host.state()
    const pinned = pins.flatMap((pin) => byMetric.get(pin) ?? [])
    // Elements that are put into the document again lose the focus.
    const places = JSON.stringify([
      pins,
      sections.map(({ title, panels }) => [title, panels.map(({ metric, flat }) => [metric, flat])]),
    ])
    if (places === this.#places) {
      for (const panel of this.#panels) panel.update(byMetric.get(panel.metric) as Panel)
      return
    }
    this.#places = places
    const focused = document.activeElement
    const kept = new Map(
      this.#panels.map((panel) => [`${panel.element.closest('.pinned') !== null} ${panel.metric}`, panel]),
    )
    const used: PanelView[] = []
    const viewOf = (panel: Panel, isPinned: boolean): HTMLElement => {
      const key = `${isPinned} ${panel.metric}`
      const view = kept.get(key) ?? new PanelView(panel, this.#context, isPinned)
      if (kept.delete(key)) view.update(panel)
      used.push(view)
      return view.element
    }
    this.#pinned.hidden = pinned.length === 0
    const grid = h('div', { class: 'grid' }, ...pinned.map((panel) => viewOf(panel, true)))
    fill(this.#pinned, h('h2', {}, 'Pinned'), grid)
    const sectionOf = ({ title, panels }: Section): HTMLElement =>
      h(
        'section',
        { class: 'metrics' },
        h('h2', {}, name(title)),
        h(
          'div',
          { class: 'grid' },
          ...panels.filter(({ flat }) => flat === undefined).map((panel) => viewOf(panel, false)),
        ),
        flatList(panels),
      )
    fill(this.#sections, ...sections.map(sectionOf))
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.element.contains(focused))
      focused.focus({ preventScroll: true })
    for (const old of kept.values()) old.remove()
    this.#panels = used
    for (const panel of used) panel.refresh()
    if (this.#wanted !== undefined) this.go(this.#wanted)
    this.#host.shown()
  }

  async #loadChanges(): Promise<void> {
    this.#hasChanges = true
    const { window } = this.#host.state()
    this.#changes.hidden = window === undefined
    if (window === undefined) return
    const rows = new Map(this.#rows.map((row) => [row.id, row]))
    const on = { go: (metric: string) => this.go(metric), close: () => this.#host.change({ window: undefined }) }
    fillChanges(this.#changes, window, 'loading', rows, on)
    const ids = this.#process === undefined ? '' : `&process=${this.#rows.map(({ id }) => id).join()}`
    const changes = await getJson<Change[]>(
      `changes?app=${encodeURIComponent(this.#app)}${ids}&from=${window[0]}&to=${window[1]}`,
    )
    if (this.#host.state().window?.join() !== window.join()) return
    fillChanges(this.#changes, window, changes ?? 'failed', new Map(this.#rows.map((row) => [row.id, row])), on)
  }
}
