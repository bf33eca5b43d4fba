import { optionInvalid } from '../errors.ts'
import { gaugeNumber, humanNumber } from '../formats/table/human-number.ts'
import { cut, padded, printable, printedWidth } from '../formats/table/printable.ts'
import { type TableOptions, tableRules } from '../formats/table/table.ts'
import { labelPairs } from '../formats/table/table-columns.ts'
import { checkOptions } from '../options.ts'
import type { Comparison, ComparisonResult } from './compare.ts'

/** A line of a block: what it is, its value, and whose. */
interface Line {
  readonly label: string
  readonly value: string
  readonly sources: string
  /** Texts begin below each other, numbers end so. */
  readonly isText?: boolean
}

/**
 * The results of rules, for people to read: a block for each metric, a line for each value with the names of its sources.
 * Long names are cut so that no line is wider than `width`, from 40 on; no control character reaches the terminal.
 */
export function formatComparison(comparison: Comparison, options: TableOptions = {}): string {
  const { results } = (comparison ?? {}) as Partial<Comparison>
  if (!Array.isArray(results))
    throw optionInvalid('comparison', 'formatComparison()', comparison, 'a result of compare()')
  checkOptions('formatComparison()', options, tableRules)
  const width = Math.max(40, Math.floor(options.width ?? 80))
  const bold = (text: string): string => (options.color === true ? `\u001b[1m${text}\u001b[22m` : text)
  const blocks = new Map<string, { title: string; lines: Line[] }>()
  for (const result of results) {
    const title = `${nameOf(result)}  ${result.kind}`
    const block = blocks.get(title) ?? { title, lines: [] }
    block.lines.push(...linesOf(result))
    blocks.set(title, block)
  }
  const texts = [...blocks.values()].map(({ title, lines }) => {
    return [bold(cut(printable(title), width)), ...fitted(lines, width)].join('\n')
  })
  return texts.length === 0 ? '' : `${texts.join('\n\n')}\n`
}

function nameOf({ metric, labels }: ComparisonResult): string {
  const pairs = labelPairs(labels)
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`
}

function linesOf(result: ComparisonResult): Line[] {
  const { compute, unit, sources, kind } = result
  const number = (value: number): string => (kind === 'gauge' ? gaugeNumber : humanNumber)(value, unit)
  const all = sources === 1 ? '1 source' : `${sources} sources`
  switch (compute) {
    case 'count':
      return [{ label: compute, value: String(sources), sources: '' }]
    case 'sum':
    case 'average':
      return [{ label: labelOf(compute, result.of), value: number(result.value), sources: all }]
    case 'min':
    case 'max':
      return [{ label: labelOf(compute, result.of), value: number(result.value), sources: result.source }]
    case 'sorted':
      return result.values.map(({ source, value }, i) => {
        return { label: i === 0 ? labelOf(compute, result.of) : '', value: number(value), sources: source }
      })
    case 'inverse':
      return result.values.map(({ value, sources: those }, i) => {
        const text = typeof value === 'number' ? number(value) : printable(value)
        const isText = typeof value === 'string'
        return { label: i === 0 ? labelOf(compute, result.of) : '', value: text, sources: those.join(', '), isText }
      })
    case 'quantiles':
      return result.quantiles.map(({ q, value }) => {
        return { label: `p${Number((q * 100).toPrecision(12))}`, value: number(value), sources: all }
      })
    default:
      return compute satisfies never
  }
}

/** The number is named where another one would have come to mind. */
function labelOf(compute: string, of: string): string {
  return of === 'value' || (compute === 'average' && of === 'mean') ? compute : `${compute} ${of}`
}

/** In columns; what has no room is cut, the sources first. */
function fitted(lines: readonly Line[], width: number): string[] {
  const widest = (texts: readonly string[]): number =>
    texts.reduce((most, text) => Math.max(most, printedWidth(text)), 0)
  const labels = widest(lines.map(({ label }) => label))
  const values = Math.min(widest(lines.map(({ value }) => value)), Math.max(12, width - labels - 24))
  return lines.map(({ label, value, sources, isText }) => {
    const shown = cut(value, values)
    const cell = isText ? padded(shown, values) : ' '.repeat(Math.max(0, values - printedWidth(shown))) + shown
    const head = `  ${padded(label, labels)}  ${cell}`
    return `${head}  ${cut(printable(sources), Math.max(1, width - printedWidth(head) - 2))}`.trimEnd()
  })
}
