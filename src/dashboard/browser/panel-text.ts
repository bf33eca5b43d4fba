import { type HeatColumns, valueOfRow } from './chart.ts'
import { fill, h, name } from './dom.ts'
import { formatTime, formatValue } from './format.ts'
import { strokeClass } from './palette.ts'
import type { View } from './panels.ts'

/** What a chart shows, to be written beside it. */
export interface PanelContent {
  readonly view: View
  /** Times, then the values of each line. */
  readonly data: readonly ArrayLike<number | null | undefined>[]
  readonly columns: HeatColumns['columns']
  /** The place of a line, which decides about its colour. */
  place(line: number): number
}

const maxReadings = 6
const heads = ['Now', 'Min', 'Mean', 'Max'] as const
const maxColumns = 60
/** An idle process measures itself each ten seconds. */
const unmeasuredPoints = 11

/** The values at a place of the data, or the last ones: the largest first where there are many. */
export function fillReadout(element: HTMLElement, content: PanelContent, cursor: number | null): void {
  const { view, data, place } = content
  const { lines, unit, perSecond, heats, more } = view
  element.classList.toggle('high', lines.length > 2)
  if (heats !== undefined) {
    fill(element, h('li', {}, heatReading(content, cursor)))
    return
  }
  const at = cursor ?? (data[0]?.length ?? 0) - 1
  const readings = lines.map(({ label }, i) => ({ label, i, value: knownAt(data[i + 1], at) }))
  // After a crash loop most have no value any more.
  const shown =
    lines.length <= maxReadings
      ? readings
      : readings
          .filter(({ value }) => value !== null)
          .sort((a, b) => Number(b.value) - Number(a.value))
          .slice(0, maxReadings)
  const items = shown.map(({ label, i, value }) => {
    const swatch = h('i', { class: `swatch ${strokeClass(place(i))}` })
    return h('li', {}, swatch, name(label), h('b', {}, formatValue(value, unit, perSecond)))
  })
  const rest = lines.length - shown.length + more
  const time = data[0]?.[at]
  const hasTime = cursor !== null && typeof time === 'number'
  fill(element, hasTime && h('li', {}, formatTime(time)), ...items, rest > 0 && h('li', {}, `${rest} more`))
}

/** The value at a place, or the one of up to some seconds before: not all numbers are measured each second. */
function knownAt(values: ArrayLike<number | null | undefined> | undefined, at: number): number | null {
  for (let i = at; i >= 0 && i > at - unmeasuredPoints; i--) if (values?.[i] !== undefined) return values[i] ?? null
  return null
}

function heatReading({ columns, view: { unit } }: PanelContent, cursor: number | null): string {
  const column = cursor === null ? columns.at(-1) : columns[cursor]
  if (column === undefined) return 'No values in this time.'
  const { counts, time, offset } = column
  const count = sumOf(counts)
  if (count === 0) return `${formatTime(time)}: no values`
  const low = formatValue(valueOfRow(offset), unit, false)
  const high = formatValue(valueOfRow(offset + counts.length), unit, false)
  return `${formatTime(time)}: ${count.toLocaleString('en')} values from ${low} to ${high}`
}

/** What the chart shows, for those who read and do not see it. */
export function fillTable(table: HTMLElement, { view, data, columns }: PanelContent): void {
  const { lines, unit, perSecond, heats } = view
  const head = (...texts: string[]): HTMLElement =>
    h('thead', {}, h('tr', {}, ...texts.map((text) => h('th', { scope: 'col' }, text))))
  if (heats !== undefined) {
    const rows = columns
      .slice(-maxColumns)
      .map(({ time, counts }) =>
        h('tr', {}, h('th', { scope: 'row' }, formatTime(time)), h('td', { 'data-head': 'Values' }, sumOf(counts))),
      )
    fill(table, head('Time', 'Values'), h('tbody', {}, ...rows))
    return
  }
  const rows = lines.map(({ label }, i) => {
    const values = Array.from(data[i + 1] ?? []).filter((value) => typeof value === 'number')
    const some = values.length > 0
    const [least, most] = some ? [Math.min(...values), Math.max(...values)] : []
    const numbers = [
      knownAt(data[i + 1], (data[0]?.length ?? 0) - 1),
      least,
      some ? sumOf(values) / values.length : undefined,
      most,
    ]
    const cells = numbers.map((value, i) => h('td', { 'data-head': heads[i] }, formatValue(value, unit, perSecond)))
    return h('tr', {}, h('th', { scope: 'row' }, name(label)), ...cells)
  })
  fill(table, head('Line', ...heads), h('tbody', {}, ...rows))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}
