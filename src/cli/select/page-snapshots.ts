import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'

/** Pages of one app, in the order of their process and thread ids; apps in the order of their names. */
export function byApp(snapshots: readonly Snapshot[]): ReadonlyMap<string, readonly Snapshot[]> {
  return grouped(snapshots, ({ app }) => app)
}

/** Pages of the same name, in the order of their apps, process and thread ids. */
export function grouped(
  snapshots: readonly Snapshot[],
  name: (page: PageInfo) => string,
): ReadonlyMap<string, readonly Snapshot[]> {
  const groups = new Map<string, Snapshot[]>()
  for (const snapshot of [...snapshots].sort((a, b) => order(pageOf(a), pageOf(b)))) {
    const key = name(pageOf(snapshot))
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [snapshot])
    else known.push(snapshot)
  }
  return groups
}

/** Without pages that are named by themselves, but are in an archive that is chosen, too. */
export function countedOnce(snapshots: readonly Snapshot[], retained: readonly string[]): readonly Snapshot[] {
  const inArchives = new Set(snapshots.filter(isArchive).map((one) => pageOf(one).app))
  return snapshots.filter((one) => {
    const { file, app } = pageOf(one)
    return isArchive(one) || !retained.includes(file ?? '') || !inArchives.has(app)
  })
}

/** Whether a snapshot is that of an archive, with what all processes of an app have counted that are gone. */
export function isArchive(snapshot: Snapshot): boolean {
  return pageOf(snapshot).state === 'archived'
}

/** The page that a page's snapshot is of. */
export function pageOf({ pages }: Snapshot): PageInfo {
  return pages[0] as PageInfo
}

/** By app, then process, then thread; of pages that share these, by age. */
export function order(a: PageInfo, b: PageInfo): number {
  if (a.app !== b.app) return a.app < b.app ? -1 : 1
  return a.pid - b.pid || a.tid - b.tid || a.startedAt - b.startedAt
}
