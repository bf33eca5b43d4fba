import { labelled } from '../fleet/by-worker.ts'
import { mergeSnapshots } from '../snapshot/merge.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * The pages of one app as one snapshot. Gauges of pages whose writer is gone are left out, unless `gaugesOfDead` asks
 * for them and no page is live: then the last values are all there is.
 */
export function joinPages(snapshots: readonly Snapshot[], gaugesOfDead: boolean): Snapshot {
  const allGone = snapshots.every(({ pages }) => pages.every(({ state }) => state !== 'live'))
  return allGone && gaugesOfDead ? joinAll(snapshots) : mergeSnapshots(snapshots)
}

/**
 * Several apps as one snapshot in which no numbers are added up across apps: each series says in the label `app` whose
 * it is. A label `app` of its own becomes `exported_app`, as Prometheus does it.
 */
export function joinApps(apps: ReadonlyMap<string, Snapshot>): Snapshot {
  return joinAll([...apps].map(([app, snapshot]) => labelled(snapshot, { app })))
}

/** Merges as if all writers lived, so that no gauge is lost. */
function joinAll(snapshots: readonly Snapshot[]): Snapshot {
  const living = snapshots.map((one) => ({
    ...one,
    pages: one.pages.map((page) => ({ ...page, state: 'live' }) as const),
  }))
  return { ...mergeSnapshots(living), pages: snapshots.flatMap(({ pages }) => pages) }
}
