import { Counter } from '../kinds/counter.ts'
import { TrackedGauge } from '../kinds/tracked-gauge.ts'

/** The sums of a metric that nothing above counts. */
const nowhere: readonly never[] = []

/**
 * A counter of an object, which also adds to the counters of the objects above that sum it up: one store each. A class of
 * its own, so that counters without a parent pay nothing.
 */
export class SummedCounter extends Counter {
  /** @internal The counters that this one adds to, from the nearest object to the furthest. */
  sums: readonly SummedCounter[] = nowhere

  override inc(amount?: number): void {
    this.add(amount === undefined ? 1 : amount)
  }

  override add(amount: number): void {
    if (!(typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
      this.owner.reject(amount)
      return
    }
    ;(this.cells[this.index] as number) += amount
    const { sums } = this
    // By index: an iterator would cost more than the stores.
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i] as SummedCounter
      ;(sum.cells[sum.index] as number) += amount
    }
  }

  override get value(): number {
    return this.cells[this.index] as number
  }

  override set value(value: number) {
    this.add(typeof value === 'number' ? value - this.value : Number.NaN)
  }

  /** @internal No longer adds to the sums; what it added stays. */
  leaveSums(): void {
    this.sums = nowhere
  }
}

/** A gauge of an object, as {@link SummedCounter}; its value leaves the sums when it goes. */
export class SummedGauge extends TrackedGauge {
  /** @internal */
  sums: readonly SummedGauge[] = nowhere

  /** @internal Adds what is valid. */
  shift(change: number): void {
    ;(this.cells[this.index] as number) += change
    const { sums } = this
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i] as SummedGauge
      ;(sum.cells[sum.index] as number) += change
    }
  }

  /** @internal Counts one less, and the other one more. */
  handTo(other: SummedGauge): void {
    const [from, to] = [this.sums, other.sums]
    ;(this.cells[this.index] as number) -= 1
    for (let i = 0; i < from.length; i++) {
      const sum = from[i] as SummedGauge
      ;(sum.cells[sum.index] as number) -= 1
    }
    ;(other.cells[other.index] as number) += 1
    for (let i = 0; i < to.length; i++) {
      const sum = to[i] as SummedGauge
      ;(sum.cells[sum.index] as number) += 1
    }
  }

  /** @internal Takes its value out of the sums. */
  leaveSums(): void {
    for (const sum of this.sums) (sum.cells[sum.index] as number) -= this.value
    this.sums = nowhere
  }

  /** @internal */
  override keep(value: number): void {
    if (!Number.isFinite(value) || (this.fits !== undefined && !this.fits(value))) {
      this.owner.reject(value)
      return
    }
    const { cells, index, sums } = this
    const change = value - (cells[index] as number)
    cells[index] = value
    for (let i = 0; i < sums.length; i++) {
      const sum = sums[i] as SummedGauge
      ;(sum.cells[sum.index] as number) += change
    }
  }
}

/** What objects above may sum up. */
export type Summed = SummedCounter | SummedGauge

/** From now on these count `metric`; those that did not before get its value. */
export function sumUpIn<M extends Summed>(metric: M, sums: readonly M[]): void {
  for (const sum of sums) {
    const { cells, index } = sum.slot
    if (!(metric.sums as readonly Summed[]).includes(sum)) (cells[index] as number) += metric.value
  }
  metric.sums = sums as never
}
