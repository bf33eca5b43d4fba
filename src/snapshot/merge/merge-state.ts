import type { Labels, StateFamilySnapshot, StateSeries } from '../snapshot.ts'
import type { MergedFamily } from './merge-series.ts'
import { mergedSeries } from './merge-series.ts'
import type { Places } from './series-index.ts'

/** Numbers by the place of their state. */
interface Row {
  readonly labels: Labels
  readonly seconds: number[]
  readonly processes: number[]
  users: number
}

/**
 * Seconds, processes and users add up; the state is the one that most processes are in, of several the one that was
 * declared first. Families with other lists of states do not fit.
 */
export function mergedStates(first: StateFamilySnapshot, places: Places): MergedFamily {
  const { states } = first
  const add = (row: Row, { seconds, processes, users }: StateSeries): void => {
    for (const [i, state] of states.entries()) {
      row.seconds[i] = (row.seconds[i] ?? 0) + ofState(seconds, state)
      row.processes[i] = (row.processes[i] ?? 0) + ofState(processes, state)
    }
    row.users += users
  }
  return mergedSeries<StateFamilySnapshot, StateSeries, Row>(first, places, {
    fits: (_, family) => sameStates(states, family.states),
    begin(one) {
      const row: Row = { labels: one.labels, seconds: [], processes: [], users: 0 }
      add(row, one)
      return row
    },
    add,
    end({ labels, seconds, processes, users }) {
      const most = Math.max(0, ...processes)
      return {
        labels,
        value: most === 0 ? null : (states[processes.indexOf(most)] ?? null),
        seconds: Object.fromEntries(states.map((state, i) => [state, seconds[i] ?? 0])),
        processes: Object.fromEntries(
          states.flatMap((state, i) => ((processes[i] ?? 0) > 0 ? [[state, processes[i] ?? 0]] : [])),
        ),
        users,
      }
    },
  })
}

/** The number of a state, which may be named like a method of Object.prototype; 0 for one that is not there. */
export function ofState(numbers: Readonly<Record<string, number>>, state: string): number {
  return Object.hasOwn(numbers, state) ? (numbers[state] ?? 0) : 0
}

function sameStates(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((state, i) => state === b[i]))
}
