import { withConflictCounts } from '../conflicts.ts'
import { rowOf } from '../kinds/rows.ts'
import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot.ts'
import { labelled } from './by-worker.ts'
import { Merger } from './merge.ts'

/** The app that a snapshot is of; empty for one of several apps, or of none. */
export function appOf({ pages }: Snapshot): string {
  const [first] = pages
  return first !== undefined && pages.every(({ app }) => app === first.app) ? first.app : ''
}

/** Adds up each app by itself, again and again, and remembers which series belong together. */
export class AppMerger {
  private readonly mergers = new Map<string, Merger>()
  /** Those of this merge. */
  private readonly apps = new Set<string>()

  /** Takes one more snapshot: each may go before the next is made, so that many take no more memory than one. */
  add(snapshot: Snapshot, app: string = appOf(snapshot)): void {
    const merger = this.mergers.get(app) ?? new Merger()
    this.mergers.set(app, merger)
    this.apps.add(app)
    merger.add(snapshot)
  }

  /** The sum of each app of which something was added since the last call, in the order of their names. */
  end(): Map<string, Snapshot> {
    for (const app of this.mergers.keys()) if (!this.apps.has(app)) this.mergers.delete(app)
    const sumOf = (app: string): Snapshot => withConflictCounts(this.mergers.get(app)?.end() as Snapshot)
    const sums = [...this.apps].sort().map((app) => [app, sumOf(app)] as const)
    this.apps.clear()
    return new Map(sums)
  }
}

/**
 * Several apps as one snapshot in which no numbers are added up across apps: each series says in the label `app` whose
 * it is. A label `app` of its own becomes `exported_app`, as Prometheus does it. What is of no app, under the empty name
 * or among `others`, has the labels that it has.
 *
 * Families of one name, kind and unit become one, also where their buckets, states or aggregations differ, as each series
 * stays that of its app. Of other families of one name that of the oldest app comes first, whichever apps came later.
 */
export function joinApps(apps: ReadonlyMap<string, Snapshot>, ...others: readonly Snapshot[]): Snapshot {
  const named = [...apps].map(([app, snapshot]) => (app === '' ? snapshot : labelled(snapshot, { app })))
  const snapshots = [...named, ...others]
  const takenAt = snapshots.reduce((latest, one) => Math.max(latest, one.takenAt), 0)
  const pages = snapshots.flatMap((one) => one.pages)
  const conflicts = snapshots.flatMap((one) => one.conflicts ?? [])
  const families = joinFamilies(snapshots)
  return { version: 1, takenAt, pages, families, ...(conflicts.length > 0 && { conflicts }) }
}

function joinFamilies(snapshots: readonly Snapshot[]): FamilySnapshot[] {
  const groups = new Map<string, FamilySnapshot[]>()
  const keyOf = ({ name, kind, unit }: FamilySnapshot): string => JSON.stringify([name, kind, unit])
  const byAge = [...snapshots].sort((a, b) => startOf(a) - startOf(b))
  for (const { families } of byAge) for (const family of families) groups.set(keyOf(family), [])
  for (const { families } of snapshots) for (const family of families) groups.get(keyOf(family))?.push(family)
  const joined = [...groups.values()].map(joinedFamily)
  return joined.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function startOf({ pages }: Snapshot): number {
  return pages.reduce((earliest, { startedAt }) => Math.min(earliest, startedAt), Number.MAX_VALUE)
}

function joinedFamily(families: readonly FamilySnapshot[]): FamilySnapshot {
  const [first, ...others] = families as [FamilySnapshot, ...FamilySnapshot[]]
  if (others.length === 0) return first
  const labelNames = [...new Set(families.flatMap((family) => family.labelNames))]
  const series = families.flatMap((family) => family.series as readonly unknown[])
  const { joinHeads = (head) => head } = rowOf(first.kind)
  return { ...others.reduce(joinHeads, first), labelNames, series } as FamilySnapshot
}

/**
 * The labels that all processes of a snapshot passed to `publish` alike, for the option `defaultLabels` of the Prometheus
 * formats. What is archived has none, and does not count.
 */
export function publishedLabels(pages: readonly PageInfo[]): Labels {
  const [first, ...others] = pages.filter(({ state }) => state !== 'archived').map(({ labels = {} }) => labels)
  const shared = Object.entries(first ?? {}).filter(([name, value]) => others.every((labels) => labels[name] === value))
  return Object.fromEntries(shared)
}

/** Merges as if all writers lived, so that no gauge is lost. */
export function mergeAsLiving(snapshots: readonly Snapshot[]): Snapshot {
  const merger = new Merger()
  for (const snapshot of snapshots) merger.add(snapshot, true)
  return merger.end()
}
