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
  const [only, second] = family.series as readonly Series[]
  if (second === undefined) return only
  if (family.kind === 'text' || family.kind === 'info') return undefined
  const series = (family.series as readonly Series[]).map((one) => ({ ...one, labels: {} }))
  const families = [{ ...family, labelNames: [], series } as FamilySnapshot]
  const [sum] = mergeSnapshots([{ version: 1, takenAt: 0, pages: [], families }]).families
  return sum?.series[0]
}
