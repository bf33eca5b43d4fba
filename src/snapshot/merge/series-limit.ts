import { overflowLabels } from '../kinds/evict-series.ts'
import { rowOf } from '../kinds/rows.ts'
import { defaultMaxSeries } from '../limits.ts'
import type { FamilySnapshot, Labels } from '../snapshot.ts'
import { MergedFamily } from './merged-family.ts'
import { SeriesIndex } from './series-index.ts'

/** How many series a sum of this family may have, those that stand for others not counted. */
export function seriesLimitOf(family: FamilySnapshot): number {
  const { kind, maxSeries = defaultMaxSeries } = family
  // Of some kinds, processes have series of their own, which do not become one.
  const isApart = kind === 'gauge' ? family.aggregation === 'process' : rowOf(kind).totals === undefined
  return isApart ? Number.POSITIVE_INFINITY : maxSeries
}

/** Whether a series has labels of its own, and neither stands for others nor is all that there is. */
export function isOwnSeries({ labelNames }: FamilySnapshot, labels: Labels): boolean {
  return labelNames.some((name) => Object.hasOwn(labels, name))
}

/**
 * A family with no more series than its declaration allows: further ones are added up in its series `overflow`, as in each
 * process. Those of living processes stay before others, and what was met first before what came later.
 */
export function limitSeries(family: FamilySnapshot, livingSeries: () => readonly boolean[]): FamilySnapshot {
  const limit = seriesLimitOf(family)
  if (family.series.length <= limit) return family
  const own = family.series.flatMap(({ labels }, i) => (isOwnSeries(family, labels) ? [i] : []))
  if (own.length <= limit) return family
  const living = livingSeries()
  const inOrder = [...own.filter((i) => living[i]), ...own.filter((i) => !living[i])]
  const excess = new Set(inOrder.slice(limit))
  const series = family.series.map((one, i) => (excess.has(i) ? { ...one, labels: overflowLabels } : one))
  const rank = { lives: false, startedAt: 0 }
  const sum = new MergedFamily(family, undefined, rank, new SeriesIndex())
  sum.add({ ...family, series } as FamilySnapshot, 0, undefined, rank)
  return sum.family()
}
