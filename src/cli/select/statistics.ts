import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Statistic } from './field.ts'

const ofCounter = ['rate', 'count', 'total', 'value']
const ofRates = ['m1', 'm5', 'm15']
const ofValues = ['rate', 'count', 'mean', 'stddev', 'p0 to p100']
const ofDistribution = [...ofValues, 'total', 'min', 'max', ...ofValues.flatMap((one) => [`1m.${one}`, `5m.${one}`])]

/** What may follow the name of a metric of this kind, to tell people. */
export const statisticsOf: Readonly<Record<FamilySnapshot['kind'], readonly string[]>> = {
  counter: ofCounter,
  gauge: ['value', '1m.min', '1m.max', '5m.min', '5m.max'],
  meter: [...ofCounter, ...ofRates],
  histogram: ofDistribution,
  timer: [...ofDistribution, ...ofRates, 'last'],
  average: ['rate', 'count', 'total', 'mean', 'window'],
  state: ['value', 'users'],
  text: ['value'],
  info: [],
}

/** Whether a kind of metric has a statistic at all. */
export function hasStatistic(kind: FamilySnapshot['kind'], statistic: Statistic): boolean {
  if (statistic === '') return kind !== 'info'
  return statisticsOf[kind].includes(statistic.replace(/(^|\.)p\d.*$/, '$1p0 to p100'))
}
