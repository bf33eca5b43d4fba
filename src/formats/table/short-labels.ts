import type { Labels } from '../../snapshot/snapshot.ts'
import { padded, printable, printedWidth } from './printable.ts'
import { labelText } from './table-columns.ts'

/** Labels of the series of a family for a narrow terminal: the names once, and of each series the values. */
export interface ShortLabels {
  readonly names: string
  readonly texts: readonly string[]
}

/**
 * The values below each other where that fits into `room`, else with a blank between them. Series with other labels than the
 * first one, such as `overflow="true"`, keep the names.
 */
export function shortLabels(all: readonly Labels[], room: number): ShortLabels {
  // A label that is empty in all series, such as the route without a framework, distinguishes none of them.
  const names = Object.keys(all[0] ?? {}).filter((name) => all.some((labels) => labels[name] !== ''))
  const values = all.map((labels) => {
    const isAlike = isSameSet(Object.keys(labels), Object.keys(all[0] ?? {}))
    return isAlike ? names.map((name) => printable(labels[name] || '-')) : undefined
  })
  const widths = names.map((_, i) => Math.max(...values.map((one) => printedWidth(one?.[i] ?? ''))))
  const isAligned = widths.reduce((sum, width) => sum + width + 2, -2) <= room
  const texts = values.map((one, i) => {
    if (one === undefined) return labelText(all[i] ?? {})
    return isAligned
      ? one
          .map((value, at) => padded(value, widths[at] ?? 0))
          .join('  ')
          .trimEnd()
      : one.join(' ')
  })
  return { names: printable(names.join(', ')), texts }
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}
