import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { loadUnsigned, storeSum, storeWords } from './words.ts'

/** A whole number of 64 bits that goes up: requests, bytes, errors. Begins again at 0 after 2^64 - 1. */
export class Counter64 {
  private readonly memory: Memory
  private readonly at: number

  /** Made by a model. */
  constructor(memory: Memory, at: number) {
    this.memory = memory
    this.at = at
  }

  /**
   * Adds `amount`, whole and 0 to 2^53 - 1. Anything else adds nothing and is counted as rejected.
   * Three stores; allocates nothing.
   */
  inc(amount = 1): void {
    const { memory, at } = this
    if (!(Number.isSafeInteger(amount) && amount >= 0)) {
      reject(memory)
      return
    }
    const next = memory.view.getUint8(at - 1)
    storeSum(memory.view, at + 8 * (next ^ 1), at + 8 * next, amount)
    turn(memory, at - 1, next ^ 1)
  }

  /** Takes the count from elsewhere: whole, 0 to 2^53 - 1; anything else is counted as rejected. */
  set(value: number): void {
    const { memory, at } = this
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      reject(memory)
      return
    }
    const next = memory.view.getUint8(at - 1)
    storeWords(memory.view, at + 8 * next, value)
    turn(memory, at - 1, next ^ 1)
  }

  /** The count so far, rounded above 2^53. */
  get value(): number {
    const { view } = this.memory
    return loadUnsigned(view, this.at + 8 * (view.getUint8(this.at - 1) ^ 1))
  }

  /** The count so far with all digits. Allocates. */
  get exact(): bigint {
    const { view } = this.memory
    return view.getBigUint64(this.at + 8 * (view.getUint8(this.at - 1) ^ 1), true)
  }
}

/** A counter that starts at 0; the old library's CounterField. */
export function counter64(options?: FieldOptions): FieldType<Counter64> {
  return {
    signature: 'Q',
    itemBytes: 8,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Counter64(memory, at),
  }
}
