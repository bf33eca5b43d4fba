import { type OptionRule, oneOf } from '../../options.ts'

/** Whose names statistics have behind the name of the metric. */
export type LeafNames = 'plimsoll' | 'scales' | 'tapes'

/** How the statistics of a series are called; `''` is the name of the metric itself, `undefined` is left out. */
export interface Vocabulary {
  readonly counter: string
  readonly gauge: string
  readonly meter: string
  readonly count: string
  readonly sum: string | undefined
  /** Rates over 1, 5 and 15 minutes. */
  readonly rates: readonly string[]
  /** Whether timers have rates as well. */
  readonly timerRates: boolean
  /** Names by share, ascending. */
  readonly quantiles: readonly (readonly [share: number, name: string])[]
  /** What seconds of a timer are multiplied by. */
  readonly timeFactor: number
  /** Seconds in a state, before its name. */
  readonly seconds: string
}

export const vocabularies: Readonly<Record<LeafNames, Vocabulary>> = {
  plimsoll: {
    counter: '',
    gauge: '',
    meter: '',
    count: 'count',
    sum: 'sum',
    rates: ['m1', 'm5', 'm15'],
    timerRates: true,
    quantiles: [
      [0.5, 'p50'],
      [0.75, 'p75'],
      [0.9, 'p90'],
      [0.95, 'p95'],
      [0.99, 'p99'],
      [0.999, 'p999'],
    ],
    timeFactor: 1,
    seconds: 'seconds.',
  },
  scales: {
    counter: '',
    gauge: '',
    meter: 'count',
    count: 'count',
    sum: undefined,
    rates: ['m1', 'm5', 'm15'],
    timerRates: false,
    quantiles: [
      [0.5, 'median'],
      [0.75, '75percentile'],
      [0.95, '95percentile'],
      [0.98, '98percentile'],
      [0.99, '99percentile'],
      [0.999, '999percentile'],
    ],
    timeFactor: 1,
    seconds: '',
  },
  tapes: {
    counter: 'value',
    gauge: 'value',
    meter: 'total',
    count: 'total',
    sum: undefined,
    rates: ['m1_rate', 'm5_rate', 'm15_rate'],
    timerRates: true,
    quantiles: [
      [0.5, 'q50'],
      [0.75, 'q75'],
      [0.98, 'q98'],
      [0.99, 'q99'],
      [0.999, 'q999'],
    ],
    timeFactor: 1000,
    seconds: 'seconds.',
  },
}

export const namesRule: OptionRule = oneOf(...Object.keys(vocabularies))
