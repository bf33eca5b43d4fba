import {
  areExemplarLabels,
  exemplarBytes,
  exemplarCells,
  exemplarCheck,
  exemplarCheckCell,
  exemplarLabelBytes,
  exemplarLengthCell,
  exemplarTimeCell,
  exemplarValueCell,
} from '../../snapshot/kinds/exemplar.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot, Store } from '../../snapshot/store.ts'
import { moveExtension } from '../registry/extension-cells.ts'
import { type LabelValue, labelText } from '../registry/label-values.ts'
import type { Owner } from '../registry/owner.ts'

/** What leads from a value to where it came from: `{ trace_id: '4bf92f35' }`. */
export type ExemplarLabels = Readonly<Record<string, Exclude<LabelValue, undefined>>>

/** The last exemplars of a series, by range of values. */
export type Exemplars = Map<number, Slot>

const encoder = new TextEncoder()

/** A metric that keeps exemplars. */
export interface KeepsExemplars {
  readonly slot: Slot
  exemplars: Exemplars | undefined
  /** The range that this value is in; `undefined` for one that is not recorded. */
  rangeOf(value: number): number | undefined
}

/**
 * Keeps an exemplar of the range of `value` in the place of the one before, where the family was declared so. Labels that are
 * invalid are counted under `plimsoll.rejected`.
 */
export function keepExemplar(owner: Owner, metric: KeepsExemplars, value: number, labels: ExemplarLabels): void {
  if (!owner.description.exemplars) return
  const range = metric.rangeOf(value)
  if (range === undefined) return
  const bytes = encodeLabels(labels)
  if (bytes === undefined) {
    owner.reject(labels, 'exemplar')
    return
  }
  const slot = metric.exemplars?.get(range) ?? owner.allocateExtension(metric.slot, { exemplar: range }, exemplarCells)
  if (slot === undefined) return
  const { cells, index } = slot
  // From here on, also if the writer dies, readers see that it is incomplete.
  cells[index + exemplarCheckCell] = -1
  cells[index + exemplarValueCell] = value
  cells[index + exemplarTimeCell] = owner.clock.now() / 1000
  cells[index + exemplarLengthCell] = bytes.length
  exemplarBytes(slot).set(bytes)
  cells[index + exemplarCheckCell] = exemplarCheck(slot, bytes.length)
  metric.exemplars ??= new Map()
  metric.exemplars.set(range, slot)
}

/** Takes exemplars along to another store; one without room stays where it is. */
export function moveExemplars(known: Exemplars, series: Slot, store: Store): boolean {
  let all = true
  for (const [range, from] of known) {
    const slot = moveExtension({ exemplar: range }, from, exemplarCells, series, store)
    known.set(range, slot)
    all &&= store.holds(slot.cells)
  }
  return all
}

function encodeLabels(labels: ExemplarLabels): Uint8Array | undefined {
  const texts = textsOf(labels)
  if (!areExemplarLabels(texts)) return undefined
  const bytes = encoder.encode(JSON.stringify(texts))
  return bytes.length <= exemplarLabelBytes ? bytes : undefined
}

/** `undefined` where a value is invalid for a label, or a property of the object throws. */
function textsOf(labels: ExemplarLabels): Labels | undefined {
  try {
    const entries = Object.entries(labels).map(([name, value]) => [name, labelText(value)])
    return entries.every(([, text]) => text !== undefined) ? Object.fromEntries(entries) : undefined
  } catch {
    return undefined
  }
}
