import { basename } from 'node:path'
import { openPage } from '../../page/read/reader.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import type { Cleared } from '../../snapshot/store.ts'
import { mapFamilies } from '../../snapshot/totals.ts'
import type { Archive } from './archive.ts'
import { aboutPage } from './dead-page.ts'
import { seriesKey } from './last-seen.ts'

/**
 * The header of a page is a moment behind its log, and the clock of another container may run a little apart. How far a page is
 * behind its writer does not count: the header has the time from which on the file has it.
 */
const slackSeconds = 1

/** Up to when the pages of an app were looked at for an archive, where it was not written again. */
const lookedAt = new WeakMap<Archive, number>()

/** What the processes of an app have removed with all that it counted, and when. */
export class Clearings {
  /** For each series, and for families as a whole, when it was removed by which page. */
  private readonly times = new Map<string, Map<string, number>>()
  private readonly families = new Set<string>()

  add(file: string, { cleared, labels, time }: Cleared): void {
    this.families.add(cleared)
    const key = keyOf(cleared, labels)
    const known = this.times.get(key) ?? new Map<string, number>()
    this.times.set(key, known.set(file, Math.max(time, known.get(file) ?? 0)))
  }

  get isEmpty(): boolean {
    return this.times.size === 0
  }

  /**
   * A snapshot without the series that were removed after a process had them the last time; itself where none is. What a page
   * has of a series that it removed itself, it has counted since.
   */
  without(snapshot: Snapshot, seenAt: (labels: Labels, name: string) => number, own?: string): Snapshot {
    if (this.isEmpty) return snapshot
    const isGone = (name: string, labels: Labels): boolean => {
      const times = [...(this.times.get(keyOf(name)) ?? []), ...(this.times.get(keyOf(name, labels)) ?? [])]
      return times.some(([file, time]) => file !== own && time > seenAt(labels, name))
    }
    let isChanged = false
    const left = mapFamilies(snapshot, (family) => {
      if (!this.families.has(family.name)) return family
      const series = family.series.filter(({ labels }) => !isGone(family.name, labels))
      if (series.length === family.series.length) return family
      isChanged = true
      return series.length === 0 ? undefined : ({ ...family, series } as FamilySnapshot)
    })
    return isChanged ? left : snapshot
  }
}

function keyOf(family: string, labels?: Labels): string {
  return labels === undefined ? family : seriesKey(family, labels)
}

/** What pages say was removed since the archives of their apps were written, by app. */
export function readClearings(
  files: readonly string[],
  archives: readonly Archive[],
  now: number,
): ReadonlyMap<string, Clearings> {
  const byApp = new Map(archives.map((archive) => [archive.app, archive]))
  const clearings = new Map<string, Clearings>()
  for (const file of files) {
    const about = aboutPage(file)
    const archive = about && byApp.get(about.app)
    if (about === undefined || about.cleared === 0 || archive?.pages.has(basename(file))) continue
    const known = archive === undefined ? 0 : Math.max(archive.snapshot.takenAt, lookedAt.get(archive) ?? 0)
    if (about.cleared < known - slackSeconds) continue
    const ofApp = clearings.get(about.app) ?? new Clearings()
    clearings.set(about.app, ofApp)
    // Older ones change nothing more: what an archive has of such a series is of processes that ended later.
    for (const cleared of clearedIn(file)) ofApp.add(file, cleared)
  }
  for (const archive of archives) lookedAt.set(archive, now)
  return clearings
}

function clearedIn(file: string): readonly Cleared[] {
  try {
    const page = openPage(file)
    try {
      page.read()
      return page.cleared
    } finally {
      page.close()
    }
  } catch {
    // Damaged or gone: reading reports it.
    return []
  }
}
