import { isLabelName } from '../names.ts'
import type { ReadTime } from '../read-time.ts'
import type { Exemplar, Labels } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { checkSum } from './text.ts'

/**
 * Cells of an exemplar: a check sum of what follows, its value, when in seconds of the writer's clock, the length of its
 * labels in bytes, and the labels as the text of a JSON object in UTF-8. One that is half written fails its check.
 */
export const exemplarCheckCell = 0
export const exemplarValueCell: number = exemplarCheckCell + 1
export const exemplarTimeCell: number = exemplarValueCell + 1
export const exemplarLengthCell: number = exemplarTimeCell + 1
export const exemplarLabelsCell: number = exemplarLengthCell + 1

/** OpenMetrics allows names and values of an exemplar's labels so many code points together ("Exemplars"). */
export const maxExemplarCharacters = 128
/** Room for them as JSON; only escapes and characters of four bytes each could need more. */
export const exemplarLabelBytes = 512
export const exemplarCells: number = exemplarLabelsCell + exemplarLabelBytes / 8

/** The check sum of an exemplar whose labels have `length` bytes. */
export function exemplarCheck({ cells, index }: Slot, length: number): number {
  const first = cells.byteOffset + 8 * (index + exemplarValueCell)
  return checkSum(new Uint8Array(cells.buffer, first, 8 * (exemplarLabelsCell - exemplarValueCell) + length))
}

/** The bytes of an exemplar's labels. */
export function exemplarBytes({ cells, index }: Slot, length: number = exemplarLabelBytes): Uint8Array {
  return new Uint8Array(cells.buffer, cells.byteOffset + 8 * (index + exemplarLabelsCell), length)
}

/** Whether these are labels that an exemplar can have: texts under good names, at most 128 code points in all. */
export function areExemplarLabels(labels: unknown): labels is Labels {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false
  let characters = 0
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name) || typeof value !== 'string' || value.length > 2 * maxExemplarCharacters) return false
    characters += name.length
    for (const _ of value) characters++
  }
  return characters <= maxExemplarCharacters
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The exemplars in these slots, ascending by value, without those that are half written or none at all. */
export function readExemplars(slots: ReadonlyMap<number, Slot>, { offset }: ReadTime): readonly Exemplar[] {
  const exemplars: Exemplar[] = []
  for (const slot of slots.values()) {
    const exemplar = readExemplar(slot, offset)
    if (exemplar !== undefined) exemplars.push(exemplar)
  }
  return exemplars.sort((a, b) => a.value - b.value)
}

function readExemplar(slot: Slot, offset: number): Exemplar | undefined {
  const { cells, index } = slot
  const value = cells[index + exemplarValueCell] as number
  const time = (cells[index + exemplarTimeCell] as number) + offset
  const length = cells[index + exemplarLengthCell] as number
  const fits = Number.isInteger(length) && length >= 0 && length <= exemplarLabelBytes
  if (!fits || cells[index + exemplarCheckCell] !== exemplarCheck(slot, length)) return undefined
  if (!Number.isFinite(value) || !Number.isFinite(time)) return undefined
  try {
    const labels: unknown = JSON.parse(decoder.decode(exemplarBytes(slot, length)))
    return areExemplarLabels(labels) ? { labels, value, time } : undefined
  } catch {
    return undefined
  }
}
