import uPlot from 'uplot'
import { formatValue, hasScale, isBytes, timeLabels } from './format.ts'
import { cssColor, heatColor, type Stroke } from './palette.ts'
import type { Mark } from './protocol.ts'
import { alonePlaces } from './track-data.ts'

/** With more events than this, only their signs are drawn. */
const maxMarkLines = 20

/** What a chart shows, and what it does when somebody points at it. */
export interface ChartOptions {
  readonly unit: string
  readonly perSecond: boolean
  readonly strokes: readonly Stroke[]
  /** The time that is shown, in Unix seconds. */
  span(): readonly [from: number, to: number]
  marks(): readonly Mark[]
  window(): readonly [number, number] | undefined
  /** Lines that are not in the background; all where it is `undefined`. */
  inFront(line: number): boolean
  /** The place in the data that is pointed at; `null` for none. */
  onCursor(index: number | null): void
  onSelect(from: number, to: number): void
  /** The columns of a heat map, in place of lines. */
  heat?(): HeatColumns
}

/** Counts by column of time and row of values. */
export interface HeatColumns {
  readonly columns: readonly { readonly time: number; readonly offset: number; readonly counts: readonly number[] }[]
  /** Seconds of a column. */
  readonly seconds: number
}

const font = '11px system-ui, "Segoe UI", "Liberation Sans", sans-serif'
export const chartHeight = 132
const rightPadding = 8
/** Of the labels at the left. */
const valuesWidth = 58
/** Between the lines of a grid, where 1,000 is no round number. */
const byteSteps = Array.from({ length: 60 }, (_, power) => 2 ** power)
const steps = Array.from({ length: 30 }, (_, power) => [1, 2, 2.5, 5].map((step) => step * 10 ** (power - 12))).flat()
const wholeSteps = steps.filter((step) => step >= 1 && Number.isInteger(step))

/** A chart in an element, of the width of that. */
export function makeChart(host: HTMLElement, options: ChartOptions): uPlot {
  const { strokes, heat } = options
  const series = strokes.map(({ color, dash }, i): uPlot.Series => {
    const stroke = (): string => (options.inFront(i) ? color : cssColor('line'))
    return {
      stroke,
      width: 1.5,
      ...(dash.length > 0 && { dash: [...dash] }),
      // A process that lived for a second is no line.
      points: { show: true, size: 4, width: 0, fill: stroke, filter: (u, line) => alonePlaces(u.data[line] ?? []) },
      spanGaps: false,
    }
  })
  const chart = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height: chartHeight,
      padding: [8, rightPadding, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: 'time', scales: ['x', null], setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6, width: 1.5 },
        y: heat !== undefined,
      },
      scales: {
        x: { time: true, range: () => [...options.span()] as [number, number] },
        y: { range: heat === undefined ? (_, low, high) => rangeOf(low, high) : () => rowsOf(heat()) },
      },
      axes: axesOf(options),
      series: [{}, ...(heat === undefined ? series : [{ stroke: 'transparent', points: { show: false } }])],
      hooks: {
        drawAxes: [
          (u) => {
            if (heat !== undefined) drawHeat(u, heat())
            drawWindow(u, options.window())
          },
        ],
        draw: [(u) => drawMarks(u, options.marks(), options.span())],
        setCursor: [
          (u) => options.onCursor(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null),
        ],
        setSelect: [(u) => takeSelection(u, options)],
      },
    },
    [[], ...(heat === undefined ? strokes.map(() => []) : [[]])] as unknown as uPlot.AlignedData,
    host,
  )
  return chart
}

function axesOf({ unit, perSecond, heat, span }: ChartOptions): uPlot.Axis[] {
  const axis = { stroke: cssColor('soft'), font, ticks: { show: false }, grid: { stroke: cssColor('grid'), width: 1 } }
  const valueAt = (place: number): number => (heat === undefined ? place : valueOfRow(place))
  return [
    {
      ...axis,
      size: 20,
      gap: 3,
      space: 60,
      values: (u, at) => timeLabels(at, span(), u.width - valuesWidth, rightPadding),
    },
    {
      ...axis,
      size: valuesWidth,
      space: 22,
      // Of 0 to 1 requests none is a quarter.
      ...(heat !== undefined
        ? { splits: roundRows }
        : { incrs: (u) => (isBytes(unit) ? byteSteps : hasScale(unit) || !areWhole(u) ? steps : wholeSteps) }),
      values: (u, at) => {
        const isEmpty = !hasValues(u, heat?.())
        return at.map((place) => (isEmpty ? '' : formatValue(valueAt(place), unit, perSecond)))
      },
    },
  ]
}

/** A scale without values would be an invented one. */
function hasValues({ data }: uPlot, heat: HeatColumns | undefined): boolean {
  if (heat !== undefined) return heat.columns.some(({ counts }) => counts.length > 0)
  return data.slice(1).some((line) => Array.prototype.some.call(line, (value) => typeof value === 'number'))
}

function areWhole({ data }: uPlot): boolean {
  return data.slice(1).every((line) => Array.prototype.every.call(line, (value) => !value || Number.isInteger(value)))
}

/** Each drag is shown in all charts, and taken by the one that it began in: the others get no event. */
function takeSelection(u: uPlot, { onSelect }: ChartOptions): void {
  const { left, width } = u.select
  const { event } = u.cursor
  if (width === 0 || (event && event.type !== 'mouseup')) return
  if (event && width > 3) onSelect(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'))
  // What is drawn of the window moves on with the times, and this would not.
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
}

/** Amounts begin at 0; what does not change is in the middle. */
function rangeOf(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1]
  const least = Math.min(0, low)
  const most = high <= least ? least + 1 : high
  return [least, least + (most - least) * 1.12]
}

/** The value at the lower edge of a row: there are two to the octave. */
export function valueOfRow(row: number): number {
  return 2 ** (row / 2)
}

/** Where round values lie between two rows: 1, 10, 100, and 2 and 5 of them where that is too few. */
function roundRows(_chart: uPlot, _axis: number, low: number, high: number): number[] {
  const [least, most] = [low, high].map((row) => Math.log10(valueOfRow(row))) as [number, number]
  const every = Math.max(1, Math.round((most - least) / 4))
  const steps = most - least < 2 ? [1, 2, 5] : [1]
  const rows: number[] = []
  for (let power = Math.floor(least); power <= most; power++) {
    if (power % every === 0) rows.push(...steps.map((step) => 2 * Math.log2(step * 10 ** power)))
  }
  return rows.filter((row) => row >= low && row <= high)
}

function rowsOf({ columns }: HeatColumns): [number, number] {
  const used = columns.filter(({ counts }) => counts.length > 0)
  if (used.length === 0) return [0, 1]
  const low = Math.min(...used.map(({ offset }) => offset))
  return [low, Math.max(...used.map(({ offset, counts }) => offset + counts.length), low + 4)]
}

function drawHeat(u: uPlot, { columns, seconds }: HeatColumns): void {
  const most = Math.max(1, ...columns.flatMap(({ counts }) => counts))
  const { ctx, bbox } = u
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (const { time, offset, counts } of columns) {
    const left = Math.round(u.valToPos(time, 'x', true))
    const width = Math.max(1, Math.round(u.valToPos(time + seconds, 'x', true)) - left)
    for (const [i, count] of counts.entries()) {
      if (count === 0) continue
      const top = Math.round(u.valToPos(offset + i + 1, 'y', true))
      const height = Math.max(1, Math.round(u.valToPos(offset + i, 'y', true)) - top)
      // A single slow request among thousands has to be seen, so by order of magnitude.
      ctx.fillStyle = heatColor(most === 1 ? 1 : 0.1 + (0.9 * Math.log(count)) / Math.log(most))
      ctx.fillRect(left, top, width, height)
    }
  }
  ctx.restore()
}

function drawWindow(u: uPlot, window: readonly [number, number] | undefined): void {
  if (window === undefined) return
  const [left, right] = window.map((time) => u.valToPos(time, 'x', true)) as [number, number]
  u.ctx.save()
  u.ctx.fillStyle = cssColor('window')
  u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height)
  u.ctx.restore()
}

function drawMarks(u: uPlot, marks: readonly Mark[], [from, to]: readonly [number, number]): void {
  const { ctx, bbox } = u
  ctx.save()
  const ratio = uPlot.pxRatio
  ctx.font = `${11 * ratio}px system-ui`
  ctx.textAlign = 'center'
  ctx.textBaseline = 'middle'
  const shown = marks.filter(({ time }) => time >= from && time <= to)
  for (const { time, kind, level, sign } of shown) {
    const x = Math.round(u.valToPos(time, 'x', true)) + 0.5
    ctx.strokeStyle = ctx.fillStyle = cssColor(kind === 'deploy' ? kind : level)
    ctx.fillText(sign, x, bbox.top - 2 * ratio)
    // In a crash loop the lines would hide the values.
    if (shown.length > maxMarkLines) continue
    ctx.lineWidth = ratio
    ctx.setLineDash([2 * ratio, 3 * ratio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}
