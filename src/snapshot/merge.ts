import { lastingFamily } from './lasting.ts'
import { mergedFamily } from './merge-family.ts'
import type { MergedFamily } from './merge-series.ts'
import type { FamilySnapshot, GaugeFamilySnapshot, PageInfo, Snapshot } from './snapshot.ts'

/** Names the process of a gauge that is not joined: `<pid>-<tid>`. */
const processLabel = 'process'

/**
 * Several snapshots as one: counters and distributions add up, gauges join as their `aggregation` says, equal texts count
 * their processes and different ones stand side by side.
 *
 * - `takenAt` is the latest; pages stand one after the other. No snapshots give an empty one, taken at 0.
 * - Families join when name, kind, unit, aggregation and explicit bounds agree. Where one of these differs, adding up
 *   would be wrong: the later family is kept as one of its own, of the same name, right behind the first.
 *   `help` and the order of labels are the first one's; where label names differ, the family has them all.
 * - Series join by label values, texts by label values and text. Distributions add bucket by bucket, at the lowest scale among those that have values.
 * - A gauge or text of dead processes is no present state: they are left out when a snapshot has pages and none is live.
 *   Every merged gauge and text says in `processes` how many are in it; a `mean` is weighted by that.
 *
 * Merging is associative, and commutative but for the order of pages and families and the help text, up to float rounding.
 * The inputs are not changed; the result may share parts with them. Cost: linear in the number of series.
 */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  let takenAt = 0
  const pages: PageInfo[] = []
  const byName = new Map<string, MergedFamily[]>()
  for (const snapshot of snapshots) {
    if (snapshot.takenAt > takenAt) takenAt = snapshot.takenAt
    for (const page of snapshot.pages) pages.push(page)
    const present = snapshot.pages.length === 0 || snapshot.pages.some((page) => page.state === 'live')
    const [page] = snapshot.pages
    for (const family of snapshot.families) {
      const lasting = present ? family : lastingFamily(family)
      if (lasting === undefined) continue
      const ofProcess = lasting.kind === 'gauge' && lasting.aggregation === 'process' && snapshot.pages.length === 1
      join(byName, ofProcess && page !== undefined ? withProcess(lasting, page) : lasting)
    }
  }
  const names = [...byName.keys()].sort()
  const families = names.flatMap((name) => (byName.get(name) ?? []).map((merged) => merged.family()))
  return { version: 1, takenAt, pages, families }
}

/** Puts the process on each series of a page, unless an earlier merge has. */
function withProcess(family: GaugeFamilySnapshot, { pid, tid }: PageInfo): GaugeFamilySnapshot {
  const process = `${pid}-${tid}`
  const series = family.series.map((one) =>
    Object.hasOwn(one.labels, processLabel) ? one : { ...one, labels: { ...one.labels, [processLabel]: process } },
  )
  const { labelNames } = family
  return {
    ...family,
    labelNames: labelNames.includes(processLabel) ? labelNames : [...labelNames, processLabel],
    series,
  }
}

/** Adds the series to the families they fit; a family of mixed bounds ends up as one for each list of bounds. */
function join(byName: Map<string, MergedFamily[]>, family: FamilySnapshot): void {
  const known = byName.get(family.name) ?? []
  byName.set(family.name, known)
  let next = 0
  do {
    const fitting = known.find((merged) => merged.fits(family, next))
    const target = fitting ?? mergedFamily(family)
    if (fitting === undefined) known.push(target)
    next = target.add(family, next)
  } while (next < family.series.length)
}
