import { State, StateHold } from '../kinds/state.ts'

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
