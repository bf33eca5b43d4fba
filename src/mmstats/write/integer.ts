import type { FieldOptions, FieldType } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { type NumberCode, numberField, numberTypes } from './number-types.ts'

const word = 2 ** 32

/** An integer of 8, 16, 32 or 64 bits. */
export class Integer {
  /** The smallest number that it can be set to. 64 bits hold more, which only a `bigint` can be. */
  readonly min: number
  /** The largest number that it can be set to. */
  readonly max: number
  protected readonly memory: Memory
  protected readonly at: number
  private readonly bytes: number

  /** Made by a model. */
  constructor(memory: Memory, at: number, code: NumberCode) {
    const { bytes, min, max } = numberTypes[code]
    this.memory = memory
    this.at = at
    this.bytes = bytes
    this.min = min
    this.max = max
  }

  /**
   * Stores an integer from `min` to `max`; 64 bits also hold any `bigint` of their range. Anything else changes nothing and is
   * counted as rejected. Two stores, three for 64 bits; for a number nothing is allocated.
   */
  set(value: number | bigint): void {
    const { memory, at, bytes } = this
    if (Number.isInteger(value) && this.isInRange(value as number)) {
      turn(memory, at - 1, fill(memory, at, bytes, value as number))
    } else if (typeof value === 'bigint' && this.holds(value)) {
      turn(memory, at - 1, fillBigInt(memory, at, value))
    } else {
      reject(memory)
    }
  }

  /**
   * Adds an integer. Where the value before or the sum is not from `min` to `max`, the value stays and the amount is counted as
   * rejected.
   */
  add(amount: number): void {
    const { memory, at, bytes, value } = this
    const sum = Number.isInteger(amount) && this.isInRange(value) ? value + amount : Number.NaN
    if (this.isInRange(sum)) turn(memory, at - 1, fill(memory, at, bytes, sum))
    else reject(memory)
  }

  /** Rounded beyond 2^53. */
  get value(): number {
    const { at, bytes, min } = this
    const { view } = this.memory
    const from = at + bytes * (view.getUint8(at - 1) ^ 1)
    if (bytes === 8) {
      const high = min < 0 ? view.getInt32(from + 4, true) : view.getUint32(from + 4, true)
      return high * word + view.getUint32(from, true)
    }
    if (bytes === 4) return min < 0 ? view.getInt32(from, true) : view.getUint32(from, true)
    if (bytes === 2) return min < 0 ? view.getInt16(from, true) : view.getUint16(from, true)
    return min < 0 ? view.getInt8(from) : view.getUint8(from)
  }

  /** With all digits. Allocates. */
  get exact(): bigint {
    const { at, bytes, min, value } = this
    if (bytes < 8) return BigInt(value)
    const { view } = this.memory
    const from = at + bytes * (view.getUint8(at - 1) ^ 1)
    return min < 0 ? view.getBigInt64(from, true) : view.getBigUint64(from, true)
  }

  private isInRange(value: number): boolean {
    return value >= this.min && value <= this.max
  }

  private holds(value: bigint): boolean {
    return this.bytes === 8 && (this.min < 0 ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value
  }
}

/** An integer of 64 bits that goes up: requests, bytes, errors. Starts again at 0 after 2^64 - 1. */
export class Counter64 extends Integer {
  /**
   * Adds an integer from 0 to 2^53 - 1. Anything else adds nothing and is counted as rejected.
   * Three stores; allocates nothing.
   */
  inc(amount = 1): void {
    const { memory, at } = this
    if (!(Number.isSafeInteger(amount) && amount >= 0)) {
      reject(memory)
      return
    }
    const { view } = memory
    const next = view.getUint8(at - 1)
    const from = at + 8 * (next ^ 1)
    const to = at + 8 * next
    const low = view.getUint32(from, true) + (amount >>> 0)
    let high = view.getUint32(from + 4, true)
    if (low >= word) high += 1
    if (amount >= word) high += Math.floor(amount / word)
    view.setUint32(to, low, true)
    view.setUint32(to + 4, high, true)
    turn(memory, at - 1, next ^ 1)
  }
}

// A counter never goes down.
Counter64.prototype.add = Counter64.prototype.inc

/** True or false. */
export class Bool {
  private readonly memory: Memory
  private readonly at: number

  /** Made by a model. */
  constructor(memory: Memory, at: number, initial: boolean) {
    this.memory = memory
    this.at = at
    if (initial) this.set(true)
  }

  /** Two stores; allocates nothing. What is neither true nor false counts as JavaScript's truth does. */
  set(value: boolean): void {
    const { memory, at } = this
    turn(memory, at - 1, fill(memory, at, 1, value ? 1 : 0))
  }

  /** The present value. */
  get value(): boolean {
    const { view } = this.memory
    return view.getUint8(this.at + (view.getUint8(this.at - 1) ^ 1)) === 1
  }
}

/** Stores into the buffer that readers do not use; returns what {@link turn} takes to make them use it. */
function fill({ view }: Memory, at: number, bytes: number, value: number): number {
  const next = view.getUint8(at - 1)
  const to = at + bytes * next
  if (bytes === 4) view.setUint32(to, value, true)
  else if (bytes === 8) {
    // Two words, as BigInt allocates.
    view.setUint32(to, value, true)
    view.setInt32(to + 4, Math.floor(value / word), true)
  } else if (bytes === 2) view.setUint16(to, value, true)
  else view.setUint8(to, value)
  return next ^ 1
}

function fillBigInt({ view }: Memory, at: number, value: bigint): number {
  const next = view.getUint8(at - 1)
  view.setBigInt64(at + 8 * next, value, true)
  return next ^ 1
}

/** A counter that starts at 0; the old library's CounterField. */
export function counter64(options?: FieldOptions): FieldType<Counter64> {
  return numberField('Q', options, (memory, at) => new Counter64(memory, at, 'Q'))
}

/** 0 to 2^64 - 1; the old library's UInt64Field. Readers cannot distinguish it from a counter. */
export function uint64(options?: FieldOptions): FieldType<Integer> {
  return integer('Q', options)
}

/** -2^63 to 2^63 - 1. */
export function int64(options?: FieldOptions): FieldType<Integer> {
  return integer('q', options)
}

/** 0 to 2^32 - 1; the old library's UIntField. */
export function uint32(options?: FieldOptions): FieldType<Integer> {
  return integer('I', options)
}

/** -2^31 to 2^31 - 1; the old library's IntField. */
export function int32(options?: FieldOptions): FieldType<Integer> {
  return integer('i', options)
}

/** 0 to 65,535; the old library's UShortField. */
export function uint16(options?: FieldOptions): FieldType<Integer> {
  return integer('H', options)
}

/** -32,768 to 32,767; the old library's ShortField. */
export function int16(options?: FieldOptions): FieldType<Integer> {
  return integer('h', options)
}

/** 0 to 255. */
export function uint8(options?: FieldOptions): FieldType<Integer> {
  return integer('B', options)
}

/** -128 to 127; the old library's ByteField. */
export function int8(options?: FieldOptions): FieldType<Integer> {
  return integer('b', options)
}

/** True or false; the old library's BoolField. */
export function bool(initial = false, options?: FieldOptions): FieldType<Bool> {
  return numberField('?', options, (memory, at) => new Bool(memory, at, initial))
}

function integer(code: NumberCode, options?: FieldOptions): FieldType<Integer> {
  return numberField(code, options, (memory, at) => new Integer(memory, at, code))
}
