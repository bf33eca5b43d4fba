import { type ChartLine, drawChart } from '../screen/chart.ts'
import type { Screen } from '../screen/screen.ts'
import { type SeriesStyle, seriesStyles } from '../screen/styles.ts'
import { drawBars } from './bars-view.ts'
import type { Frame, History } from './history.ts'
import type { ProcessRow } from './process-row.ts'
import { quantileText, valueText } from './reading-text.ts'
import type { Reading } from './readings.ts'
import type { TopState } from './state.ts'

/** A line of the chart, and what the legend says of it. */
interface Curve extends ChartLine {
  readonly name: string
  readonly text: string
}

/** Draws one metric of a process: a chart of the last minutes, or a distribution as bars. */
export function drawMetric(
  screen: Screen,
  row: ProcessRow,
  family: Reading,
  frame: Frame,
  state: TopState,
  history: History,
  at: number,
  [top, bottom]: readonly [number, number],
): void {
  const title = `${family.family}  ${family.kind}${family.valueUnit === '' ? '' : ` in ${family.valueUnit}`}`
  screen.put(1, top, title, 'bold', screen.columns - 2)
  screen.put(1, top + 1, family.help, 'dim', screen.columns - 2)
  if (state.isBars && family.distribution !== undefined) {
    drawBars(screen, family, [top + 2, bottom])
    return
  }
  const series = seriesOf(frame, row.key, family)
  const values = (key: string, value: (one: Reading) => number | string | undefined): ChartLine['values'] =>
    history.ofReading(row.key, key, at, 2 * screen.columns, value)
  const curves = series.length === 0 ? wholeCurves(family, values) : seriesCurves(series, values)
  const legend = Math.min(curves.length, Math.floor((bottom - top) / 2))
  const height = bottom - top - 3 - legend
  const isQuantile = family.distribution !== undefined
  const format = (value: number): string => (isQuantile ? quantileText(family, value) : valueText(family, value))
  drawChart(
    screen,
    curves,
    { x: 0, y: top + 2, width: screen.columns - 1, height },
    {
      format,
      thousand: /By$/.test(isQuantile ? family.valueUnit : family.unit) ? 1024 : 1000,
      interval: intervalOf(history, at),
      now: new Date(frame.time * 1000).toTimeString().slice(0, 8),
    },
  )
  for (const [i, { name, text, style }] of curves.slice(0, legend).entries()) {
    const y = top + 2 + height + i
    screen.put(1, y, '●', style)
    const end = screen.put(3, y, name, 'plain', screen.columns - text.length - 6)
    screen.put(end + 2, y, text, 'bold')
  }
  const more = series.length - curves.length
  if (more > 0) screen.put(3, bottom, `… and ${more} more series`, 'dim')
}

/** Seconds between two frames. */
function intervalOf({ frames }: History, at: number): number {
  const [first, last] = [frames[0], frames[at]]
  return first === undefined || last === undefined || at === 0 ? 1 : (last.time - first.time) / at
}

type Values = (key: string, value: (one: Reading) => number | string | undefined) => ChartLine['values']

function seriesOf(frame: Frame, page: string, { family }: Reading): Reading[] {
  const readings = [...(frame.details.get(page)?.values() ?? [])]
  return readings.filter((one) => one.family === family && one.labels !== undefined)
}

/** Of a distribution its middle and its slow end, of all else the value. */
function wholeCurves(family: Reading, values: Values): Curve[] {
  if (family.distribution === undefined) {
    const text = valueText(family, family.value)
    return [{ name: family.family, text, style: 'series1', values: values(family.key, ({ value }) => value) }]
  }
  const { key, p50, p99 } = family
  return [
    {
      name: 'p50 of a minute',
      text: quantileText(family, p50),
      style: 'series1',
      values: values(key, (one) => one.p50),
    },
    {
      name: 'p99 of a minute',
      text: quantileText(family, p99),
      style: 'series2',
      values: values(key, (one) => one.p99),
    },
  ]
}

/** The largest series; of distributions their slow ends. */
function seriesCurves(series: readonly Reading[], values: Values): Curve[] {
  return series.slice(0, seriesStyles.length).map((one, i) => {
    const isDistribution = one.kind === 'timer' || one.kind === 'histogram'
    const slow = `  p99 ${quantileText(one, one.p99)}`
    return {
      name: one.labels ?? '',
      text: `${valueText(one, one.value)}${isDistribution ? slow : ''}`,
      style: seriesStyles[i] as SeriesStyle,
      values: values(one.key, ({ value, p99 }) => (isDistribution ? p99 : value)),
    }
  })
}
