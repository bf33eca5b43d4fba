import type { Slot } from '../snapshot/store.ts'
import { Gauge } from './gauge.ts'
import type { Owner } from './owner.ts'
import { type Holder, State } from './state.ts'
import { Text } from './text.ts'
import { TrackedGauge } from './tracked-gauge.ts'

/**
 * Metrics of families whose series may go while the app keeps them: when used again, they are back under the same labels,
 * or stand for the series that has these by now. Plain ones do not pay for looking.
 */

type GaugeClass = new (slot: Slot, owner: Owner) => Gauge

/** A gauge of this class that comes back. */
function returning(Base: GaugeClass): GaugeClass {
  return class extends Base {
    comeBack: (() => Gauge) | undefined = undefined
    #isUsed = false

    override set(value: number | boolean): void {
      this.#isUsed = true
      if (this.comeBack === undefined) super.set(value)
      else this.comeBack().set(value)
    }

    override add(amount: number): void {
      this.#isUsed = true
      if (this.comeBack === undefined) super.add(amount)
      else this.comeBack().add(amount)
    }

    override inc(amount?: number): void {
      this.#isUsed = true
      if (this.comeBack === undefined) super.inc(amount)
      else this.comeBack().inc(amount)
    }

    override dec(amount?: number): void {
      this.#isUsed = true
      if (this.comeBack === undefined) super.dec(amount)
      else this.comeBack().dec(amount)
    }

    takeUse(): boolean {
      const isUsed = this.#isUsed
      this.#isUsed = false
      return isUsed
    }
  }
}

/** {@link Gauge} whose series may go and come back. */
export const ReturningGauge: GaugeClass = returning(Gauge)
/** {@link TrackedGauge} whose series may go and come back. */
export const ReturningTrackedGauge: GaugeClass = returning(TrackedGauge)

/** {@link Text} whose series may go and come back. */
export class ReturningText extends Text {
  /** @internal */
  comeBack: (() => Text) | undefined = undefined

  override set(text: string): void {
    if (this.comeBack === undefined) super.set(text)
    else this.comeBack().set(text)
  }
}

/** {@link State} whose series may go and come back; what it was in before was folded, so it begins anew. */
export class ReturningState<S extends string = string> extends State<S> {
  /** @internal */
  comeBack: (() => State<S>) | undefined = undefined
  #isUsed = false

  override set(state: S): void {
    this.#isUsed = true
    if (this.comeBack === undefined) super.set(state)
    else this.#return(this.comeBack).set(state)
  }

  override acquire(state: S): Holder {
    return this.comeBack === undefined ? super.acquire(state) : this.#return(this.comeBack).acquire(state)
  }

  /** @internal */
  takeUse(): boolean {
    const isUsed = this.#isUsed
    this.#isUsed = false
    return isUsed
  }

  #return(comeBack: () => State<S>): State<S> {
    this.restart()
    return comeBack()
  }
}
