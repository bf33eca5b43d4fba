import { mean } from '../snapshot/buckets.ts'
import { quantiles } from '../snapshot/quantile.ts'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot, TextFamilySnapshot } from '../snapshot/snapshot.ts'
import { humanNumber, wholeNumber } from './human-number.ts'
import { cut, cutMiddle, padded, printable, printedWidth } from './printable.ts'

/** How the table is laid out. */
export interface TableOptions {
  /** Columns of the terminal; lines are never longer. Below 40 counts as 40. @default 80 */
  readonly width?: number
  /** Whether to use ANSI bold and dim. @default false */
  readonly color?: boolean
}

const quantileColumns: readonly number[] = [0.5, 0.9, 0.99]
const distributionHeads: readonly string[] = ['count', 'mean', 'p50', 'p90', 'p99', 'max']

/** Columns of a distribution in the order in which they are given up on a narrow terminal. */
const dispensable: readonly number[] = [1, 3, 5, 2, 4]
const narrowestLabels = 14

/**
 * A snapshot for people to read: a block for each family, a line for each series, numbers aligned and in fitting units.
 * Distributions show count, mean, quantiles and maximum. Long labels and texts are cut so that no line is wider than `width`.
 * Whatever a page holds, no control character and no escape sequence but plimsoll's own reaches the terminal.
 */
export function formatTable(snapshot: Snapshot, options: TableOptions = {}): string {
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const style = options.color === true ? ansi : plain
  const blocks = snapshot.families.map((family) => familyBlock(family, width, style))
  return blocks.length === 0 ? 'No metrics.\n' : `${blocks.join('\n\n')}\n`
}

interface Style {
  bold(text: string): string
  dim(text: string): string
}

const plain: Style = { bold: (text) => text, dim: (text) => text }
const ansi: Style = { bold: (text) => `\u001b[1m${text}\u001b[22m`, dim: (text) => `\u001b[2m${text}\u001b[22m` }

function familyBlock(family: FamilySnapshot, width: number, style: Style): string {
  if (family.kind === 'text') return textBlock(family, width, style)
  const rows = rowsOf(family)
  const heads = family.kind === 'histogram' || family.kind === 'timer' ? distributionHeads : ['']
  const widths = heads.map((head, i) =>
    rows.reduce((most, row) => Math.max(most, printedWidth(row.cells[i] ?? '')), head.length),
  )
  const columns = fittingColumns(widths, width - narrowestLabels)
  const numbers = columns.reduce((sum, i) => sum + (widths[i] ?? 0) + 2, 0)
  const longest = rows.reduce((most, row) => Math.max(most, printedWidth(row.label)), 0)
  const labels = Math.min(longest + 2, width - numbers)
  const line = (label: string, cells: readonly string[]): string =>
    padded(label, labels) + columns.map((i) => right(cells[i] ?? '', widths[i] ?? 0)).join('')
  const lines = rows.map((row) => line(`  ${cutMiddle(row.label, labels - 2)}`, row.cells))
  const head = heads.length > 1 ? [style.dim(line('', heads))] : []
  return [titleOf(family, width, style), ...head, ...lines].join('\n')
}

/** Texts begin below each other; labels have at most half of the width. */
function textBlock(family: TextFamilySnapshot, width: number, style: Style): string {
  const rows = family.series.map(({ labels, value }) => ({ label: labelText(labels), text: printable(value) }))
  const longest = rows.reduce((most, { label }) => Math.max(most, printedWidth(label)), 0)
  const labels = Math.min(longest, Math.floor(width / 2) - 4)
  const lines = rows.map(({ label, text }) => {
    return `  ${padded(cutMiddle(label, labels), labels)}  ${cut(text, width - labels - 4)}`.trimEnd()
  })
  return [titleOf(family, width, style), ...lines].join('\n')
}

/** The columns, by place, that fit into `room`; the less telling ones go first. */
function fittingColumns(widths: readonly number[], room: number): number[] {
  const kept = dispensable.length + 1 === widths.length ? widths.map((_, i) => i) : [0]
  const total = (): number => kept.reduce((sum, i) => sum + (widths[i] ?? 0) + 2, 0)
  for (const column of dispensable) {
    if (kept.length > 1 && total() > room) kept.splice(kept.indexOf(column), 1)
  }
  return kept
}

function titleOf(family: FamilySnapshot, width: number, style: Style): string {
  const kind = family.kind === 'gauge' ? `gauge, ${family.aggregation}` : family.kind
  const name = cut(printable(family.name), width - kind.length - 2)
  const room = width - printedWidth(name) - kind.length - 4
  const help = family.help !== '' && room >= 12 ? `  ${cut(printable(family.help), room)}` : ''
  return `${style.bold(name)}  ${style.dim(kind + help)}`
}

interface Row {
  readonly label: string
  readonly cells: readonly string[]
}

function rowsOf(family: Exclude<FamilySnapshot, TextFamilySnapshot>): Row[] {
  const { unit } = family
  switch (family.kind) {
    case 'counter':
    case 'gauge':
      return family.series.map(({ labels, value, exact }) => ({
        label: labelText(labels),
        cells: [exact === undefined ? humanNumber(value, unit) : wholeNumber(exact)],
      }))
    case 'meter':
      return family.series.map(({ labels, value }) => ({ label: labelText(labels), cells: [humanNumber(value, unit)] }))
    case 'average':
      return family.series.map(({ labels, count }) => ({ label: labelText(labels), cells: [humanNumber(count, '')] }))
    case 'state':
      return family.series.map(({ labels, value }) => ({ label: labelText(labels), cells: [printable(value ?? '-')] }))
    case 'info':
      return family.series.map(({ labels }) => ({ label: labelText(labels), cells: [''] }))
    case 'histogram':
    case 'timer':
      return family.series.map((series) => ({
        label: labelText(series.labels),
        cells: distributionCells(series, unit),
      }))
    default:
      return family satisfies never
  }
}

function distributionCells(series: DistributionSeries, unit: string): string[] {
  const values = [
    mean(series),
    ...(quantiles(series, quantileColumns) ?? quantileColumns.map(() => undefined)),
    series.max,
  ]
  return [
    humanNumber(series.count, ''),
    ...values.map((value) => (value === undefined ? '-' : humanNumber(value, unit))),
  ]
}

function labelText(labels: Labels): string {
  const text = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return text.length === 0 ? '(all)' : printable(text.join(' '))
}

function right(text: string, column: number): string {
  return ' '.repeat(2 + Math.max(0, column - printedWidth(text))) + text
}
