import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  AverageSeries,
  Distribution,
  DistributionFamilySnapshot,
  DistributionSeries,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  MeterSeries,
  Rates,
  StateFamilySnapshot,
  StateSeries,
} from '../../snapshot/snapshot.ts'
import type { Vocabulary } from './vocabulary.ts'

type AnySeries = FamilySnapshot['series'][number]

/** Over which time a distribution is described: its last minute or five, or all that the series contains. */
export type LeafWindow = '1m' | '5m' | 'start'

/** The numbers of each series of a family, for receivers that know numbers with names only. */
export interface Leaves {
  /** Behind the name of the metric; `''` is the name itself. States may contain any character. */
  readonly names: readonly string[]
  /** How many of them, the first ones, only go up. */
  readonly totals: number
  /** How much work a series is, in multiples of that of a counter. */
  readonly effort: number
  /** Fills in the numbers of a series; NaN where it does not have one now. A method, so that those of all kinds are of one type. */
  read(series: AnySeries, into: Float64Array): void
}

/** `undefined` for families of texts and constants, which have no numbers. */
export function leavesOf(family: FamilySnapshot, words: Vocabulary, window: LeafWindow): Leaves | undefined {
  switch (family.kind) {
    case 'counter':
      return leaf(words.counter, 1)
    case 'gauge':
      return gaugeLeaves(family, words)
    case 'meter':
      return {
        names: [words.meter, ...words.rates],
        totals: 1,
        effort: 2,
        read({ value, rates }: MeterSeries, into) {
          into[0] = value
          readRates(rates, into, 1)
        },
      }
    case 'average':
      return averageLeaves(words)
    case 'histogram':
    case 'timer':
      return distributionLeaves(family, words, window)
    case 'state':
      return stateLeaves(family, words)
    case 'text':
    case 'info':
      return undefined
    default:
      return family satisfies never
  }
}

function leaf(name: string, totals: number): Leaves {
  return {
    names: [name],
    totals,
    effort: 1,
    read({ value }: GaugeSeries, into) {
      into[0] = value
    },
  }
}

const windows = ['1m', '5m'] as const

function gaugeLeaves({ series }: GaugeFamilySnapshot, words: Vocabulary): Leaves {
  if (!series.some(({ extremes }) => extremes !== undefined)) return leaf(words.gauge, 0)
  return {
    names: [words.gauge, ...windows.flatMap((window) => [`${window}.min`, `${window}.max`])],
    totals: 0,
    effort: 2,
    read({ value, extremes }: GaugeSeries, into) {
      into[0] = value
      for (const [i, window] of windows.entries()) {
        into[1 + 2 * i] = extremes?.[window]?.min ?? Number.NaN
        into[2 + 2 * i] = extremes?.[window]?.max ?? Number.NaN
      }
    },
  }
}

function averageLeaves({ count: countName, sum: sumName }: Vocabulary): Leaves {
  const totals = sumName === undefined ? [countName] : [countName, sumName]
  return {
    names: [...totals, 'mean'],
    totals: totals.length,
    effort: 1,
    read(series: AverageSeries, into) {
      into[0] = series.count
      into[1] = series.sum
      into[totals.length] = mean(series.window ?? series) ?? Number.NaN
    },
  }
}

function distributionLeaves({ kind }: DistributionFamilySnapshot, words: Vocabulary, window: LeafWindow): Leaves {
  const totals = words.sum === undefined ? [words.count] : [words.count, words.sum]
  const levels = ['min', 'max', 'mean', 'stddev', ...words.quantiles.map(([, name]) => name)]
  const rates = kind === 'timer' && words.timerRates ? words.rates : []
  const shares = [0, ...words.quantiles.map(([share]) => share), 1]
  const factor = kind === 'timer' ? words.timeFactor : 1
  const from = totals.length
  const end = from + levels.length
  return {
    names: [...totals, ...levels, ...rates],
    totals: from,
    effort: 10,
    read(series: DistributionSeries, into) {
      into.fill(Number.NaN, from)
      into[0] = series.count
      if (from > 1) into[1] = series.sum
      if (rates.length > 0) readRates(series.rates, into, end)
      const values: Distribution | undefined = window === 'start' ? series : series.recent?.[window]
      const found = values && quantiles(values, shares, series)
      if (values === undefined || found === undefined) return
      into[from] = found[0] as number
      into[from + 1] = found[shares.length - 1] as number
      into[from + 2] = mean(values) as number
      into[from + 3] = standardDeviation(values) as number
      for (let i = 1; i < shares.length - 1; i++) into[from + 3 + i] = found[i] as number
      if (factor !== 1) for (let i = from; i < end; i++) into[i] = (into[i] as number) * factor
    },
  }
}

function stateLeaves({ states }: StateFamilySnapshot, { seconds: before }: Vocabulary): Leaves {
  const { length } = states
  return {
    names: [...states.map((state) => before + state), ...states.map((state) => `processes.${state}`), 'users'],
    totals: length,
    effort: 1 + length / 2,
    read({ seconds, processes, users }: StateSeries, into) {
      for (const [i, state] of states.entries()) {
        into[i] = ofState(seconds, state)
        into[length + i] = ofState(processes, state)
      }
      into[2 * length] = users
    },
  }
}

function readRates(rates: Rates | undefined, into: Float64Array, at: number): void {
  into[at] = rates?.m1 ?? Number.NaN
  into[at + 1] = rates?.m5 ?? Number.NaN
  into[at + 2] = rates?.m15 ?? Number.NaN
}
