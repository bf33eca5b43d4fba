import { State, StateHold } from '../kinds/state.ts'
import { Text } from '../kinds/text.ts'
import { TrackedGauge } from '../kinds/tracked-gauge.ts'

/**
 * Metrics of families whose series may go while the app keeps them: when used again, they are back under the same labels,
 * or stand for the series that has these by now. Plain ones do not pay for looking.
 */

/** {@link Gauge}, tracked or not, whose series may go and come back. */
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

/** {@link Text} whose series may go and come back. */
export class RevivableText extends Text {
  /** @internal */
  revive: (() => RevivableText) | undefined = undefined

  override set(text: string): void {
    super.set.call(this.revive === undefined ? this : this.revive(), text)
  }
}

/** {@link State} whose series may go and come back; its earlier time was added to the evicted series, so it restarts at zero. */
export class RevivableState<S extends string = string> extends State<S> {
  /** @internal */
  revive: (() => RevivableState<S>) | undefined = undefined
  #isUsed = false

  override set(state: S): void {
    const used = this.#use()
    used.rest(state)
    used.enter(used.shown)
  }

  override acquire(state: S): StateHold {
    const used = this.#use()
    const number = used.hold(state)
    used.enter(used.shown)
    return new StateHold(used, number)
  }

  /** @internal */
  takeUse(): boolean {
    const isUsed = this.#isUsed
    this.#isUsed = false
    return isUsed
  }

  /** The state that is to be used in the place of this one: itself as a rule. */
  #use(): RevivableState<S> {
    if (this.revive !== undefined) this.restart()
    const state = this.revive === undefined ? this : this.revive()
    state.#isUsed = true
    return state
  }
}
