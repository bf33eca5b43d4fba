import { optionInvalid } from '../../errors.ts'
import { isIntegerWithin } from '../../options.ts'
import type { FieldOptions, FieldType } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { numberField } from './number-types.ts'

const maxWindow = 1_000_000

/** The mean of all values since the start, or of the last ones. */
export interface Average {
  /** Takes one more finite value; another one is counted as rejected. Allocates nothing. */
  add(value: number): void
  /** 0 before the first value. */
  readonly value: number
}

/** A 64-bit float that is a mean. */
export class MeanField {
  protected readonly memory: Memory
  protected readonly at: number

  /** Made by a model. */
  constructor(memory: Memory, at: number) {
    this.memory = memory
    this.at = at
  }

  /** The mean; 0 before the first value. */
  get value(): number {
    const { view } = this.memory
    return view.getFloat64(this.at + 8 * (view.getUint8(this.at - 1) ^ 1), true)
  }
}

/** Values of which there is a mean. */
interface Values {
  /** Their mean, with one more finite value among them. */
  meanWith(value: number): number
}

class AverageField extends MeanField {
  private readonly values: Values

  constructor(memory: Memory, at: number, values: Values) {
    super(memory, at)
    this.values = values
  }

  add(value: number): void {
    const { memory, at } = this
    if (Number.isFinite(value)) turn(memory, at - 1, fillFloat64(memory, at, this.values.meanWith(value)))
    else reject(memory)
  }
}

/** All values since the start. */
class AllValues implements Values {
  private count = 0
  private total = 0

  meanWith(value: number): number {
    this.count++
    this.total += value
    return this.total / this.count
  }
}

/** Stores into the buffer that readers do not use; returns what {@link turn} takes to make them use it. */
export function fillFloat64({ view }: Memory, at: number, value: number): number {
  const next = view.getUint8(at - 1)
  view.setFloat64(at + 8 * next, value, true)
  return next ^ 1
}

/** The last so many values, on the heap: the file only has their mean. */
export class LastValues implements Values {
  private readonly window: Float64Array
  private next = 0
  private count = 0
  private total = 0

  constructor(size: number) {
    this.window = new Float64Array(size)
  }

  meanWith(value: number): number {
    const { window, next } = this
    this.total += value - (window[next] as number)
    window[next] = value
    this.next = next + 1 === window.length ? 0 : next + 1
    if (this.count < window.length) this.count++
    // Differences leave rounding errors behind, so the sum is computed again once a round, which costs one addition a value.
    if (this.next === 0) this.total = sum(window)
    return this.total / this.count
  }
}

/** The mean of all values since the start, 0 before; the old library's AverageField. */
export function average(options?: FieldOptions): FieldType<Average> {
  return numberField('d', options, (memory, at) => new AverageField(memory, at, new AllValues()))
}

/**
 * The mean of the last `size` values, 1 to 1,000,000; the old library's MovingAverageField.
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function movingAverage(size = 100, options?: FieldOptions): FieldType<Average> {
  checkWindow(size, 'movingAverage()')
  return numberField('d', options, (memory, at) => new AverageField(memory, at, new LastValues(size)))
}

/** Throws PLIMSOLL_OPTION_INVALID for an invalid window size. */
export function checkWindow(size: number, where: string): void {
  if (!isIntegerWithin(size, 1, maxWindow)) throw optionInvalid('size', where, size, `1 to ${maxWindow} values`)
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
