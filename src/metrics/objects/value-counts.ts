import type { SummedGauge } from './summed.ts'

/** How many objects have one value. */
export interface Count {
  readonly metric: SummedGauge
}

/** How many objects have each value. A count stays as long as an object has acquired it. */
export interface ValueCounts {
  /** The count of this value, for an object that is about to have it. */
  acquire(value: string): Count
  /** An object that acquired it no longer has the value. */
  release(count: Count): void
}

/** The state of one object, counted by an object above. Keeps the count of each state that it was in, as states are few. */
export class CountedState {
  private readonly counts: ValueCounts
  private readonly states: readonly string[]
  private readonly acquired: (Count | undefined)[]
  private count: Count

  /** `number`: that of the present state. */
  constructor(counts: ValueCounts, states: readonly string[], number: number) {
    this.counts = counts
    this.states = states
    // Without holes, which would be looked for in the prototypes.
    this.acquired = new Array<Count | undefined>(states.length).fill(undefined)
    this.count = this.acquire(number)
    this.count.metric.shift(1)
  }

  /** The gauge that counts it. */
  get metric(): SummedGauge {
    return this.count.metric
  }

  /** Sets the state; returns the gauge that counted it before, `undefined` where it is the same. */
  moveTo(number: number): SummedGauge | undefined {
    const { count } = this
    const next = this.acquired[number] ?? this.acquire(number)
    if (next === count) return undefined
    this.count = next
    return count.metric
  }

  /** Counts it no longer. */
  leave(): void {
    this.count.metric.shift(-1)
    for (const count of this.acquired) if (count !== undefined) this.counts.release(count)
  }

  private acquire(number: number): Count {
    const count = this.counts.acquire(this.states[number] as string)
    this.acquired[number] = count
    return count
  }
}

/** The text of one object, counted by an object above. */
export class CountedValue {
  private readonly counts: ValueCounts
  private value: string
  private count: Count

  constructor(counts: ValueCounts, value: string) {
    this.counts = counts
    this.value = value
    this.count = counts.acquire(value)
    this.count.metric.shift(1)
  }

  /** The gauge that counts it. */
  get metric(): SummedGauge {
    return this.count.metric
  }

  /** Sets the value; returns the gauge that counted it before, `undefined` where it is the same. */
  moveTo(value: string): SummedGauge | undefined {
    if (value === this.value) return undefined
    const { counts, count } = this
    this.value = value
    counts.release(count)
    this.count = counts.acquire(value)
    return count.metric
  }

  /** Counts it no longer. */
  leave(): void {
    this.count.metric.shift(-1)
    this.counts.release(this.count)
  }
}
