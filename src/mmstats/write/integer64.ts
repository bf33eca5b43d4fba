import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { loadSigned, loadUnsigned, storeWords } from './words.ts'

/** A whole number of 64 bits that goes up and down. */
export class Integer64 {
  private readonly memory: Memory
  private readonly at: number
  private readonly signed: boolean

  /** Made by a model. */
  constructor(memory: Memory, at: number, signed: boolean) {
    this.memory = memory
    this.at = at
    this.signed = signed
  }

  /**
   * Stores a whole number of at most 53 bits, or any `bigint` of 64; for an unsigned field not below 0. Anything else
   * changes nothing and is counted as rejected. Three stores and no allocation for a number.
   */
  set(value: number | bigint): void {
    const { memory, at, signed } = this
    const next = memory.view.getUint8(at - 1)
    if (typeof value === 'bigint') {
      if ((signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value) {
        reject(memory)
        return
      }
      memory.view.setBigInt64(at + 8 * next, value, true)
    } else {
      if (!(Number.isSafeInteger(value) && (signed || value >= 0))) {
        reject(memory)
        return
      }
      storeWords(memory.view, at + 8 * next, value)
    }
    turn(memory, at - 1, next ^ 1)
  }

  /** Rounded beyond 2^53. */
  get value(): number {
    const { view } = this.memory
    const from = this.at + 8 * (view.getUint8(this.at - 1) ^ 1)
    return this.signed ? loadSigned(view, from) : loadUnsigned(view, from)
  }

  /** With all digits. Allocates. */
  get exact(): bigint {
    const { view } = this.memory
    const from = this.at + 8 * (view.getUint8(this.at - 1) ^ 1)
    return this.signed ? view.getBigInt64(from, true) : view.getBigUint64(from, true)
  }
}

/** 0 to 2^64 - 1; the old library's UInt64Field. Readers cannot tell it from a counter. */
export function uint64(options?: FieldOptions): FieldType<Integer64> {
  return {
    signature: 'Q',
    itemBytes: 8,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Integer64(memory, at, false),
  }
}

/** -2^63 to 2^63 - 1. */
export function int64(options?: FieldOptions): FieldType<Integer64> {
  return {
    signature: 'q',
    itemBytes: 8,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Integer64(memory, at, true),
  }
}
