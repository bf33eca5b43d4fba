import { TrackedGauge } from '../kinds/tracked-gauge.ts'

/**
 * {@link Gauge}, tracked or not, whose series may go while the app keeps it: when used again, it is back under the same labels, or
 * stands for the series that has these by now. A plain one does not pay for looking.
 */
export class RevivableGauge extends TrackedGauge {
  /** @internal */
  revive: (() => RevivableGauge) | undefined = undefined
  #isUsed = false

  /** @internal */
  takeUse(): boolean {
    const isUsed = this.#isUsed
    this.#isUsed = false
    return isUsed
  }

  /** @internal Itself, or what has its labels by now. */
  override inUse(): RevivableGauge {
    const gauge = this.revive === undefined ? this : this.revive()
    gauge.#isUsed = true
    return gauge
  }
}
