import { isIntegerWithin, isNonEmptyText } from '../../options.ts'
import { addCounts, addSums, amountOr0, countOr0 } from '../amounts.ts'
import { maxStateLength, maxStates } from '../limits.ts'
import type { ReadTime } from '../read-time.ts'
import type { Labels, StateFamilySnapshot, StateSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { seriesOptions } from './options.ts'
import type { KindRow, Labelled, SeriesLayout, SeriesSum } from './row.ts'
import { bare, inUnit, type KindStatistics } from './statistic.ts'

/**
 * Cells of a state. The first one counts changes and selects the valid one of the two current-state records after it: a change
 * fills the other one and then stores the count, so a writer that is killed in between leaves the old record as it was. Behind
 * them come the number of users, and for each state the seconds spent in it; those of the present state are in the record.
 */
export const changesCell = 0
export const recordsCell: number = changesCell + 1
/**
 * Within a record: the number of the state, when it was entered in seconds of the writer's clock, the seconds spent in it
 * before, and the sum of the three, by which a reader sees that it has not met half of a change.
 */
export const enteredStateCell = 0
export const enteredAtCell: number = enteredStateCell + 1
export const spentBeforeCell: number = enteredAtCell + 1
export const recordSumCell: number = spentBeforeCell + 1
export const recordCells: number = recordSumCell + 1
export const usersCell: number = recordsCell + 2 * recordCells
export const secondsCell: number = usersCell + 1

/** How many cells a state has. */
export function stateCells(states: readonly string[]): number {
  return secondsCell + states.length
}

/** Index of the first cell of the record that is valid: the first one where the count is none that a writer stores. */
export function currentRecord(cells: Float64Array, index: number): number {
  return index + recordsCell + ((cells[index + changesCell] as number) % 2 === 1 ? recordCells : 0)
}

/** Whether the valid record is consistent; if not, it was read while it was replaced, and must be copied again. */
export function isRecordConsistent({ cells, index }: Slot): boolean {
  const at = currentRecord(cells, index)
  const sum = (cells[at] as number) + (cells[at + enteredAtCell] as number) + (cells[at + spentBeforeCell] as number)
  return sum === cells[at + recordSumCell]
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
  const record = currentRecord(cells, index)
  // Half of a change says nothing of the present.
  const present = isRecordConsistent({ cells, index }) ? (cells[record + enteredStateCell] as number) : -1
  const lasted = amountOr0(seenAt - (cells[record + enteredAtCell] as number))
  const value = states[present] ?? null
  const spent = states.map((state, i): [string, number] => {
    const before = amountOr0(cells[i === present ? record + spentBeforeCell : index + secondsCell + i] as number)
    return [state, i === present ? addSums(before, lasted) : before]
  })
  const seconds = Object.fromEntries(spent)
  const users = countOr0(cells[index + usersCell] as number)
  return { labels, value, seconds, processes: value === null ? {} : { [value]: 1 }, users }
}

/** The number of a state, which may be named like a method of Object.prototype; 0 for one that is not there. */
export function ofState(numbers: Readonly<Record<string, number>>, state: string): number {
  return Object.hasOwn(numbers, state) ? (numbers[state] ?? 0) : 0
}

/** Numbers by the place of their state. */
interface Sum extends Labelled {
  readonly seconds: number[]
  readonly processes: number[]
  users: number
}

/**
 * Seconds, processes and users add up; the state is the one that most processes are in, of several the one that was
 * declared first.
 */
function stateSum(states: readonly string[]): SeriesSum<StateSeries, Sum> {
  const add = (sum: Sum, { seconds, processes, users }: StateSeries): Sum => {
    for (const [i, state] of states.entries()) {
      sum.seconds[i] = addSums(sum.seconds[i] ?? 0, ofState(seconds, state))
      sum.processes[i] = addCounts(sum.processes[i] ?? 0, ofState(processes, state))
    }
    sum.users = addCounts(sum.users, users)
    return sum
  }
  return {
    begin: (one) => add({ labels: one.labels, seconds: [], processes: [], users: 0 }, one),
    add,
    end({ labels, seconds, processes, users }) {
      const most = Math.max(0, ...processes)
      const inUse = states.map((state, i): [string, number] => [state, processes[i] ?? 0]).filter(([, n]) => n > 0)
      return {
        labels,
        value: most === 0 ? null : (states[processes.indexOf(most)] ?? null),
        seconds: Object.fromEntries(states.map((state, i) => [state, seconds[i] ?? 0])),
        processes: Object.fromEntries(inUse),
        users,
      }
    },
  }
}

function secondsBy(series: StateSeries, map: (seconds: number, state: string) => number): StateSeries {
  const entries = Object.entries(series.seconds).map(([state, seconds]) => [state, map(seconds, state)])
  return { ...series, seconds: Object.fromEntries(entries) }
}

/** An evicted state is in none of its states. */
function beginEvicted({ cells, index }: Slot): void {
  for (const record of [recordsCell, recordsCell + recordCells]) {
    cells.fill(0, index + record, index + record + recordCells)
    cells[index + record + enteredStateCell] = -1
    cells[index + record + recordSumCell] = -1
  }
}

function evict({ states = [] }: SeriesLayout, into: Slot, from: Slot, end: number): void {
  const { seconds } = readState({}, from, states, { now: end, end, offset: 0 })
  for (const [i, state] of states.entries()) {
    const cell = into.index + secondsCell + i
    into.cells[cell] = addSums(amountOr0(into.cells[cell] as number), ofState(seconds, state))
  }
}

function areStates(states: unknown): boolean {
  if (!Array.isArray(states) || !isIntegerWithin(states.length, 1, maxStates)) return false
  const areNames = states.every((state) => isNonEmptyText(state) && state.length <= maxStateLength)
  return areNames && new Set(states).size === states.length
}

/** Families of several apps may have other states. */
function joinHeads(head: StateFamilySnapshot, { states }: StateFamilySnapshot): StateFamilySnapshot {
  const isCovered = states.every((state, i) => head.states[i] === state || head.states.includes(state))
  return isCovered ? head : { ...head, states: [...new Set([...head.states, ...states])] }
}

const statistics: KindStatistics<StateSeries> = {
  default: 'value',
  named: {
    value: bare(({ value }) => value ?? undefined),
    users: bare(({ users }) => users),
    'seconds.*': inUnit(({ seconds }, _, state) => (Object.hasOwn(seconds, state) ? seconds[state] : undefined), 's'),
  },
}

export const stateRow: KindRow<StateFamilySnapshot> = {
  options: {
    ...seriesOptions,
    states: [areStates, `1 to ${maxStates} different strings of 1 to ${maxStateLength} characters`, 'required'],
  },
  statistics,
  cells: ({ states = [] }) => stateCells(states),
  isTimed: () => false,
  isConsistent: (_, slot) => isRecordConsistent(slot),
  read: ({ states = [] }, source, at) => readState(source.labels, source, states, at),
  head: ({ states = [] }) => ({ states }),
  traits: ({ states }) => JSON.stringify(states),
  distinction: () => 'with other states',
  joinHeads,
  sum: ({ states }) => stateSum(states),
  totals: {
    cumulative: ({ labels, seconds }) => ({ labels, value: null, seconds, processes: {}, users: 0 }),
    subtract: (before, after) =>
      secondsBy(after, (seconds, state) => Math.max(0, seconds - ofState(before.seconds, state))),
    sanitize: (series) => secondsBy(series, amountOr0),
    beginEvicted,
    evict,
  },
  familyFields: ['states'],
  fields: { value: 'state', seconds: 'secondsByState', processes: 'countByState', users: 'count' },
}
