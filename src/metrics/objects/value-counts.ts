import type { SummedGauge } from './summed.ts'

/** What counts the objects that have one value. */
export interface Count {
  readonly metric: SummedGauge
}

/** How many objects have a value, by the value. */
export interface Tally {
  /** What counts those that have this value, for one that is about to. */
  take(value: string): Count
  /** One has it no more that took it. */
  giveBack(count: Count): void
}

/** Where the state or text of one object stands in the tally of an object above. */
export class Place {
  private readonly tally: Tally
  private value: string
  private count: Count

  constructor(tally: Tally, value: string) {
    this.tally = tally
    this.value = value
    this.count = tally.take(value)
    this.count.metric.shift(1)
  }

  /** What counts it. */
  get metric(): SummedGauge {
    return this.count.metric
  }

  /** It has this value now: gives what counted it, which is to hand over to `metric`; `undefined` where that is the same. */
  moveTo(value: string): SummedGauge | undefined {
    if (value === this.value) return undefined
    const { tally, count } = this
    this.value = value
    tally.giveBack(count)
    this.count = tally.take(value)
    return count.metric
  }

  /** It goes. */
  leave(): void {
    this.count.metric.shift(-1)
    this.tally.giveBack(this.count)
  }
}
