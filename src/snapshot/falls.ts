import { continuations, pairedSeries } from './diff.ts'
import type { FamilySnapshot, Labels, Snapshot } from './snapshot.ts'

/** The series of which the total is lower than it was before, as after a reset, or when pages are gone. */
export function fallenSeries(before: Snapshot, after: Snapshot): { family: string; labels: Labels }[] {
  const fallen: { family: string; labels: Labels }[] = []
  const pairOf = continuations(before)
  for (const family of after.families) {
    const total = totalOf(family)
    const pair = total === undefined ? undefined : pairOf(family)
    if (total === undefined || pair === undefined) continue
    const [earlier, later] = pair as unknown as readonly { readonly series: readonly Series[] }[]
    pairedSeries(earlier?.series ?? [], later?.series ?? [], (one, other) => {
      if (total(other as never) < total(one as never)) fallen.push({ family: family.name, labels: other.labels })
      return other
    })
  }
  return fallen
}

type Series = FamilySnapshot['series'][number]

/** The number of a series that only goes up; `undefined` for families without one. */
function totalOf({ kind }: FamilySnapshot): ((series: never) => number) | undefined {
  switch (kind) {
    case 'counter':
    case 'meter':
      return ({ value }: { value: number }) => value
    case 'histogram':
    case 'timer':
    case 'average':
      return ({ count }: { count: number }) => count
    case 'state':
      return ({ seconds }: { seconds: Record<string, number> }) => Object.values(seconds).reduce((sum, n) => sum + n, 0)
    case 'gauge':
    case 'text':
    case 'info':
      return undefined
    default:
      return kind satisfies never
  }
}
