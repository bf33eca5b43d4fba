import type { FieldOptions, FieldType } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { numberField } from './number-types.ts'

/** A float of 32 or 64 bits: anything that goes up and down. */
export class Float {
  private readonly memory: Memory
  private readonly at: number
  private readonly bytes: number

  /** Made by a model. */
  constructor(memory: Memory, at: number, bytes: 4 | 8) {
    this.memory = memory
    this.at = at
    this.bytes = bytes
  }

  /**
   * Stores a number, also NaN or an infinity. 32 bits hold about 7 digits, and infinity in place of what is above 3.4e38.
   * What is not a number is counted as rejected. Two stores; allocates nothing.
   */
  set(value: number): void {
    const { memory, at, bytes } = this
    if (typeof value !== 'number') {
      reject(memory)
      return
    }
    const { view } = memory
    const next = view.getUint8(at - 1)
    if (bytes === 8) view.setFloat64(at + 8 * next, value, true)
    else view.setFloat32(at + 4 * next, value, true)
    turn(memory, at - 1, next ^ 1)
  }

  /** Adds to the value; a negative amount subtracts. Two stores; allocates nothing. */
  add(amount: number): void {
    const { memory, at, bytes } = this
    if (typeof amount !== 'number') {
      reject(memory)
      return
    }
    const { view } = memory
    const next = view.getUint8(at - 1)
    const present = at + bytes * (next ^ 1)
    if (bytes === 8) view.setFloat64(at + 8 * next, view.getFloat64(present, true) + amount, true)
    else view.setFloat32(at + 4 * next, view.getFloat32(present, true) + amount, true)
    turn(memory, at - 1, next ^ 1)
  }

  /** The present value. */
  get value(): number {
    const { at, bytes } = this
    const { view } = this.memory
    const present = at + bytes * (view.getUint8(at - 1) ^ 1)
    return bytes === 8 ? view.getFloat64(present, true) : view.getFloat32(present, true)
  }
}

/** A 64-bit float that starts at 0; the old library's DoubleField. */
export function float64(options?: FieldOptions): FieldType<Float> {
  return numberField('d', options, (memory, at) => new Float(memory, at, 8))
}

/** A 32-bit float that starts at 0; the old library's FloatField. */
export function float32(options?: FieldOptions): FieldType<Float> {
  return numberField('f', options, (memory, at) => new Float(memory, at, 4))
}
