import { optionInvalid } from '../../errors.ts'
import { isIntegerWithin } from '../../options.ts'
import { overheadBytes, writeCheck } from '../text-check.ts'
import { decodeUtf8 } from '../utf8.ts'
import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'

const encoder = new TextEncoder()
const maxTextBytes = 65_000

/** Text of limited length, which readers see whole or not yet. */
export class Text {
  private readonly memory: Memory
  private readonly at: number
  private readonly size: number
  private readonly itemBytes: number
  /** The places for text in both buffers, in the memory of `view`. */
  private places: readonly [Uint8Array, Uint8Array] | undefined
  private view: DataView | undefined

  /** Made by a model. */
  constructor(memory: Memory, at: number, size: number) {
    this.memory = memory
    this.at = at
    this.size = size
    this.itemBytes = size + overheadBytes
    for (const buffer of [0, 1]) writeCheck(memory.view, at + buffer * this.itemBytes, this.itemBytes, 0)
  }

  /**
   * Stores a text as UTF-8: up to its first NUL, cut to whole characters where it is too long; a lone surrogate becomes
   * U+FFFD. Anything but a string changes nothing and is counted as rejected. Time grows with the length.
   */
  set(value: string): void {
    const { memory, at, itemBytes } = this
    if (typeof value !== 'string') {
      reject(memory)
      return
    }
    const next = memory.view.getUint8(at - 1)
    const nul = value.indexOf('\0')
    const place = this.place(next)
    const { written } = encoder.encodeInto(nul === -1 ? value : value.slice(0, nul), place)
    const start = at + itemBytes * next
    memory.view.setUint8(start + written, 0)
    writeCheck(memory.view, start, itemBytes, written)
    turn(memory, at - 1, next ^ 1)
  }

  /** What readers see. */
  get value(): string {
    const place = this.place(this.memory.view.getUint8(this.at - 1) ^ 1)
    const bytes = Buffer.from(place.buffer, place.byteOffset, place.byteLength + 1)
    return decodeUtf8(bytes.subarray(0, bytes.indexOf(0)))
  }

  private place(buffer: number): Uint8Array {
    const { view, bytes } = this.memory
    if (this.places === undefined || this.view !== view) {
      const placeAt = (start: number): Uint8Array => bytes.subarray(start, start + this.size)
      this.places = [placeAt(this.at), placeAt(this.at + this.itemBytes)]
      this.view = view
    }
    return this.places[buffer as 0 | 1]
  }
}

/**
 * Text of up to `size` bytes of UTF-8, 1 to 65,000; empty at first. The old library's StringField, but double-buffered,
 * and with a check behind its NUL by which plimsoll detects a mixture of two texts. Throws PLIMSOLL_OPTION_INVALID.
 */
export function string(size = 255, options?: FieldOptions): FieldType<Text> {
  if (!isIntegerWithin(size, 1, maxTextBytes))
    throw optionInvalid('size', 'string()', size, `1 to ${maxTextBytes} bytes`)
  const itemBytes = size + overheadBytes
  const open = (memory: Memory, at: number): Text => new Text(memory, at, size)
  return { signature: `${itemBytes}s`, itemBytes, buffered: true, label: labelOf(options), open }
}
