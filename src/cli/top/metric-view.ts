import { humanNumber } from '../../formats/table/human-number.ts'
import { exponentialBound, isExplicit } from '../../snapshot/buckets/buckets.ts'
import type { Buckets } from '../../snapshot/snapshot.ts'
import { bar, type ChartLine, drawChart } from '../screen/chart.ts'
import type { Screen } from '../screen/screen.ts'
import { seriesStyles } from '../screen/styles.ts'
import type { Frame, History } from './history.ts'
import type { ProcessRow } from './process-row.ts'
import { quantileText, valueText } from './reading-text.ts'
import type { Reading } from './readings.ts'
import type { TopState } from './state.ts'

const maxLines = seriesStyles.length

/** Draws one metric of a process: a chart of the last minutes and its largest series, or a distribution as bars. */
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
  const shown = series.length === 0 ? [family] : series.slice(0, maxLines)
  const rows = Math.min(shown.length + 1, Math.floor((bottom - top) / 2))
  const area = { x: 0, y: top + 2, width: screen.columns - 1, height: bottom - top - 2 - rows }
  const isDistribution = family.p99 !== undefined
  const lines =
    isDistribution && series.length === 0
      ? quantileLines(row, family, history, at, screen.columns)
      : seriesLines(row, shown, history, at, screen.columns)
  const format = (value: number): string => (isDistribution ? quantileText(family, value) : valueText(family, value))
  drawChart(screen, lines, area, format)
  drawLegend(screen, shown, lines, area.y + area.height, bottom, series.length, isDistribution)
}

function seriesOf(frame: Frame, page: string, { family }: Reading): Reading[] {
  const readings = [...(frame.details.get(page)?.values() ?? [])]
  return readings.filter((one) => one.family === family && one.labels !== undefined)
}

/** Of a distribution its slow end, of all else the value. */
function seriesLines(
  row: ProcessRow,
  shown: readonly Reading[],
  history: History,
  at: number,
  columns: number,
): ChartLine[] {
  return shown.map(({ key, p99 }, i) => ({
    values: history.ofReading(row.key, key, at, 2 * columns, (one) => (p99 === undefined ? one.value : one.p99)),
    style: seriesStyles[i % maxLines] as ChartLine['style'],
  }))
}

function quantileLines(row: ProcessRow, { key }: Reading, history: History, at: number, columns: number): ChartLine[] {
  return [
    { values: history.ofReading(row.key, key, at, 2 * columns, ({ p50 }) => p50), style: 'series1' },
    { values: history.ofReading(row.key, key, at, 2 * columns, ({ p99 }) => p99), style: 'series2' },
  ]
}

function drawLegend(
  screen: Screen,
  shown: readonly Reading[],
  lines: readonly ChartLine[],
  top: number,
  bottom: number,
  all: number,
  isDistribution: boolean,
): void {
  for (const [i, reading] of shown.entries()) {
    const y = top + i
    if (y >= bottom) return
    const quantiles = isDistribution
      ? `  p50 ${quantileText(reading, reading.p50)}  p99 ${quantileText(reading, reading.p99)}`
      : ''
    const value = `${valueText(reading, reading.value)}${quantiles}`
    const style = lines.length === shown.length ? lines[i]?.style : 'plain'
    screen.put(1, y, '●', style ?? 'plain')
    const end = screen.put(3, y, reading.labels ?? reading.family, 'plain', screen.columns - value.length - 6)
    screen.put(end + 2, y, value, 'bold')
  }
  if (all > shown.length && top + shown.length < bottom) {
    screen.put(3, top + shown.length, `… and ${all - shown.length} more series`, 'dim')
  }
}

/** The distribution of the last minute, or since its start where there is none, as bars. */
function drawBars(screen: Screen, family: Reading, [top, bottom]: readonly [number, number]): void {
  const { distribution } = family
  const recent = distribution?.recent?.['1m']
  const shown = recent !== undefined && recent.count > 0 ? recent : distribution
  if (shown === undefined || shown.count === 0) {
    screen.put(1, top, 'No values yet.', 'dim')
    return
  }
  const over = shown === recent ? 'in the last minute' : 'since its start'
  const quantiles = `p50 ${quantileText(family, family.p50)}  p99 ${quantileText(family, family.p99)}`
  screen.put(1, top, `${humanNumber(shown.count, '')} values ${over}  ${quantiles}`, 'dim', screen.columns - 2)
  const bars = barsOf(shown.buckets, Math.max(1, bottom - top - 1))
  const most = Math.max(...bars.map(({ count }) => count))
  const label = 22
  const count = 10
  for (const [i, { low, high, count: n }] of bars.entries()) {
    const range = `${edge(low, family)} – ${edge(high, family)}`
    screen.putRight(label, top + 1 + i, range, 'plain', label - 1)
    screen.putRight(label + count + 1, top + 1 + i, humanNumber(n, ''), n === 0 ? 'dim' : 'plain', count)
    screen.put(label + count + 2, top + 1 + i, bar(n / most, screen.columns - label - count - 4), 'series1')
  }
}

function edge(value: number, family: Reading): string {
  return Number.isFinite(value) ? humanNumber(value, family.valueUnit) : value < 0 ? '' : '∞'
}

interface Bar {
  readonly low: number
  readonly high: number
  readonly count: number
}

/** At most `max` bars, of neighbouring buckets added up, from the first to the last one with a value. */
export function barsOf(buckets: Buckets, max: number): Bar[] {
  const all = isExplicit(buckets)
    ? buckets.counts.map((count, i) => ({
        low: buckets.bounds[i - 1] ?? Number.NEGATIVE_INFINITY,
        high: buckets.bounds[i] ?? Number.POSITIVE_INFINITY,
        count,
      }))
    : [
        ...(buckets.zero > 0 ? [{ low: 0, high: 0, count: buckets.zero }] : []),
        ...buckets.counts.map((count, i) => ({
          low: exponentialBound(buckets.offset + i, buckets.scale),
          high: exponentialBound(buckets.offset + i + 1, buckets.scale),
          count,
        })),
      ]
  const first = all.findIndex(({ count }) => count > 0)
  const last = all.findLastIndex(({ count }) => count > 0)
  const used = all.slice(Math.max(0, first), last + 1)
  const size = Math.ceil(used.length / max)
  return Array.from({ length: Math.ceil(used.length / size) }, (_, i) => {
    const some = used.slice(i * size, (i + 1) * size)
    const count = some.reduce((sum, one) => sum + one.count, 0)
    return { low: some[0]?.low ?? 0, high: some.at(-1)?.high ?? 0, count }
  })
}
