import { arrange, fill, h, name, setText } from './dom.ts'
import { drawSoon } from './draw-queue.ts'
import { FindingList } from './finding-list.ts'
import { formatValue } from './format.ts'
import { addressOf, processName } from './panels.ts'
import type { FindingLine, ProcessRow } from './protocol.ts'
import { Sparkline } from './sparkline.ts'
import { inOrder, isRunning, markedState, stateElement } from './state-text.ts'
import type { TrackData } from './track-data.ts'
import { ranges } from './view-state.ts'

const columns: readonly (readonly [key: string, head: string, unit: string, perSecond: boolean])[] = [
  ['cpu', 'CPU', 's', true],
  ['rss', 'RSS', 'By', false],
  ['heap', 'Heap', 'By', false],
  ['loop', 'Loop p99', 's', false],
  ['requests', 'Requests', '', true],
  ['latency', 'p99', 's', false],
  ['errors', 'Errors', '', true],
]
/** Columns of the last minute, side by side, as in `plimsoll ls`; the others are of now. */
const minuteKeys: readonly string[] = ['loop', 'requests', 'latency', 'errors']
/** The small lines: of what, and their heads before the time that they show. */
const sparks: readonly (readonly [key: string, head: string])[] = [
  ['cpu', 'CPU'],
  ['requests', 'Requests'],
  ['latency', 'p99'],
]
const maxFindings = 8
/** Processes that have ended, of each app; after a crash loop there may be a hundred. */
const maxEnded = 4

interface RowView {
  readonly element: HTMLTableRowElement
  readonly state: HTMLElement
  readonly up: HTMLElement
  readonly cells: readonly HTMLElement[]
  readonly sparks: readonly [key: string, spark: Sparkline][]
}

interface AppSection {
  readonly element: HTMLElement
  readonly count: HTMLElement
  readonly body: HTMLElement
  readonly hidden: HTMLElement
  /** The heads of the small lines. */
  readonly heads: readonly HTMLElement[]
}

/**
 * What is wrong on the machine, then all of its processes by app. Sections and rows stay as long as what they show: in a crash loop processes come and go
 * each second, and what is put into the document again loses the focus, closes and scrolls back.
 */
export class Overview {
  readonly element: HTMLElement = h('div', { class: 'overview' })
  readonly #data: TrackData
  readonly #link: (app: string, process?: string) => string
  readonly #rows = new Map<number, RowView>()
  readonly #apps = new Map<string, AppSection>()
  readonly #empty = emptyText()
  readonly #findings = new FindingList({
    label: 'What is wrong',
    most: maxFindings,
    hasApps: true,
    link: (row) => this.#link(row.app, addressOf(row)),
  })
  readonly #well = h('p', { class: 'quiet' })
  readonly #wrong = h('section', { class: 'wrong' }, h('h2', {}, 'What is wrong'), this.#findings.element, this.#well)
  #processes: readonly ProcessRow[] = []

  constructor(data: TrackData, link: (app: string, process?: string) => string) {
    this.#data = data
    this.#link = link
  }

  tracks(): number[] {
    return this.#processes.filter(isRunning).flatMap(({ tracks }) => Object.values(tracks))
  }

  /** Numbers of processes mean others from now on. */
  reset(): void {
    this.#rows.clear()
    this.#apps.clear()
  }

  /** `from`, `now`: the edges of the small lines, which are of a range of so many seconds. */
  update(
    processes: readonly ProcessRow[],
    lines: readonly FindingLine[],
    { from, now, range }: { readonly from: number; readonly now: number; readonly range: number },
  ): void {
    const byApp = new Map<string, ProcessRow[]>()
    for (const row of processes) byApp.set(row.app, [...(byApp.get(row.app) ?? []), row])
    const apps = [...byApp]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([app, rows]): [string, ProcessRow[], number] => {
        const sorted = inOrder(rows)
        const alive = sorted.filter(isRunning).length
        const shown = sorted.slice(0, alive + maxEnded)
        return [app, shown, sorted.length - shown.length]
      })
    this.#processes = apps.flatMap(([, rows]) => rows)
    this.#arrange(apps)
    for (const row of this.#processes) this.#updateRow(row, from, now)
    const span = ranges.find(([seconds]) => seconds === range)?.[1] ?? ''
    for (const [app, rows] of byApp) {
      const { count, heads } = this.#apps.get(app) as AppSection
      setText(count, countText(rows))
      for (const [i, head] of heads.entries()) setText(head, `${sparks[i]?.[1]}, ${span}`)
    }
    this.#well.hidden = this.#findings.update(lines, processes)
    setText(this.#well, `Nothing was found in ${processes.filter(isRunning).length} running processes.`)
  }

  #arrange(apps: readonly (readonly [string, readonly ProcessRow[], number])[]): void {
    const ids = new Set(this.#processes.map(({ id }) => id))
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id)
    const names = new Set(apps.map(([app]) => app))
    for (const app of this.#apps.keys()) if (!names.has(app)) this.#apps.delete(app)
    const sections = apps.map(([app, rows, left]) => {
      const section = this.#apps.get(app) ?? this.#section(app)
      const { element, body, hidden } = section
      this.#apps.set(app, section)
      const views = rows.map((row) => this.#rows.get(row.id) ?? this.#row(row))
      arrange(
        body,
        views.map((view) => view.element),
      )
      hidden.hidden = left === 0
      setText(hidden, `${left} that ended before are not listed.`)
      return element
    })
    arrange(this.element, sections.length === 0 ? [this.#empty] : [this.#wrong, ...sections])
  }

  #section(app: string): AppSection {
    const count = h('span', { class: 'count' })
    const sparkHeads = sparks.map(() => h('th', { scope: 'col', class: 'spark' }))
    const heads = ['Process', 'State', 'Up']
    const head = h(
      'tr',
      {},
      ...heads.map((text, i) => h('th', { scope: 'col', class: i > 1 ? 'number' : undefined }, text)),
      ...columns.map(columnHead),
      ...sparkHeads,
    )
    const body = h('tbody')
    const hidden = h('p', { class: 'more', hidden: true })
    const element = h(
      'section',
      { class: 'app' },
      h('header', {}, h('h2', {}, h('a', { href: this.#link(app), 'data-link': true }, name(app))), count),
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Processes of ${app.slice(0, 100)}` },
        h('table', { class: 'processes stacked' }, h('thead', {}, head), body),
      ),
      hidden,
    )
    return { element, count, body, hidden, heads: sparkHeads }
  }

  #row(row: ProcessRow): RowView {
    const state = h('td')
    const up = h('td', { class: 'number', 'data-head': 'Up' })
    const cells = columns.map(([key, head]) =>
      h('td', { class: 'number', 'data-head': minuteKeys.includes(key) ? `${head} 1m` : head }),
    )
    const lines = sparks.map(([key]): [string, Sparkline] => [key, new Sparkline()])
    const link = h('a', { href: this.#link(row.app, addressOf(row)), 'data-link': true }, processName(row))
    const element = h(
      'tr',
      {},
      h('th', { scope: 'row' }, link),
      state,
      up,
      ...cells,
      ...lines.map(([, spark]) => h('td', { class: 'spark' }, spark.element)),
    )
    const view = { element, state, up, cells, sparks: lines }
    this.#rows.set(row.id, view)
    return view
  }

  #updateRow(row: ProcessRow, from: number, now: number): void {
    const view = this.#rows.get(row.id)
    if (view === undefined) return
    const { element, state, up, cells, sparks: lines } = view
    element.className = `is-${row.state}`
    if (state.textContent !== markedState(row)) fill(state, stateElement(row))
    setText(up, row.up)
    for (const [i, [key, , unit, perSecond]] of columns.entries()) {
      const value = row.load[key]
      setText(cells[i] as HTMLElement, formatValue(value, unit, perSecond))
      ;(cells[i] as HTMLElement).className = `number ${value === undefined ? 'absent' : (row.judged[key] ?? '')}`.trim()
    }
    for (const [key, spark] of lines) {
      const track = row.tracks[key]
      drawSoon(() => {
        const isDrawn = isRunning(row) && track !== undefined
        const [times, values = []] = this.#data.align(isDrawn ? [[track]] : [], from, now)
        spark.draw(times, values, [from, now])
      })
    }
  }
}

/** The first column of the last minute has that above itself and those beside it. */
function columnHead([key, head]: (typeof columns)[number]): HTMLElement {
  if (!minuteKeys.includes(key)) return h('th', { scope: 'col', class: 'number' }, head)
  const above = key === minuteKeys[0] ? [h('span', { class: 'group', 'aria-hidden': 'true' }, 'last minute')] : []
  return h('th', { scope: 'col', class: 'number minute', 'aria-label': `${head}, last minute` }, ...above, head)
}

function emptyText(): HTMLElement {
  return h(
    'p',
    { class: 'empty' },
    'No process publishes here yet. Call publish() in your app, or start it with ',
    h('code', {}, 'plimsoll run -- node app.js'),
    '.',
  )
}

function countText(rows: readonly ProcessRow[]): string {
  const states: readonly ProcessRow['state'][] = ['live', 'blocked', 'exited', 'killed', 'archived']
  const counts = states.map((state) => [state, rows.filter((row) => row.state === state).length] as const)
  return counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}
