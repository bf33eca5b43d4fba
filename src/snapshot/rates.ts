import type { Rates } from './snapshot.ts'

/**
 * The cells of rates, counted from the first: when the series began, when the rates were last brought up to date and at
 * which count (Unix time in seconds; 0 for not yet), then the averages over 1, 5 and 15 minutes, per second.
 */
export const startedAtCell = 0
export const tickedAtCell: number = startedAtCell + 1
export const tickedCountCell: number = tickedAtCell + 1
export const firstAverageCell: number = tickedCountCell + 1
const minutes: readonly number[] = [1, 5, 15]
export const rateCells: number = firstAverageCell + minutes.length

/** A writer that did not bring its rates up to date for so many seconds is blocked or gone: its readers do it then. */
const lateSeconds = 10

/** Begins rates; `now` in Unix seconds. */
export function beginRates(cells: Float64Array, index: number, now: number): void {
  cells[index + startedAtCell] = now
}

/**
 * Turns the growth of `count` since the last tick into rates. `elapsed` are the seconds since then by a clock that never
 * jumps; `jump` is by how much the Unix time `now` went another way than that.
 */
export function tickRates(
  cells: Float64Array,
  index: number,
  count: number,
  now: number,
  elapsed: number,
  jump: number,
): void {
  if (!(elapsed > 0)) return
  const isFirst = cells[index + tickedAtCell] === 0
  const rate = Math.max(0, count - (cells[index + tickedCountCell] as number)) / elapsed
  if (jump !== 0) (cells[index + startedAtCell] as number) += jump
  // The time first: a reader that comes in between sees rates of one tick ago, and never a growth over no time.
  cells[index + tickedAtCell] = now
  for (let i = 0; i < minutes.length; i++) {
    const at = index + firstAverageCell + i
    cells[at] = isFirst ? rate : decayed(cells[at] as number, rate, elapsed, minutes[i] as number)
  }
  cells[index + tickedCountCell] = count
}

/** The rates at `now`, in Unix seconds: for a writer that is blocked or gone decayed further. `undefined` before the first tick. */
export function readRates(cells: Float64Array, index: number, count: number, now: number): Rates | undefined {
  const tickedAt = cells[index + tickedAtCell] as number
  if (!(tickedAt > 0)) return undefined
  const age = now - (cells[index + startedAtCell] as number)
  const mean = age > 0 ? count / age : 0
  const elapsed = now - tickedAt
  const rate = Math.max(0, count - (cells[index + tickedCountCell] as number)) / elapsed
  const [m1 = 0, m5 = 0, m15 = 0] = minutes.map((window, i) => {
    const average = cells[index + firstAverageCell + i] as number
    return elapsed < lateSeconds ? average : decayed(average, rate, elapsed, window)
  })
  return { mean, m1, m5, m15 }
}

/**
 * The exponentially weighted moving average of Unix load averages and of Dropwizard's EWMA, for ticks of any length: the
 * old value keeps e^(-elapsed / window) of its weight, what came meanwhile gets the rest.
 */
function decayed(average: number, rate: number, elapsed: number, windowMinutes: number): number {
  return average + -Math.expm1(-elapsed / (windowMinutes * 60)) * (rate - average)
}
