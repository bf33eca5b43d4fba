import { rowOf } from '../kinds/rows.ts'
import type { FamilySnapshot } from '../snapshot.ts'
import { mergeSnapshots } from './merge.ts'

type Series = FamilySnapshot['series'][number]

const known = new WeakMap<FamilySnapshot, Series | undefined>()

/** All series of a family of one page as one; `undefined` where there are none, or they cannot be one. Computed once for each family. */
export function mergedSeries(family: FamilySnapshot): Series | undefined {
  if (!known.has(family)) known.set(family, merged(family))
  return known.get(family)
}

function merged(family: FamilySnapshot): Series | undefined {
  const [first, ...others] = family.series as readonly Series[]
  if (first === undefined || others.length === 0) return first
  if (family.kind === 'text' || family.kind === 'info') return undefined
  const { areAlike, sum: sumOf } = rowOf(family.kind)
  // One family needs none of the checks of a merge of pages.
  if (areAlike !== undefined && others.every((one) => areAlike(first, one))) {
    const { begin, add, end } = sumOf(family)
    return { ...end(others.reduce((sum, one) => add(sum, one), begin(first))), labels: {} } as Series
  }
  const series = (family.series as readonly Series[]).map((one) => ({ ...one, labels: {} }))
  const families = [{ ...family, labelNames: [], series } as FamilySnapshot]
  const [sum] = mergeSnapshots([{ version: 1, takenAt: 0, pages: [], families }]).families
  return sum?.series[0]
}
