import type { ReadTime } from '../snapshot/kinds.ts'
import type { Labels, StateSeries } from '../snapshot/snapshot.ts'
import { changesCell, readState, secondsCell, stintCells, stintsCell } from '../snapshot/state.ts'
import type { Slot } from '../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** Which of a few states something is in, and for how long it was in each. Cells: 10, and one for each state. */
export class State<S extends string = string> {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  private readonly states: readonly S[]

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, states: readonly S[]) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.states = states
    this.enter(0)
  }

  /** Goes into this state; one that was not declared changes nothing and is counted under `plimsoll.rejected`. Reads the clock. */
  set(state: S): void {
    const number = this.states.indexOf(state)
    if (number < 0) this.owner.reject()
    else this.enter(number)
  }

  /** The present state. */
  get value(): S {
    const { cells, index } = this
    const stint = index + stintsCell + ((cells[index + changesCell] as number) % 2) * stintCells
    return this.states[cells[stint] as number] as S
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

  private enter(number: number): void {
    const { cells, index } = this
    const now = this.owner.clock.unixTime()
    const changes = cells[index + changesCell] as number
    const old = index + stintsCell + (changes % 2) * stintCells
    if (changes > 0) {
      const spent = (cells[old + 2] as number) + Math.max(0, now - (cells[old + 1] as number))
      cells[index + secondsCell + (cells[old] as number)] = spent
    }
    const next = index + stintsCell + ((changes + 1) % 2) * stintCells
    const before = cells[index + secondsCell + number] as number
    cells[next] = number
    cells[next + 1] = now
    cells[next + 2] = before
    cells[next + 3] = number + now + before
    cells[index + changesCell] = changes + 1
  }
}
