import { endTime, isAlive } from '../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** A process that ended or began, and the snapshot that shows it. */
export interface Life {
  readonly page: PageInfo
  /** When it did, in Unix seconds; absent where that is not known any more. */
  readonly at?: number
  readonly snapshot: Snapshot
}

/** What happened to processes between two moments. */
export interface Lives {
  /** In the order in which they did. */
  readonly ended: readonly Life[]
  readonly began: readonly Life[]
  /** Those that lived at the first moment, by {@link lifeKey}. */
  readonly lived: ReadonlySet<string>
  /** Those of them that lived at the second one, too. */
  readonly lasting: ReadonlyMap<string, PageInfo>
}

/** What tells a process or thread from all others at any time. */
export function lifeKey({ host, container, file, pid, tid, startedAt }: PageInfo): string {
  return JSON.stringify([host, container, file, pid, tid, startedAt])
}

/** What happened to the processes of all snapshots of one moment until another one. */
export function livesBetween(before: readonly Snapshot[], after: readonly Snapshot[]): Lives {
  const [old, now] = [livesOf(before), livesOf(after)]
  const ended: Life[] = []
  const began: Life[] = []
  const lasting = new Map<string, PageInfo>()
  for (const [key, { page, snapshot }] of now) {
    const known = old.get(key)?.page
    if (isAlive(page)) {
      if (known === undefined) began.push({ page, snapshot, at: page.startedAt })
      else lasting.set(key, page)
    } else if (page.state !== 'archived' && (known === undefined || isAlive(known))) {
      ended.push({ page, snapshot, at: endTime(page, snapshot.takenAt) })
    }
  }
  for (const [key, { page, snapshot }] of old) {
    if (isAlive(page) && !now.has(key)) ended.push({ page: { ...page, state: 'archived' }, snapshot })
  }
  const byTime = (a: Life, b: Life): number => (a.at ?? 0) - (b.at ?? 0)
  const lived = new Set([...old].filter(([, { page }]) => isAlive(page)).map(([key]) => key))
  return { ended: ended.sort(byTime), began: began.sort(byTime), lived, lasting }
}

function livesOf(snapshots: readonly Snapshot[]): ReadonlyMap<string, Life> {
  return new Map(
    snapshots.flatMap((snapshot) => snapshot.pages.map((page) => [lifeKey(page), { page, snapshot }] as const)),
  )
}

/** The last moment at which any of the processes of a snapshot lived. */
export function livedUntil({ pages, takenAt }: Snapshot): number {
  if (pages.length === 0 || pages.some(isAlive)) return takenAt
  return pages.reduce((last, page) => Math.max(last, Math.min(takenAt, endTime(page, takenAt))), 0)
}
