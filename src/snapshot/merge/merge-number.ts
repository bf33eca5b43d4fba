import type { CounterFamilySnapshot, CounterSeries, MeterFamilySnapshot, MeterSeries, Rates } from '../snapshot.ts'
import { newest } from './merge-exemplars.ts'
import type { MergedFamily, Mutable } from './merge-series.ts'
import { mergedSeries } from './merge-series.ts'
import type { Places } from './series-index.ts'

/** Counters add up; of their exemplars the newest stays. */
export function mergedCounters(first: CounterFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<CounterFamilySnapshot, CounterSeries, Mutable<CounterSeries>>(first, places, {
    begin: (one) => ({ ...one }),
    add(row, one) {
      addWhole(row, one)
      if (one.exemplars !== undefined) row.exemplars = newest(row.exemplars, one.exemplars)
    },
    end: (row) => row,
  })
}

/** Meters add up, and so do their rates. */
export function mergedMeters(first: MeterFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<MeterFamilySnapshot, MeterSeries, Mutable<MeterSeries>>(first, places, {
    begin: (one) => ({ ...one }),
    add(row, one) {
      row.value += one.value
      if (one.rates !== undefined) row.rates = addRates(row.rates, one.rates)
    },
    end: (row) => row,
  })
}

/** How often things happen that happen in two places; without a first one, as often as in the second. */
export function addRates(a: Rates | undefined, b: Rates): Rates {
  return a === undefined ? b : { mean: a.mean + b.mean, m1: a.m1 + b.m1, m5: a.m5 + b.m5, m15: a.m15 + b.m15 }
}

/** A number, with all its digits where it has more than a float64 holds. */
interface Digits {
  readonly value: number
  readonly exact?: string
}

/** Adds a number; where one of the two has more digits than a float64 holds, and both are whole, so does the sum. */
export function addWhole(row: Mutable<Digits>, one: Digits): void {
  const before = row.exact ?? row.value
  row.value += one.value
  if (row.exact === undefined && one.exact === undefined) return
  const added = one.exact ?? one.value
  const areWhole = [before, added].every((each) => typeof each === 'string' || Number.isSafeInteger(each))
  const sum = areWhole ? BigInt(before) + BigInt(added) : undefined
  if (sum !== undefined) row.value = Number(sum)
  if (sum === undefined || Number.isSafeInteger(row.value)) delete row.exact
  else row.exact = String(sum)
}
