import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { type Field, parseField } from './field.ts'

const ownPrefix = 'plimsoll.'

/**
 * What a live view shows when nobody says: the counter or meter that counted most, the middle and the slow end of the
 * distribution with the most values, a gauge or state, then the next ones of each; at most `most` fields.
 */
export function defaultFields(snapshots: readonly Snapshot[], most: number): Field[] {
  const families = mergeSnapshots(snapshots).families.filter(({ name }) => !name.startsWith(ownPrefix))
  const busiest = (kinds: readonly FamilySnapshot['kind'][]): string[] =>
    families
      .filter(({ kind }) => kinds.includes(kind))
      .sort((a, b) => activity(b) - activity(a))
      .map(({ name }) => name)
  const counters = busiest(['counter', 'meter'])
  const distributions = busiest(['timer', 'histogram'])
  const gauges = [...busiest(['gauge']), ...busiest(['state'])]
  const [counter, secondCounter, thirdCounter] = counters
  const [distribution, secondDistribution] = distributions
  const first = counter ?? (distribution && `${distribution}.rate`)
  const middle = distribution && [`${distribution}.p50`, `${distribution}.p99`]
  const wanted = [
    first,
    ...(middle ?? []),
    gauges[0],
    secondCounter,
    secondDistribution && `${secondDistribution}.p99`,
    gauges[1],
    thirdCounter,
  ]
  return [...new Set(wanted.filter((text) => text !== undefined))].slice(0, most).map((text) => parseField(text))
}

function activity(family: FamilySnapshot): number {
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return family.series.reduce((sum, { value }) => sum + value, 0)
    case 'gauge':
    case 'state':
    case 'text':
    case 'info':
      // Gauges have no activity to compare: they stay in the order of their names.
      return 0
    case 'histogram':
    case 'timer':
    case 'average':
      return family.series.reduce((sum, { count }) => sum + count, 0)
    default:
      return family satisfies never
  }
}
