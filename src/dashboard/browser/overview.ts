import { fill, h, name, setText } from './dom.ts'
import { drawSoon } from './draw-queue.ts'
import { formatValue } from './format.ts'
import { fillFindings } from './lists.ts'
import { addressOf, processName } from './panels.ts'
import type { ProcessRow } from './protocol.ts'
import { Sparkline } from './sparkline.ts'
import { inOrder, markedState, stateElement } from './state-text.ts'
import type { TrackData } from './track-data.ts'

const columns: readonly (readonly [key: string, head: string, unit: string, perSecond: boolean])[] = [
  ['cpu', 'CPU', 's', true],
  ['rss', 'RSS', 'By', false],
  ['heap', 'Heap', 'By', false],
  ['loop', 'Loop p99', 's', false],
  ['requests', 'Requests', '', true],
  ['latency', 'p99', 's', false],
  ['errors', 'Errors', '', true],
]
/** Processes that have ended, of each app; after a crash loop there may be a hundred. */
const maxEnded = 4
const sparkSeconds = 120

interface RowView {
  readonly element: HTMLTableRowElement
  readonly state: HTMLElement
  readonly up: HTMLElement
  readonly cells: readonly HTMLElement[]
  readonly sparks: readonly [key: string, spark: Sparkline][]
}

interface AppHead {
  readonly count: HTMLElement
  readonly findings: HTMLElement
}

/** All processes of the machine by app. */
export class Overview {
  readonly element: HTMLElement = h('div', { class: 'overview' })
  readonly #data: TrackData
  readonly #link: (app: string, process?: string) => string
  readonly #rows = new Map<number, RowView>()
  /** How many processes of an app are in which state, and what is wrong with them. */
  readonly #apps = new Map<string, AppHead>()
  #shape = ''
  #processes: readonly ProcessRow[] = []

  constructor(data: TrackData, link: (app: string, process?: string) => string) {
    this.#data = data
    this.#link = link
  }

  tracks(): number[] {
    return this.#processes
      .filter(({ state }) => state === 'live' || state === 'blocked')
      .flatMap(({ tracks }) => Object.values(tracks))
  }

  update(processes: readonly ProcessRow[], now: number): void {
    const byApp = new Map<string, ProcessRow[]>()
    for (const row of processes) byApp.set(row.app, [...(byApp.get(row.app) ?? []), row])
    const apps = [...byApp]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([app, rows]): [string, ProcessRow[], number] => {
        const sorted = inOrder(rows)
        const alive = sorted.filter(({ state }) => state === 'live' || state === 'blocked').length
        const shown = sorted.slice(0, alive + maxEnded)
        return [app, shown, sorted.length - shown.length]
      })
    this.#processes = apps.flatMap(([, rows]) => rows)
    const shape = JSON.stringify(apps.map(([app, rows, hidden]) => [app, rows.map(({ id }) => id), hidden]))
    if (shape !== this.#shape) this.#build(apps)
    this.#shape = shape
    for (const row of this.#processes) this.#updateRow(row, now)
    for (const [app, rows] of byApp) {
      const { count, findings } = this.#apps.get(app) as AppHead
      setText(count, countText(rows))
      fillFindings(findings, rows, (row) => this.#link(app, addressOf(row)))
    }
  }

  #build(apps: readonly (readonly [string, readonly ProcessRow[], number])[]): void {
    this.#rows.clear()
    this.#apps.clear()
    const empty = h(
      'p',
      { class: 'empty' },
      'No process publishes here yet. Call publish() in your app, or start it with ',
      h('code', {}, 'plimsoll run -- node app.js'),
      '.',
    )
    fill(
      this.element,
      ...(apps.length === 0 ? [empty] : apps.map(([app, rows, hidden]) => this.#app(app, rows, hidden))),
    )
  }

  #app(app: string, rows: readonly ProcessRow[], hidden: number): HTMLElement {
    const count = h('span', { class: 'count' })
    const findings = h('ul', {
      class: 'findings',
      'aria-label': `What is wrong with ${app.slice(0, 100)}`,
      hidden: true,
    })
    this.#apps.set(app, { count, findings })
    const heads = ['Process', 'State', 'Up', ...columns.map(([, head]) => head)]
    const head = h(
      'tr',
      {},
      ...heads.map((text, i) => h('th', { scope: 'col', class: i > 1 ? 'number' : undefined }, text)),
      h('th', { scope: 'col', class: 'spark' }, 'CPU, 2 min'),
      h('th', { scope: 'col', class: 'spark' }, 'Requests, 2 min'),
    )
    return h(
      'section',
      { class: 'app' },
      h('header', {}, h('h2', {}, h('a', { href: this.#link(app), 'data-link': true }, name(app))), count),
      h(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Processes of ${app.slice(0, 100)}` },
        h('table', { class: 'processes' }, h('thead', {}, head), h('tbody', {}, ...rows.map((row) => this.#row(row)))),
      ),
      findings,
      hidden > 0 && h('p', { class: 'more' }, `${hidden} that ended before are not listed.`),
    )
  }

  #row(row: ProcessRow): HTMLElement {
    const state = h('td')
    const up = h('td', { class: 'number' })
    const cells = columns.map(() => h('td', { class: 'number' }))
    const sparks = ['cpu', 'requests'].map((key): [string, Sparkline] => [key, new Sparkline()])
    const link = h('a', { href: this.#link(row.app, addressOf(row)), 'data-link': true }, processName(row))
    const element = h(
      'tr',
      {},
      h('th', { scope: 'row' }, link),
      state,
      up,
      ...cells,
      ...sparks.map(([, spark]) => h('td', { class: 'spark' }, spark.element)),
    )
    this.#rows.set(row.id, { element, state, up, cells, sparks })
    return element
  }

  #updateRow(row: ProcessRow, now: number): void {
    const view = this.#rows.get(row.id)
    if (view === undefined) return
    const { element, state, up, cells, sparks } = view
    element.className = `is-${row.state}`
    if (state.textContent !== markedState(row)) fill(state, stateElement(row))
    setText(up, row.up)
    for (const [i, [key, , unit, perSecond]] of columns.entries()) {
      const value = row.load[key]
      setText(cells[i] as HTMLElement, formatValue(value, unit, perSecond))
      ;(cells[i] as HTMLElement).className = `number ${row.judged[key] ?? ''}`.trim()
    }
    for (const [key, spark] of sparks) {
      const track = row.tracks[key]
      if (track === undefined || row.state !== 'live') continue
      drawSoon(() => spark.draw(this.#data.align([[track]], now - sparkSeconds, now)[1] ?? []))
    }
  }
}

function countText(rows: readonly ProcessRow[]): string {
  const states: readonly ProcessRow['state'][] = ['live', 'blocked', 'exited', 'killed', 'archived']
  const counts = states.map((state) => [state, rows.filter((row) => row.state === state).length] as const)
  return counts
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}
