import { flagBytes, formatVersion, maxFields, maxFieldsBytes, sizeBytes, unbuffered, versionBytes } from '../layout.ts'
import { decodeUtf8 } from '../utf8.ts'
import { parseSignature, type Signature } from './signature.ts'

/** Where a field of a file is. Nothing of it changes while the writer lives but the buffer byte and the value. */
export interface FieldPlace {
  readonly label: string
  /** The type signature as it stands in the file. */
  readonly type: string
  readonly signature: Signature
  /** Two items, of which the buffer byte says which one counts. */
  readonly buffered: boolean
  /** Offsets in the file: first byte, buffer byte, value, first byte behind. */
  readonly start: number
  readonly flagAt: number
  readonly valueAt: number
  readonly end: number
}

/** Something in a file that cannot be. */
export interface Defect {
  readonly where: string
  readonly found: string
  readonly expected: string
}

/** What the first bytes of a file say. */
export interface Walk {
  readonly places: readonly FieldPlace[]
  /** How many bytes belong to version and fields. */
  readonly end: number
  /** What ended the fields before their time. */
  readonly defect?: Defect
  /** So many bytes of the file are needed to go on; the rest of the walk says nothing then. */
  readonly needs?: number
}

/**
 * Whether a file that begins with these bytes is an mmstats file of version 1: by the version byte and, as far as the
 * bytes reach, the first field. 600 bytes tell with certainty, fewer than 1 never. Never throws.
 */
export function isMmstats(head: Uint8Array): boolean {
  if (!(head instanceof Uint8Array) || head[0] !== formatVersion) return false
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (bytes.length < versionBytes + sizeBytes) return true
  const labelBytes = bytes.readUInt16LE(versionBytes)
  const typeAt = versionBytes + sizeBytes + labelBytes
  if (labelBytes === 0 || bytes.length < typeAt + sizeBytes) return true
  const flagAt = typeAt + sizeBytes + bytes.readUInt16LE(typeAt)
  if (bytes.length < flagAt + flagBytes) return true
  const signature = parseSignature(bytes.toString('latin1', typeAt + sizeBytes, flagAt))
  return signature !== undefined && isFlag(bytes[flagAt] as number)
}

/** Finds the fields of a file of `fileBytes` bytes of which `image` are the first, version byte included. */
export function walkFields(image: Buffer, fileBytes: number): Walk {
  const places: FieldPlace[] = []
  let at = versionBytes
  while (true) {
    const next = nextField(image, fileBytes, at, places.length)
    if (next === undefined) return { places, end: at }
    if ('needs' in next) return { places, end: at, needs: next.needs }
    if ('where' in next) return { places, end: at, defect: next }
    places.push(next)
    at = next.end
  }
}

/** `undefined` at the end of the fields. */
function nextField(
  image: Buffer,
  fileBytes: number,
  start: number,
  index: number,
): FieldPlace | Defect | { readonly needs: number } | undefined {
  const where = `field ${index}, byte ${start}`
  const tooLong = (what: string): Defect => ({ where, found: what, expected: `at most ${fileBytes - start} bytes` })
  const has = (end: number): boolean => end <= image.length
  if (start >= fileBytes) return undefined
  if (!has(Math.min(fileBytes, start + sizeBytes))) return { needs: start + sizeBytes }
  if (start + 1 === fileBytes) {
    return image[start] === 0 ? undefined : { where, found: 'one byte that is not 0', expected: 'a field or the end' }
  }
  const labelAt = start + sizeBytes
  const labelBytes = image.readUInt16LE(start)
  if (labelBytes === 0) return undefined
  if (index >= maxFields) return { where, found: 'another field', expected: `at most ${maxFields} fields` }
  const typeAt = labelAt + labelBytes + sizeBytes
  if (typeAt > fileBytes) return tooLong(`a label of ${labelBytes} bytes`)
  if (!has(typeAt)) return { needs: typeAt }
  const typeBytes = image.readUInt16LE(typeAt - sizeBytes)
  const flagAt = typeAt + typeBytes
  if (flagAt + flagBytes > fileBytes) return tooLong(`a type signature of ${typeBytes} bytes`)
  if (!has(flagAt + flagBytes)) return { needs: flagAt + flagBytes }
  const type = image.toString('latin1', typeAt, flagAt)
  const signature = parseSignature(type)
  if (signature === undefined)
    return { where, found: `type signature "${type}"`, expected: 'a format of the Python module struct' }
  const flag = image[flagAt] as number
  if (!isFlag(flag)) return { where, found: `buffer byte ${flag}`, expected: '0, 1 or 255' }
  const buffered = flag !== unbuffered
  const valueAt = flagAt + flagBytes
  const end = valueAt + signature.bytes * (buffered ? 2 : 1)
  if (end > fileBytes) return tooLong(`a value of type "${type}"`)
  if (end > maxFieldsBytes) return { where, found: `${end} bytes of fields`, expected: `${maxFieldsBytes}` }
  if (!has(end)) return { needs: end }
  const label = decodeUtf8(image.subarray(labelAt, labelAt + labelBytes))
  return { label, type, signature, buffered, start, flagAt, valueAt, end }
}

function isFlag(byte: number): boolean {
  return byte <= 1 || byte === unbuffered
}
