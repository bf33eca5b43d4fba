import { gaugeNumber, humanNumber, wholeNumber } from '../../formats/table/human-number.ts'
import { largest } from '../../formats/table/largest.ts'
import { columnsOf, labelText } from '../../formats/table/table-columns.ts'
import type {
  DistributionSeries,
  FamilySnapshot,
  InfoFamilySnapshot,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import { histogram, sparkline } from './charts.ts'
import { type History, ratesOf } from './history.ts'
import { type Html, html } from './html.ts'

type AnySeries = FamilySnapshot['series'][number]

/** What all blocks of a page share. */
export interface BlockContext {
  readonly history: History
  /** Unix time in seconds of the read. */
  readonly now: number
  /** The most series that one family shows; the largest ones. */
  readonly maxSeries: number
  /** How many series the page may still show. */
  rowsLeft: number
  /** Where a branch is, with what the page was asked for. */
  href(path: readonly string[]): string
}

/**
 * A metric: its name, and a line for each series with its values, its last two minutes and the shape of its values.
 */
export function familyBlock(
  name: string,
  family: FamilySnapshot,
  path: readonly string[],
  context: BlockContext,
): Html {
  const shown = largest(family, Math.min(context.maxSeries, Math.max(1, context.rowsLeft)))
  context.rowsLeft -= shown.series.length
  const left = family.series.length - shown.series.length
  const href = context.href(path)
  const unit = family.unit === '' || family.unit === '1' ? '' : ` ${family.unit}`
  const title = html`<h3><a href="${href}">${name}</a></h3> <i>${family.kind}${unit}</i> <p>${family.help}</p>`
  const more = left > 0 && html`<p class="more"><a href="${href}">${wholeNumber(String(left))} more series</a></p>`
  return html`<section class="family" id="${`m-${family.name}`}"><div class="scroll"><table>${rowsOf(shown, title, context)}</table></div>${more}</section>`
}

function rowsOf(family: FamilySnapshot, title: Html, context: BlockContext): Html {
  if (family.kind === 'text' || family.kind === 'info') return textRows(family, title)
  const { heads, givenUp, rows } = columnsOf(family)
  const classes = heads.map((_, i) => classOf(givenUp, i))
  const body = rows.map((row, i) => {
    const series = family.series[i] as AnySeries
    const cells = row.cells.map((cell, at) => html`<td class="${classes[at]}">${cell}</td>`)
    return { label: row.label, cells: html`${cells}${chartsOf(family, series, context)}` }
  })
  const [only] = body
  const isOnly = body.length === 1 && Object.keys(family.series[0]?.labels ?? {}).length === 0
  const hasHeads = heads.some((text) => text !== '')
  if (isOnly && only !== undefined && !hasHeads)
    return html`<tbody><tr><td class="title">${title}</td>${only.cells}</tr></tbody>`
  const columns = heads.map((text, i) => html`<th scope="col" class="${classes[i]}">${text}</th>`)
  const lines = body.map(
    ({ label, cells }) => html`<tr><th scope="row"><bdi>${isOnly ? '' : label}</bdi></th>${cells}</tr>`,
  )
  return html`<thead><tr><td class="title">${title}</td>${columns}<td></td></tr></thead><tbody>${lines}</tbody>`
}

function textRows(family: TextFamilySnapshot | InfoFamilySnapshot, title: Html): Html {
  const lines = family.series.map((series) =>
    'value' in series
      ? { label: labelText(series.labels), text: series.value }
      : { label: '', text: labelText(series.labels) },
  )
  const [only] = lines
  const isOnly =
    lines.length === 1 && only !== undefined && family.labelNames.length === (family.kind === 'info' ? 1 : 0)
  if (isOnly)
    return html`<tbody><tr><td class="title">${title}</td><td class="text"><bdi>${only.text}</bdi></td></tr></tbody>`
  const rows = lines.map(
    ({ label, text }) =>
      html`<tr><th scope="row"><bdi>${label}</bdi></th><td class="text"><bdi>${text}</bdi></td></tr>`,
  )
  return html`<thead><tr><td class="title">${title}</td><td></td></tr></thead><tbody>${rows}</tbody>`
}

function chartsOf(family: FamilySnapshot, series: AnySeries, context: BlockContext): Html {
  const isDistribution = family.kind === 'timer' || family.kind === 'histogram'
  const shape = isDistribution && shapeOf(series as DistributionSeries, family.unit)
  return html`<td class="chart">${lineOf(family, series, context)}</td>${isDistribution && html`<td class="chart shape">${shape}</td>`}`
}

/** Narrow windows hide what a narrow terminal leaves out. */
function classOf(givenUp: readonly number[], column: number): string {
  const rank = givenUp.indexOf(column)
  return rank === -1 || rank === givenUp.length - 1 ? '' : rank < givenUp.length / 2 ? 'wide' : 'middle'
}

function shapeOf(series: DistributionSeries, unit: string): Html {
  const recent = series.recent?.['1m']
  if (recent !== undefined && recent.count > 0) return histogram(recent.buckets, unit, 'values of the last minute')
  return histogram(series.buckets, unit, 'all values')
}

/** Gauges as they are, and how often per second what only goes up did so. */
function lineOf({ kind, name, unit }: FamilySnapshot, series: AnySeries, { history, now }: BlockContext): Html | false {
  const { value, count } = series as { readonly value?: unknown; readonly count?: number }
  const amount = count ?? value
  if (typeof amount !== 'number') return false
  const points = history.note(`${name}\n${JSON.stringify(series.labels)}`, now, amount)
  if (kind === 'gauge') return sparkline(points, now, false, (shown) => gaugeNumber(shown, unit))
  const countsUnits = kind === 'counter' || kind === 'meter'
  return sparkline(ratesOf(points), now, true, (shown) => `${humanNumber(shown, countsUnits ? unit : '')}/s`)
}
