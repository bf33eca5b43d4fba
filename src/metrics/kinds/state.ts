// For apps that do not include this library themselves: the type of a holder needs it.
/// <reference lib="esnext.disposable" preserve="true" />

import {
  changesCell,
  currentRecord,
  enteredAtCell,
  enteredStateCell,
  readState,
  recordCells,
  recordSumCell,
  recordsCell,
  secondsCell,
  spentBeforeCell,
  stateCells,
  usersCell,
} from '../../snapshot/kinds/state.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels, StateSeries } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import { CountedState, type ValueCounts } from '../objects/value-counts.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

/**
 * Which of a few states something is in, and for how many seconds it was in each: a connection, a worker, a pool. A new
 * one is in the first state that was declared. Cells: 10, and one for each state.
 */
export class State<S extends string = string> {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  private readonly states: readonly S[]
  /** The state where nobody holds another one. */
  private resting = 0
  /** Numbers of the states that are held, in the order in which they came to be; the last one shows. */
  private readonly held: number[] = []
  /** By the number of a state: how many hold it. */
  private readonly holders: number[] = []
  /** @internal Where an object above counts in which state those below are. */
  counted: CountedState | undefined = undefined

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, states: readonly S[]) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.states = states
    const record = currentRecord(this.cells, this.index)
    const now = owner.clock.now() / 1000
    this.cells[record + enteredAtCell] = now
    this.cells[record + recordSumCell] = now
  }

  /**
   * Goes into this state; where it is there already, nothing changes. While somebody holds a state by {@link acquire}, that
   * one shows, and this one after it. A state that was not declared is counted under `plimsoll.rejected`. A change reads the
   * clock and makes seven stores; allocates nothing but the numbers that V8 boxes, 32 bytes.
   */
  set(state: S): void {
    this.rest(state)
    const { shown } = this
    this.enter(shown)
    this.counted?.moveTo(shown)?.handTo(this.counted.metric)
  }

  /**
   * Enters this state until the returned holder is released; can be nested: `using _ = pool.acquire('busy')`. With several
   * holders, the value is the state that was acquired last, and {@link users} is their number; when the last one releases it,
   * the value is again that of {@link set}. A state that was not declared holds nothing and is counted under
   * `plimsoll.rejected`.
   */
  acquire(state: S): StateHold {
    const number = this.hold(state)
    const { shown } = this
    this.enter(shown)
    this.counted?.moveTo(shown)?.handTo(this.counted.metric)
    return new StateHold(this, number)
  }

  /** The present state. */
  get value(): S {
    return this.states[this.cells[currentRecord(this.cells, this.index) + enteredStateCell] as number] as S
  }

  /** How many holders have not been released yet. */
  get users(): number {
    return this.cells[this.index + usersCell] as number
  }

  /** The present state, the seconds spent in each, and the number of holders, as plain data. */
  snapshot(): MetricSnapshot<StateSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime): StateSeries {
    return readState(labels, this.slot, this.states, at)
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }

  /** @internal */
  get isInUse(): boolean {
    return this.users > 0
  }

  /** @internal Restarts in the current state, with no time spent in any. */
  restart(): void {
    const { cells, index, owner } = this
    const number = cells[currentRecord(cells, index) + enteredStateCell] as number
    cells.fill(0, index, index + stateCells(this.states))
    const now = owner.clock.now() / 1000
    const record = currentRecord(cells, index)
    cells[record + enteredStateCell] = number
    cells[record + enteredAtCell] = now
    cells[record + recordSumCell] = number + now
  }

  /** @internal Is counted there from now on, or nowhere. */
  countIn(counts: ValueCounts | undefined): void {
    this.counted?.leave()
    this.counted = counts && new CountedState(counts, this.states, this.shown)
  }

  /** @internal The number of the state that is to show. */
  get shown(): number {
    const { held } = this
    return held.length === 0 ? this.resting : (held[held.length - 1] as number)
  }

  /** @internal Takes note of what is to show while nobody holds another state. */
  rest(state: S): void {
    const number = this.states.indexOf(state)
    if (number < 0) this.owner.reject(state)
    else this.resting = number
  }

  /** @internal Adds a holder; returns the number of the state, below 0 for none. */
  hold(state: S): number {
    const number = this.states.indexOf(state)
    if (number < 0) {
      this.owner.reject(state)
      return number
    }
    const others = this.holders[number] ?? 0
    this.holders[number] = others + 1
    ;(this.cells[this.index + usersCell] as number) += 1
    if (others === 0) this.held.push(number)
    return number
  }

  /** @internal One holder fewer. */
  release(number: number): void {
    const left = (this.holders[number] as number) - 1
    this.holders[number] = left
    ;(this.cells[this.index + usersCell] as number) -= 1
    if (left === 0) this.held.splice(this.held.indexOf(number), 1)
  }

  /** @internal Fills the invalid current-state record, then makes it the valid one. */
  enter(number: number): void {
    const { cells, index } = this
    const present = currentRecord(cells, index)
    const left = cells[present + enteredStateCell] as number
    if (left === number) return
    const now = this.owner.clock.now() / 1000
    // Nobody takes this cell for the seconds in the state as long as that is the present one.
    const lasted = now - (cells[present + enteredAtCell] as number)
    cells[index + secondsCell + left] = (cells[present + spentBeforeCell] as number) + lasted
    const before = cells[index + secondsCell + number] as number
    const changes = (cells[index + changesCell] as number) + 1
    const record = index + recordsCell + (changes % 2) * recordCells
    cells[record + enteredStateCell] = number
    cells[record + enteredAtCell] = now
    cells[record + spentBeforeCell] = before
    cells[record + recordSumCell] = number + now + before
    cells[index + changesCell] = changes
  }
}

showAs(State, (metric) => metric.snapshot())

/** Holds a state until it is released. */
export class StateHold implements Disposable {
  private readonly state: State
  /** -1 once released. */
  private number: number

  /** Made by {@link State.acquire}. */
  constructor(state: State, number: number) {
    this.state = state
    this.number = number
  }

  /** Lets go; a second time does nothing. */
  release(): void {
    const { state, number } = this
    this.number = -1
    if (number < 0) return
    state.release(number)
    const { shown } = state
    state.enter(shown)
    state.counted?.moveTo(shown)?.handTo(state.counted.metric)
  }

  /** The same as {@link release}, for `using`. */
  declare [Symbol.dispose]: () => void

  static {
    StateHold.prototype[Symbol.dispose] = StateHold.prototype.release
  }
}
