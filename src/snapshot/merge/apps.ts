import type { Snapshot } from '../snapshot.ts'
import { labelled } from './by-worker.ts'
import { Merger, mergeSnapshots } from './merge.ts'

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
    const sums = [...this.apps].sort().map((app) => [app, this.mergers.get(app)?.end() as Snapshot] as const)
    this.apps.clear()
    return new Map(sums)
  }
}

/**
 * Several apps as one snapshot in which no numbers are added up across apps: each series says in the label `app` whose
 * it is. A label `app` of its own becomes `exported_app`, as Prometheus does it. What is of no app, under the empty name
 * or among `others`, has the labels that it has.
 */
export function joinApps(apps: ReadonlyMap<string, Snapshot>, ...others: readonly Snapshot[]): Snapshot {
  const named = [...apps].map(([app, snapshot]) => (app === '' ? snapshot : labelled(snapshot, { app })))
  return mergeAsLiving([...named, ...others])
}

/** Merges as if all writers lived, so that no gauge is lost. */
export function mergeAsLiving(snapshots: readonly Snapshot[]): Snapshot {
  const living = snapshots.map((one) => ({
    ...one,
    pages: one.pages.map((page) => ({ ...page, state: 'live' }) as const),
  }))
  return { ...mergeSnapshots(living), pages: snapshots.flatMap(({ pages }) => pages) }
}
