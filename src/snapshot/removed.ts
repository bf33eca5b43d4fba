import { familyHead, labelKey, sameLabels } from './diff.ts'
import { rowOf } from './kinds/rows.ts'
import type { FamilySnapshot, Labels, Snapshot } from './snapshot.ts'

/** What of a snapshot a later one of the same source does not contain any more: whole families, and series of others. */
export function removedSeries(before: Snapshot, after: Snapshot): Snapshot {
  const known = new Map(after.families.map((family) => [familyHead(family), family]))
  const families = before.families.flatMap((family) => {
    const later = known.get(familyHead(family))
    const series = later === undefined ? family.series : without(family, later)
    return series.length === 0 ? [] : [{ ...family, series } as FamilySnapshot]
  })
  const { conflicts: _, ...rest } = before
  return { ...rest, families }
}

interface Series {
  readonly labels: Labels
}

function without(family: FamilySnapshot, later: FamilySnapshot): readonly Series[] {
  // Texts with the same labels are told apart by what they say.
  const textOf = rowOf(family.kind).textOf as ((series: Series) => string) | undefined
  const keyOf = (series: Series): string => `${labelKey(series.labels)}${textOf?.(series) ?? ''}`
  let keys: Set<string> | undefined
  return (family.series as readonly Series[]).filter((series, i) => {
    // Two snapshots of one source have their series in the same order: then no look-up by label is needed.
    const opposite = later.series[i] as Series | undefined
    if (
      opposite !== undefined &&
      sameLabels(opposite.labels, series.labels) &&
      textOf?.(opposite) === textOf?.(series)
    ) {
      return false
    }
    keys ??= new Set((later.series as readonly Series[]).map(keyOf))
    return !keys.has(keyOf(series))
  })
}
