import { gaugeNumber, humanNumber } from '../formats/table/human-number.ts'
import { cutMiddle, padded, printable, printedWidth } from '../formats/table/printable.ts'
import { labelText } from '../formats/table/table-columns.ts'
import type { Labels } from '../snapshot/snapshot.ts'
import type { MetricChange } from './metric-change.ts'

/** The words for a change: `25 times`, `+35 %`, `began`, `stopped`. */
export function changeWords({ before, after }: MetricChange): string {
  if (typeof after === 'string' || typeof before === 'string') return 'another value'
  if (before === undefined) return 'new'
  if (before === 0) return after === 0 ? 'no change' : 'began'
  if (after === 0) return 'stopped'
  const ratio = after / before
  if (ratio >= 2) return `${humanNumber(Number(ratio.toPrecision(2)), '')} times`
  return `${ratio > 1 ? '+' : '-'}${Math.round(Math.abs(ratio - 1) * 100)} %`
}

/** A value of a change as people read it. */
export function changeValue({ kind, unit, statistic }: MetricChange, value: number | string | undefined): string {
  if (value === undefined) return '-'
  if (typeof value === 'string') return printable(value)
  if (statistic !== 'rate') return kind === 'gauge' ? gaugeNumber(value, unit) : humanNumber(value, unit)
  // Seconds each second, as of processor time, are a share.
  if (unit === 's' && kind === 'counter') return `${Number((value * 100).toPrecision(3))} %`
  const isCount = kind === 'timer' || kind === 'histogram'
  return `${humanNumber(value, isCount ? '' : unit)}/s`
}

/** A line for each change, aligned; no longer than `width` unless the numbers alone are. Safe on a terminal. */
export function formatChanges(changes: readonly MetricChange[], width: number): string {
  const rows = changes.map((change) => [
    printable(labelled(change)),
    change.statistic,
    changeValue(change, change.before),
    changeValue(change, change.after),
    changeWords(change),
  ])
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(0, ...rows.map((row) => printedWidth(row[i] as string))))
  const numbers = widths.slice(1).reduce((sum, each) => sum + each, 0) + 12
  const name = Math.max(16, Math.min(widths[0] as number, width - numbers))
  const right = (text: string, room: number): string => ' '.repeat(Math.max(0, room - printedWidth(text))) + text
  return rows
    .map(([full = '', statistic = '', before = '', after = '', words = ''], i) => {
      const metric = printedWidth(full) <= name ? full : printable(labelled(changes[i] as MetricChange, valuesOf))
      const values = `${right(before, widths[2] as number)} → ${right(after, widths[3] as number)}`
      return `  ${padded(cutMiddle(metric, name), name)}  ${padded(statistic, widths[1] as number)}  ${values}  ${words}\n`
    })
    .join('')
}

function labelled({ metric, labels }: MetricChange, textOf: (labels: Labels) => string = labelText): string {
  return Object.keys(labels).length === 0 ? metric : `${metric}{${textOf(labels)}}`
}

/** Labels without their names, which leaves more of what tells series apart. */
function valuesOf(labels: Labels): string {
  return Object.values(labels)
    .map((value) => value || '-')
    .join(' ')
}
