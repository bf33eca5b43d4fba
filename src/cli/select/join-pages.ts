import { withCollisionCounts } from '../../formats/exposition/collisions.ts'
import { withConflictCounts } from '../../snapshot/conflicts.ts'
import { joinApps, mergeAsLiving } from '../../snapshot/merge/apps.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'

/**
 * The pages of one app as one snapshot. Gauges of ended writers are left out, unless `gaugesOfDead` includes
 * for them and no page is live: then the last values are all there is.
 */
export function joinPages(snapshots: readonly Snapshot[], gaugesOfDead: boolean): Snapshot {
  const allGone = snapshots.every(({ pages }) => !pages.some(isAlive))
  return withConflictCounts(allGone && gaugesOfDead ? mergeAsLiving(snapshots) : mergeSnapshots(snapshots))
}

/** The same with the last gauges, where no page is live, of those alone that `lived` when one looked before. */
export function joinSurvivors(snapshots: readonly Snapshot[], lived: (page: PageInfo) => boolean): Snapshot {
  const pages = snapshots.flatMap((one) => one.pages)
  if (pages.some(isAlive) || !pages.some(lived)) return joinPages(snapshots, true)
  const asLiving = snapshots.map((one) => ({
    ...one,
    pages: one.pages.map((page) => (lived(page) ? { ...page, state: 'live' as const } : page)),
  }))
  return { ...joinPages(asLiving, false), pages }
}

/**
 * The totals of apps as a server returns them, and metrics of no app. With one selected app, series have their declared
 * labels; otherwise they have the label `app`, even while there is only one app.
 */
export function servedApps(
  apps: ReadonlyMap<string, Snapshot>,
  asked: readonly string[],
  ...others: readonly Snapshot[]
): Snapshot {
  const [only] = apps.values()
  if (asked.length !== 1 || only === undefined) return withCollisionCounts(joinApps(apps, ...others))
  return withCollisionCounts(others.length === 0 ? only : mergeAsLiving([only, ...others]))
}
