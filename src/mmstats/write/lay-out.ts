import { PlimsollError } from '../../errors.ts'
import { flagBytes, formatVersion, maxFieldsBytes, maxSize, sizeBytes, unbuffered, versionBytes } from '../layout.ts'
import type { FieldType } from './field-type.ts'
import { type Memory, memoryOf } from './memory.ts'

/** A field to be: its label with prefix, and its kind. */
export type Entry = readonly [label: string, type: FieldType<unknown>]

/**
 * The bytes of a file with these fields, on the heap, and the fields in the same order. A zero byte follows the last
 * one: some old readers take the end from it. Throws PLIMSOLL_MMSTATS_LABEL, and PLIMSOLL_OPTION_INVALID when the fields
 * are larger than readers take.
 */
export function layOut(entries: readonly Entry[]): { memory: Memory; fields: unknown[] } {
  const labels = entries.map(([label]) => encodeLabel(label))
  checkUnique(entries)
  let end = versionBytes
  const starts = entries.map(([, type], i) => {
    const start = end
    end = start + valueOffset(labels[i] as Buffer, type) + type.itemBytes * (type.buffered ? 2 : 1)
    return start
  })
  if (end > maxFieldsBytes) {
    const expected = `fields of at most ${maxFieldsBytes} bytes in all`
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', {
      option: 'model',
      where: 'mmstats()',
      given: `${end} bytes`,
      expected,
    })
  }
  const memory = memoryOf(new ArrayBuffer(end + sizeBytes))
  memory.view.setUint8(0, formatVersion)
  const fields = entries.map(([, type], i) => {
    const label = labels[i] as Buffer
    const start = starts[i] as number
    const typeAt = start + sizeBytes + label.length
    const valueAt = start + valueOffset(label, type)
    memory.view.setUint16(start, label.length, true)
    memory.bytes.set(label, start + sizeBytes)
    memory.view.setUint16(typeAt, type.signature.length, true)
    memory.bytes.set(Buffer.from(type.signature, 'latin1'), typeAt + sizeBytes)
    memory.view.setUint8(valueAt - flagBytes, type.buffered ? 0 : unbuffered)
    return type.open(memory, valueAt)
  })
  return { memory, fields }
}

/** Bytes from the start of a field to its value. */
function valueOffset(label: Buffer, { signature }: FieldType<unknown>): number {
  return sizeBytes + label.length + sizeBytes + signature.length + flagBytes
}

/** pollstats takes a label size whose low byte is 0 for the end of the file. */
function encodeLabel(label: string): Buffer {
  const refuse = (reason: string): PlimsollError => new PlimsollError('PLIMSOLL_MMSTATS_LABEL', { label, reason })
  const bytes = Buffer.from(label)
  if (bytes.length === 0) throw refuse('it is empty')
  if (bytes.length > maxSize) throw refuse(`it has ${bytes.length} bytes`)
  if (bytes.length % 256 === 0) throw refuse(`its ${bytes.length} bytes are a multiple of 256`)
  if (label.includes('\0')) throw refuse('it contains NUL')
  if (/\p{Surrogate}/u.test(label)) throw refuse('it contains half a surrogate pair')
  return bytes
}

function checkUnique(entries: readonly Entry[]): void {
  const seen = new Set<string>()
  for (const [label] of entries) {
    if (seen.has(label))
      throw new PlimsollError('PLIMSOLL_MMSTATS_LABEL', { label, reason: 'two fields have this label' })
    seen.add(label)
  }
}
