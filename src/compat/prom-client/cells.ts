import type { Metric } from '../../metrics/registry/metric.ts'
import { maxCell, minCell } from '../../snapshot/kinds/cells.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { FamilyDescription } from '../../snapshot/store.ts'

/** Sets a metric back to what it was when it was made. */
export function emptyCells(description: FamilyDescription, metric: Metric): void {
  const { cells, index } = metric.slot
  cells.fill(0, index, index + rowOf(description.kind).cells(description))
  if (description.kind === 'histogram') {
    cells[index + minCell] = Number.POSITIVE_INFINITY
    cells[index + maxCell] = Number.NEGATIVE_INFINITY
  }
  for (const { slot, count } of metric.extensions?.() ?? []) slot.cells.fill(0, slot.index, slot.index + count)
}

/** Copies the values of a metric to one of the same declaration, `to`; its recent windows start empty. */
export function copyCells(description: FamilyDescription, from: Metric, to: Metric): void {
  const count = rowOf(description.kind).cells(description)
  to.slot.cells.set(from.slot.cells.subarray(from.slot.index, from.slot.index + count), to.slot.index)
  for (const { extension, slot, count: more } of from.extensions?.() ?? []) {
    const added = 'octave' in extension || 'exemplar' in extension ? to.extensionFor?.(extension) : undefined
    added?.cells.set(slot.cells.subarray(slot.index, slot.index + more), added.index)
  }
}
