import { amountOr0, countOr0 } from '../amounts.ts'
import type { ReadTime } from '../read-time.ts'
import type { Labels, StateSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'

/**
 * Cells of a state. The first one counts changes and says which of the two stints behind it holds: a change fills the
 * other one and then stores the count, so a writer that is killed in between leaves the old stint as it was. Behind them
 * come the number of users, and for each state the seconds spent in it; those of the present state are in the stint.
 */
export const changesCell = 0
export const stintsCell: number = changesCell + 1
/**
 * Within a stint: the number of the state, the Unix time in seconds at which it was entered, the seconds spent in it
 * before, and the sum of the three, by which a reader sees that it has not met half of a change.
 */
export const enteredStateCell = 0
export const enteredAtCell: number = enteredStateCell + 1
export const spentBeforeCell: number = enteredAtCell + 1
export const stintSumCell: number = spentBeforeCell + 1
export const stintCells: number = stintSumCell + 1
export const usersCell: number = stintsCell + 2 * stintCells
export const secondsCell: number = usersCell + 1

/** How many cells a state has. */
export function stateCells(states: readonly string[]): number {
  return secondsCell + states.length
}

/** Index of the first cell of the stint that holds. */
export function presentStint(cells: Float64Array, index: number): number {
  return index + stintsCell + ((cells[index + changesCell] as number) % 2) * stintCells
}

/** Whether the present stint is whole; if not, a reader has met it while it was replaced, and is to copy it anew. */
export function isStintWhole({ cells, index }: Slot): boolean {
  const at = presentStint(cells, index)
  const sum = (cells[at] as number) + (cells[at + enteredAtCell] as number) + (cells[at + spentBeforeCell] as number)
  return sum === cells[at + stintSumCell]
}

/**
 * The state whose cells begin at `slot`. Its seconds go as far as the writer is known to have lived, which no later look
 * takes back: counted up to now, they would fall when it turns out to be dead.
 */
export function readState(
  labels: Labels,
  { cells, index }: Slot,
  states: readonly string[],
  { end, seenAt = end }: ReadTime,
): StateSeries {
  const stint = presentStint(cells, index)
  const present = cells[stint + enteredStateCell] as number
  const lasted = amountOr0(seenAt - (cells[stint + enteredAtCell] as number))
  const value = states[present] ?? null
  const seconds: Record<string, number> = {}
  for (const [i, state] of states.entries()) {
    const before = amountOr0(cells[i === present ? stint + spentBeforeCell : index + secondsCell + i] as number)
    seconds[state] = i === present ? before + lasted : before
  }
  const users = countOr0(cells[index + usersCell] as number)
  return { labels, value, seconds, processes: value === null ? {} : { [value]: 1 }, users }
}
