import type { SummedGauge } from './summed.ts'

/** How many objects have a value, by the value. */
export interface Tally {
  /** What counts those that have this value, for one that is about to. */
  take(value: string): SummedGauge
  /** One has it no more that took it. */
  giveBack(count: SummedGauge): void
}

/** Where the state or text of one object stands in the tally of an object above. */
export class Place {
  private readonly tally: Tally
  private value: string
  /** What counts it. */
  count: SummedGauge

  constructor(tally: Tally, value: string) {
    this.tally = tally
    this.value = value
    this.count = tally.take(value)
    this.count.shift(1)
  }

  /** It has this value now: gives what counted it, which is to hand over to `count`; `undefined` where that is the same. */
  moveTo(value: string): SummedGauge | undefined {
    if (value === this.value) return undefined
    const { tally, count } = this
    this.value = value
    tally.giveBack(count)
    this.count = tally.take(value)
    return count
  }

  /** It goes. */
  leave(): void {
    this.count.shift(-1)
    this.tally.giveBack(this.count)
  }
}
