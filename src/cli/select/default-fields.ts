import { bySignificance, isObserved } from '../../compare/significance.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import type { Field } from './field.ts'
import { withoutIdle } from './own-metrics.ts'

const ownPrefix = 'plimsoll.'

/**
 * What a live view shows where no fields are given: the counter or meter that counted most, the middle and the slow end of the
 * distribution with the most values, a gauge or state, then the next ones of each; at most `max` fields. Those of the app come
 * before what is observed of its process, and what counted nothing comes last. Where processes live, only what they have counts:
 * of those that have ended nothing changes any more.
 */
export function defaultFields(snapshots: readonly Snapshot[], max: number): Field[] {
  const living = snapshots.filter(({ pages }) => pages.some(isAlive))
  const { families: all } = mergeSnapshots(living.length > 0 ? living : snapshots)
  const families = withoutIdle(all).filter(({ name }) => !name.startsWith(ownPrefix))
  const busiest = (kinds: readonly FamilySnapshot['kind'][]): string[] => {
    const sizes = families.filter(({ kind }) => kinds.includes(kind)).map((one) => ({ ...one, size: activity(one) }))
    const own = sizes.filter((one) => !isObserved(one.name)).sort((a, b) => b.size - a.size)
    const observed = bySignificance(sizes.filter((one) => isObserved(one.name)))
    const counts = (one: { readonly size: number }): boolean => one.size > 0
    return [...own, ...observed.filter(counts), ...observed.filter((one) => !counts(one))].map(({ name }) => name)
  }
  const counters = busiest(['counter', 'meter'])
  const distributions = busiest(['timer', 'histogram'])
  const gauges = [...busiest(['gauge']), ...busiest(['state'])]
  const [counter, secondCounter, thirdCounter] = counters
  const [distribution, secondDistribution] = distributions
  const first: Wanted = counter === undefined ? [distribution, 'rate'] : [counter]
  const wanted: readonly Wanted[] = [
    first,
    [distribution, 'p50'],
    [distribution, 'p99'],
    [gauges[0]],
    [secondCounter],
    [secondDistribution, 'p99'],
    [gauges[1]],
    [thirdCounter],
  ]
  return wanted.flatMap(fieldOf).slice(0, max)
}

type Wanted = readonly [family: string | undefined, statistic?: string]

function fieldOf([family, statistic = '']: Wanted): Field[] {
  if (family === undefined) return []
  const text = statistic === '' ? family : `${family}.${statistic}`
  return [{ text, selectors: [{ family, labels: [], statistic }] }]
}

/** How much was counted since the start; 0 for what does not count, which stays in the order of its names. */
function activity(family: FamilySnapshot): number {
  const reader = statisticReader(family, 'total')
  if (reader === undefined) return 0
  return (family.series as readonly Series[]).reduce((sum, one) => sum + Number(reader.read(one)), 0)
}

type Series = FamilySnapshot['series'][number]
