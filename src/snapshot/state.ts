import type { ReadTime } from './kinds.ts'
import type { Labels, StateSeries } from './snapshot.ts'
import type { Slot } from './store.ts'

/**
 * Cells of a state. The first one counts changes and says which of the two stints behind it holds: a change fills the
 * other one and then stores the count, so a writer that is killed in between leaves the old stint as it was. A stint is
 * the number of the state, the Unix time in seconds at which it began, the seconds spent in that state before, and the
 * sum of these three, by which a reader sees that it has not met half of a change. Then come the number of holders, and
 * for each state the seconds spent in it; those of the present state are to be taken from the stint.
 */
export const changesCell = 0
export const stintsCell: number = changesCell + 1
export const stintCells = 4
export const usersCell: number = stintsCell + 2 * stintCells
export const secondsCell: number = usersCell + 1

/** How many cells a state has. */
export function stateCells(states: readonly string[]): number {
  return secondsCell + states.length
}

/** The state whose cells begin at `slot`. */
export function readState(
  labels: Labels,
  { cells, index }: Slot,
  states: readonly string[],
  { end }: ReadTime,
): StateSeries {
  const stint = index + stintsCell + ((cells[index + changesCell] as number) % 2) * stintCells
  const present = cells[stint] as number
  const since = cells[stint + 1] as number
  const before = cells[stint + 2] as number
  const value = states[present] ?? null
  const seconds: Record<string, number> = {}
  for (const [i, state] of states.entries()) {
    seconds[state] = i === present ? before + Math.max(0, end - since) : (cells[index + secondsCell + i] as number)
  }
  return {
    labels,
    value,
    seconds,
    processes: value === null ? {} : { [value]: 1 },
    users: cells[index + usersCell] as number,
  }
}
