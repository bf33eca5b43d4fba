import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'

/** A whole number of 8, 16 or 32 bits. */
export class Integer {
  /** The smallest value that it takes. */
  readonly min: number
  /** The largest value that it takes. */
  readonly max: number
  private readonly memory: Memory
  private readonly at: number
  private readonly bytes: number

  /** Made by a model. */
  constructor(memory: Memory, at: number, bytes: number, signed: boolean) {
    this.memory = memory
    this.at = at
    this.bytes = bytes
    this.min = signed ? -(2 ** (8 * bytes - 1)) : 0
    this.max = 2 ** (8 * bytes - (signed ? 1 : 0)) - 1
  }

  /**
   * Stores a whole number from `min` to `max`; anything else changes nothing and is counted as rejected.
   * Two stores; allocates nothing.
   */
  set(value: number): void {
    const { memory, at, bytes } = this
    if (this.takes(value)) turn(memory, at - 1, fill(memory, at, bytes, value))
    else reject(memory)
  }

  /** Adds to the value, within `min` and `max` as `set`. */
  add(amount: number): void {
    const { memory, at, bytes } = this
    // What is no number makes no sum: texts would be joined.
    const sum = typeof amount === 'number' ? this.value + amount : Number.NaN
    if (this.takes(sum)) turn(memory, at - 1, fill(memory, at, bytes, sum))
    else reject(memory)
  }

  /** The current value. */
  get value(): number {
    const { view } = this.memory
    const from = this.at + this.bytes * (view.getUint8(this.at - 1) ^ 1)
    if (this.bytes === 4) return this.min < 0 ? view.getInt32(from, true) : view.getUint32(from, true)
    if (this.bytes === 2) return this.min < 0 ? view.getInt16(from, true) : view.getUint16(from, true)
    return this.min < 0 ? view.getInt8(from) : view.getUint8(from)
  }

  private takes(value: number): boolean {
    return Number.isInteger(value) && value >= this.min && value <= this.max
  }
}

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

  /** The current value. */
  get value(): boolean {
    const { view } = this.memory
    return view.getUint8(this.at + (view.getUint8(this.at - 1) ^ 1)) === 1
  }
}

/** Puts a value into the buffer that does not count; gives what {@link turn} takes to let it count. */
function fill({ view }: Memory, at: number, bytes: number, value: number): number {
  const next = view.getUint8(at - 1)
  const to = at + bytes * next
  if (bytes === 4) view.setUint32(to, value, true)
  else if (bytes === 2) view.setUint16(to, value, true)
  else view.setUint8(to, value)
  return next ^ 1
}

/** 0 to 2^32 - 1; the old library's UIntField. */
export function uint32(options?: FieldOptions): FieldType<Integer> {
  return integer('I', 4, false, options)
}

/** -2^31 to 2^31 - 1; the old library's IntField. */
export function int32(options?: FieldOptions): FieldType<Integer> {
  return integer('i', 4, true, options)
}

/** 0 to 65,535; the old library's UShortField. */
export function uint16(options?: FieldOptions): FieldType<Integer> {
  return integer('H', 2, false, options)
}

/** -32,768 to 32,767; the old library's ShortField. */
export function int16(options?: FieldOptions): FieldType<Integer> {
  return integer('h', 2, true, options)
}

/** 0 to 255. */
export function uint8(options?: FieldOptions): FieldType<Integer> {
  return integer('B', 1, false, options)
}

/** -128 to 127; the old library's ByteField. */
export function int8(options?: FieldOptions): FieldType<Integer> {
  return integer('b', 1, true, options)
}

/** True or false; the old library's BoolField. */
export function bool(initial = false, options?: FieldOptions): FieldType<Bool> {
  return {
    signature: '?',
    itemBytes: 1,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Bool(memory, at, initial),
  }
}

function integer(signature: string, itemBytes: number, signed: boolean, options?: FieldOptions): FieldType<Integer> {
  const open = (memory: Memory, at: number): Integer => new Integer(memory, at, itemBytes, signed)
  return { signature, itemBytes, buffered: true, label: labelOf(options), open }
}
