import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'

/** A 64-bit float: anything that goes up and down. */
export class Float64 {
  private readonly memory: Memory
  private readonly at: number

  /** Made by a model. */
  constructor(memory: Memory, at: number) {
    this.memory = memory
    this.at = at
  }

  /** Stores a number as it is, NaN and infinities too; anything else is counted as rejected. Two stores; allocates nothing. */
  set(value: number): void {
    const { memory, at } = this
    if (typeof value !== 'number') {
      reject(memory)
      return
    }
    turn(memory, at - 1, fillFloat64(memory, at, value))
  }

  /** Adds to the value; negative amounts take away. Two stores; allocates nothing. */
  add(amount: number): void {
    const { memory, at } = this
    if (typeof amount !== 'number') {
      reject(memory)
      return
    }
    const next = memory.view.getUint8(at - 1)
    const value = memory.view.getFloat64(at + 8 * (next ^ 1), true)
    memory.view.setFloat64(at + 8 * next, value + amount, true)
    turn(memory, at - 1, next ^ 1)
  }

  /** The current value. */
  get value(): number {
    return loadFloat64(this.memory, this.at)
  }
}

/** Puts a value into the buffer that does not count; gives what {@link turn} takes to let it count. */
export function fillFloat64({ view }: Memory, at: number, value: number): number {
  const next = view.getUint8(at - 1)
  view.setFloat64(at + 8 * next, value, true)
  return next ^ 1
}

/** The value in the buffer that counts. */
export function loadFloat64({ view }: Memory, at: number): number {
  return view.getFloat64(at + 8 * (view.getUint8(at - 1) ^ 1), true)
}

/** A 32-bit float: about 7 digits, and what is above 3.4e38 becomes infinite. */
export class Float32 {
  private readonly memory: Memory
  private readonly at: number

  /** Made by a model. */
  constructor(memory: Memory, at: number) {
    this.memory = memory
    this.at = at
  }

  /** Stores the nearest 32-bit float; NaN and infinities as they are; anything else is counted as rejected. Two stores; allocates nothing. */
  set(value: number): void {
    const { memory, at } = this
    if (typeof value !== 'number') {
      reject(memory)
      return
    }
    const next = memory.view.getUint8(at - 1)
    memory.view.setFloat32(at + 4 * next, value, true)
    turn(memory, at - 1, next ^ 1)
  }

  /** The current value. */
  get value(): number {
    const { view } = this.memory
    return view.getFloat32(this.at + 4 * (view.getUint8(this.at - 1) ^ 1), true)
  }
}

/** A 64-bit float that starts at 0; the old library's DoubleField. */
export function float64(options?: FieldOptions): FieldType<Float64> {
  return {
    signature: 'd',
    itemBytes: 8,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Float64(memory, at),
  }
}

/** A 32-bit float that starts at 0; the old library's FloatField. */
export function float32(options?: FieldOptions): FieldType<Float32> {
  return {
    signature: 'f',
    itemBytes: 4,
    buffered: true,
    label: labelOf(options),
    open: (memory, at) => new Float32(memory, at),
  }
}
