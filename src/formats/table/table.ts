import { checkOptions, flag, type OptionRules } from '../../options.ts'
import { hasDeclaredBuckets } from '../../snapshot/buckets/buckets.ts'
import { interpolatedText } from '../../snapshot/buckets/quantile.ts'
import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import type {
  FamilySnapshot,
  InfoFamilySnapshot,
  Labels,
  Snapshot,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import { humanNumber, wholeNumber } from './human-number.ts'
import { largest } from './largest.ts'
import { cut, cutMiddle, padded, printable, printedWidth } from './printable.ts'
import { shortLabels } from './short-labels.ts'
import { columnsOf, labelText } from './table-columns.ts'

/** How the table is laid out. */
export interface TableOptions {
  /** Columns of the terminal; lines are never longer. Below 40 counts as 40. @default 80 */
  readonly width?: number
  /**
   * Series that a family shows, 1 or more: the largest ones, and how many more there are. Those of what is past the limit of
   * a family, or gone from it, are among them. @default Infinity
   */
  readonly maxSeries?: number
  /** Whether to use ANSI bold and dim. @default false */
  readonly color?: boolean
}

/** Which of them are valid. */
export const tableRules: OptionRules<TableOptions> = {
  width: [(given) => typeof given === 'number' && given >= 0, 'a number of columns'],
  maxSeries: [(given) => typeof given === 'number' && given >= 1, 'a number of at least 1'],
  color: flag,
}

const narrowestLabels = 14

/**
 * A snapshot for people to read: a block for each family, a line for each series, numbers aligned and in fitting units.
 * Distributions show how many come each second, quantiles of the last minute and since the start; states how long they
 * were in each. A narrow terminal omits less important columns, and where labels need more than half of `width`, their
 * names stand once below the title. Long labels and texts are shortened so that no line exceeds `width`.
 * Whatever a page holds, no control character and no escape sequence but plimsoll's own reaches the terminal.
 */
export function formatTable(snapshot: Snapshot, options: TableOptions = {}): string {
  checkSnapshot('formatTable()', snapshot)
  checkOptions('formatTable()', options, tableRules)
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const style = options.color === true ? ansi : plain
  const { maxSeries = Number.POSITIVE_INFINITY } = options
  const blocks = snapshot.families.map((family) => {
    const shown = largest(family, maxSeries)
    const left = family.series.length - shown.series.length
    const more = left === 0 ? '' : `\n${style.dim(`  … and ${wholeNumber(String(left))} more`)}`
    return familyBlock(shown, width, style) + more
  })
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
  if (family.kind === 'info') return infoBlock(family, width, style)
  const { heads, givenUp, rows } = columnsOf(family)
  const widths = heads.map((head, i) =>
    rows.reduce((most, row) => Math.max(most, printedWidth(row.cells[i] ?? '')), printedWidth(head)),
  )
  const half = Math.floor(width / 2)
  const full = rows.map(({ label }) => label)
  const labelsOf = (): Labels[] => family.series.map(({ labels }) => labels)
  const short = longestOf(full) + 2 > half ? shortLabels(labelsOf(), half - 2) : undefined
  const texts = short?.texts ?? full
  const longest = longestOf(texts)
  const wanted = Math.max(narrowestLabels, Math.min(longest + 2, half))
  const shown = fittingColumns(widths, givenUp, width - wanted)
  const numbers = shown.reduce((sum, i) => sum + (widths[i] ?? 0) + 2, 0)
  const labels = Math.min(longest + 2, width - numbers)
  const line = (label: string, cells: readonly string[]): string =>
    padded(label, labels) + shown.map((i) => right(cells[i] ?? '', widths[i] ?? 0)).join('')
  const lines = rows.map(({ cells }, i) => line(`  ${cutMiddle(texts[i] ?? '', labels - 2)}`, cells).trimEnd())
  const head = heads.some((text) => text !== '') ? [style.dim(line('', heads))] : []
  const by = short === undefined ? [] : [style.dim(cut(`  by ${short.names}`, width))]
  return [titleOf(family, width, style), ...by, ...notesOn(family, width, style), ...head, ...lines].join('\n')
}

/** What a reader has to know about the numbers below. */
function notesOn(family: FamilySnapshot, width: number, style: Style): string[] {
  return hasDeclaredBuckets(family) ? [style.dim(cut(`  ${interpolatedText}`, width))] : []
}

function longestOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, printedWidth(text)), 0)
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

/** Constants by name, and how many processes have them where not all have the same. */
function infoBlock(family: InfoFamilySnapshot, width: number, style: Style): string {
  const several = family.series.length > 1
  const lines = family.series.map(({ labels, processes = 1 }) => {
    const count = several ? `  ${processes} ${processes === 1 ? 'process' : 'processes'}` : ''
    return `  ${cut(labelText(labels), width - 2 - count.length)}${count}`
  })
  return [titleOf(family, width, style), ...lines].join('\n')
}

/** The columns, by place, that fit into `room`; those in `givenUp` go one by one. */
function fittingColumns(widths: readonly number[], givenUp: readonly number[], room: number): number[] {
  const kept = new Set(widths.keys())
  let total = widths.reduce((sum, width) => sum + width + 2, 0)
  for (const column of givenUp) {
    if (total <= room) break
    kept.delete(column)
    total -= (widths[column] ?? 0) + 2
  }
  return [...kept]
}

function titleOf(family: FamilySnapshot, width: number, style: Style): string {
  const kind = kindText(family)
  const name = cut(printable(family.name), width - kind.length - 2)
  const room = width - printedWidth(name) - kind.length - 4
  const help = family.help !== '' && room >= 12 ? `  ${cut(printable(family.help), room)}` : ''
  return `${style.bold(name)}  ${style.dim(kind + help)}`
}

function kindText(family: FamilySnapshot): string {
  if (family.kind === 'gauge') {
    const type = family.type === undefined || family.type === 'float' ? '' : `${family.type} `
    return `${type}gauge, ${family.aggregation}`
  }
  if (family.kind !== 'average' || family.over === undefined) return family.kind
  const { over } = family
  return 'values' in over ? `average, last ${over.values}` : `average, last ${humanNumber(over.seconds, 's')}`
}

function right(text: string, column: number): string {
  return ' '.repeat(2 + Math.max(0, column - printedWidth(text))) + text
}
