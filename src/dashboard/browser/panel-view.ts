import type uPlot from 'uplot'
import { type ChartOptions, chartHeight, type HeatColumns, makeChart } from './chart.ts'
import { fill, h, name } from './dom.ts'
import { drawNever, drawSoon } from './draw-queue.ts'
import { getJson } from './link.ts'
import { strokeOf } from './palette.ts'
import { fillReadout, fillTable } from './panel-text.ts'
import type { Panel, View } from './panels.ts'
import type { Mark } from './protocol.ts'
import type { TrackData } from './track-data.ts'

/** What all panels of a page share. */
export interface PanelContext {
  readonly data: TrackData
  readonly heatSeconds: number
  range(): number
  /** The times at the edges. */
  from(): number
  now(): number
  marks(): readonly Mark[]
  window(): readonly [number, number] | undefined
  /** The place of a process among those that are shown, which decides about its colour. */
  placeOf(process: number): number
  /** Whether the line of a process is in colour. */
  isInFront(process: number): boolean
  /** How many panels a metric may be moved by; `undefined` where it is not pinned. */
  pinOf(metric: string): number | undefined
  viewOf(metric: string): string | undefined
  onView(metric: string, view: string): void
  onPin(metric: string): void
  onMove(metric: string, by: number): void
  onSelect(from: number, to: number): void
  /** A panel came into sight or left it, or shows something else. */
  onShown(): void
}

/** Lines in colour; what is behind them is grey. */
export const maxInFront = 12
const heatEveryMs = 5000
const interpolatedText = 'Quantiles are interpolated between the declared buckets.'

const sight = new WeakMap<Element, PanelView>()
const observer =
  globalThis.IntersectionObserver === undefined
    ? undefined
    : new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) sight.get(target)?.setVisible(isIntersecting)
        },
        { rootMargin: '150px' },
      )

/** A chart of one metric with its heading. */
export class PanelView {
  readonly element: HTMLElement
  readonly #context: PanelContext
  readonly #isPinnedOne: boolean
  readonly #tabs = h('div', { class: 'tabs', role: 'group', 'aria-label': 'View' })
  readonly #actions = h('div', { class: 'actions' })
  readonly #chartHost = h('div', { class: 'chart', role: 'img', 'aria-label': 'A chart' })
  readonly #readout = h('ul', { class: 'readout' })
  readonly #table = h('table', { class: 'stacked' })
  readonly #tableHost = h('div', { class: 'scroll', hidden: true }, this.#table)
  readonly #note = h('p', { class: 'note', hidden: true }, interpolatedText)
  #panel: Panel
  #chart: uPlot | undefined
  #columns: HeatColumns['columns'] = []
  #heatTimer: ReturnType<typeof setInterval> | undefined
  #heatRequests = 0
  /** The request of which the answer is shown. */
  #heatAnswer = 0
  #cursor: number | null = null
  #isVisible = false
  readonly #draw = (): void => this.#drawNow()

  constructor(panel: Panel, context: PanelContext, isPinnedOne: boolean) {
    this.#panel = panel
    this.#context = context
    this.#isPinnedOne = isPinnedOne
    const heading = h('h3', { title: panel.help || undefined }, name(panel.metric))
    const head = h('header', {}, heading, h('div', { class: 'controls' }, this.#tabs, this.#actions))
    this.element = h(
      'article',
      { class: 'panel', 'data-metric': panel.metric, tabindex: -1 },
      head,
      this.#readout,
      this.#chartHost,
      h('div', {}, this.#note, this.#tableHost),
    )
    this.#chartHost.style.minHeight = `${chartHeight}px`
    this.#fillHead()
    sight.set(this.element, this)
    observer?.observe(this.element)
  }

  get metric(): string {
    return this.#panel.metric
  }

  get view(): View {
    const { views } = this.#panel
    const wanted = this.#context.viewOf(this.metric)
    return views.find(({ id }) => id === wanted) ?? (views[0] as View)
  }

  /** The tracks that are in sight. */
  tracks(): number[] {
    return this.#isVisible ? this.view.lines.flatMap(({ tracks }) => tracks) : []
  }

  /** The metric has other series now. */
  update(panel: Panel): void {
    const before = this.view
    this.#panel = panel
    if (JSON.stringify(before) === JSON.stringify(this.view)) return
    this.rebuild()
  }

  /** Replaces the chart after a change of view or colours. */
  rebuild(): void {
    this.#fillHead()
    this.#removeChart()
    if (this.#isVisible) this.setVisible(true)
  }

  /** Pinned or not is part of the heading. */
  refresh(): void {
    this.#fillHead()
  }

  setVisible(isVisible: boolean): void {
    const changed = this.#isVisible !== isVisible
    this.#isVisible = isVisible
    clearInterval(this.#heatTimer)
    if (isVisible && this.view.heats !== undefined) {
      this.#heatTimer = setInterval(() => void this.#loadHeat(), heatEveryMs)
      void this.#loadHeat()
    }
    if (changed || this.#chart === undefined) this.#context.onShown()
    if (isVisible) this.draw()
  }

  draw(): void {
    if (this.#isVisible) drawSoon(this.#draw)
  }

  resize(): void {
    this.#chart?.setSize({ width: Math.max(120, this.#chartHost.clientWidth), height: chartHeight })
  }

  remove(): void {
    observer?.unobserve(this.element)
    drawNever(this.#draw)
    this.#isVisible = false
    this.#removeChart()
    this.element.remove()
  }

  #removeChart(): void {
    clearInterval(this.#heatTimer)
    this.#chart?.destroy()
    this.#chart = undefined
    this.#cursor = null
  }

  #fillHead(): void {
    const { views, metric, isInterpolated } = this.#panel
    const shown = this.view
    this.#note.hidden = !isInterpolated || !/^(p\d+|quantiles)$/.test(shown.id)
    const tab = ({ id, label }: View): HTMLElement =>
      h(
        'button',
        { type: 'button', 'aria-pressed': String(id === shown.id), onclick: () => this.#context.onView(metric, id) },
        label,
      )
    fill(this.#tabs, ...(views.length > 1 ? views.map(tab) : [h('span', {}, shown.label)]))
    const pin = this.#context.pinOf(metric)
    const button = (label: string, sign: string, onclick: () => void, pressed?: boolean): HTMLElement =>
      h(
        'button',
        {
          type: 'button',
          title: label,
          'aria-label': `${label}: ${metric}`,
          'aria-pressed': pressed === undefined ? undefined : String(pressed),
          onclick,
        },
        sign,
      )
    fill(
      this.#actions,
      this.#isPinnedOne && button('Move left', '‹', () => this.#context.onMove(metric, -1)),
      this.#isPinnedOne && button('Move right', '›', () => this.#context.onMove(metric, 1)),
      button('Table', '▤', () => this.#toggleTable(), !this.#tableHost.hidden),
      button(
        pin === undefined ? 'Pin' : 'Unpin',
        pin === undefined ? '☆' : '★',
        () => this.#context.onPin(metric),
        pin !== undefined,
      ),
    )
  }

  #toggleTable(): void {
    this.#tableHost.hidden = !this.#tableHost.hidden
    this.#fillHead()
    this.#write()
  }

  async #loadHeat(): Promise<void> {
    const { heats } = this.view
    if (heats === undefined) return
    const all = heats.slice(0, 400).join(',')
    const request = ++this.#heatRequests
    const columns = await getJson<HeatColumns['columns'] & { zero: number }[]>(
      `heat?heats=${all}&from=-${this.#context.range()}`,
    )
    // A later request may have had its answer already.
    if (columns === undefined || request < this.#heatAnswer || this.view.heats !== heats) return
    this.#heatAnswer = request
    this.#columns = columns
    this.draw()
  }

  #place(line: number): number {
    const { process } = this.view.lines[line] ?? {}
    return process === undefined ? line : this.#context.placeOf(process)
  }

  #makeChart(): uPlot {
    const { lines, unit, perSecond, heats } = this.view
    const { from, now, marks, window, isInFront, onSelect } = this.#context
    const options: ChartOptions = {
      unit,
      perSecond,
      strokes: lines.map((_, i) => strokeOf(this.#place(i))),
      span: () => [from(), now()],
      marks,
      window,
      inFront: (i) => {
        const process = lines[i]?.process
        return process === undefined ? i < maxInFront : isInFront(process)
      },
      onCursor: (index) => {
        this.#cursor = index
        this.#write()
      },
      onSelect,
      ...(heats && { heat: () => ({ columns: this.#columns, seconds: this.#context.heatSeconds }) }),
    }
    return makeChart(this.#chartHost, options)
  }

  #drawNow(): void {
    const { data: held } = this.#context
    const isHere =
      this.view.heats !== undefined || this.view.lines.some(({ tracks }) => tracks.some((id) => held.has(id)))
    if (!this.#isVisible || !isHere) return
    this.#chart ??= this.#makeChart()
    const { lines, heats, label } = this.view
    const [from, now] = [this.#context.from(), this.#context.now()]
    const data = held.align(
      lines.map(({ tracks }) => tracks),
      from,
      now,
    )
    const times = this.#columns.map(({ time }) => time)
    const shown = (heats === undefined ? data : [times, times.map(() => null)]) as uPlot.AlignedData
    const chart = this.#chart
    // At once, so that the time it takes counts: uPlot draws behind the frame's callbacks, twelve charts in one frame.
    chart.batch(() => chart.setData(shown))
    this.#write()
    const span = Math.round((now - from) / 60)
    this.#chartHost.setAttribute(
      'aria-label',
      `${this.metric}, ${label}, the last ${span} min. The numbers are in the table.`,
    )
  }

  /** What is written beside the chart: the values at the cursor, or the last ones, and the table where it is open. */
  #write(): void {
    if (this.#chart === undefined) return
    const content = {
      view: this.view,
      data: this.#chart.data,
      columns: this.#columns,
      place: (line: number) => this.#place(line),
    }
    fillReadout(this.#readout, content, this.#cursor)
    if (!this.#tableHost.hidden) fillTable(this.#table, content)
  }
}
