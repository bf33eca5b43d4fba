import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { Heat } from './heat.ts'
import { type FamilyHistory, isDistribution, ProcessHistory } from './process-history.ts'
import type { NumberedTrack, SeriesHistory, Supply } from './series-history.ts'
import { type Room, Slabs } from './slabs.ts'
import { Track, trackBytes, trackFloats } from './track.ts'

/** Where a track belongs. */
export interface Place {
  readonly process: ProcessHistory
  readonly family: FamilyHistory
  readonly series: SeriesHistory
}

/** Processes that have ended stay in the list for so long, and no more than so many. */
const endedSeconds = 3600
const maxEnded = 200

/** All numbers of all processes over time, in bounded memory. */
export class HistoryStore {
  /** By the file of their page. */
  readonly processes: Map<string, ProcessHistory> = new Map()
  /** Counts up by app whenever metrics or series come or go, or a number changes for the first time. */
  readonly versions: Map<string, number> = new Map()
  /** Whether a track found no room: none is sought again before some process has ended. */
  #isFull = false
  readonly #slabs: Slabs
  /** Whether a number changed for the first time. */
  #hasClaimed = false
  #numbers = 0
  readonly #numbered = new Map<number, Track | Heat>()
  readonly #supply: Supply = {
    add: (one) => {
      this.#numbered.set(++this.#numbers, one)
      return this.#numbers
    },
    remove: (id) => void this.#numbered.delete(id),
    claim: () => this.#claim(),
    release: (room) => this.#slabs.giveBack(room),
  }

  /** @param maxBytes what the points of all tracks take at most. */
  constructor(maxBytes: number) {
    this.#slabs = new Slabs(trackFloats, Math.floor(maxBytes / trackBytes))
  }

  get bytes(): number {
    return this.#slabs.used * trackBytes
  }

  /** Notes one page, or a part of it, as it was read; distributions must have their buckets. */
  take(process: ProcessHistory, snapshot: Snapshot, tick: number): void {
    this.#hasClaimed = false
    if (process.take(snapshot, tick) || this.#hasClaimed) this.#changed(process.page.app)
  }

  /** The process of a page, if it was seen before. */
  find(page: PageInfo): ProcessHistory | undefined {
    return this.processes.get(keyOf(page))
  }

  /** The process of a page, made where it is new. */
  processOf(page: PageInfo): ProcessHistory {
    const key = keyOf(page)
    const known = this.processes.get(key)
    if (known !== undefined) return known
    const made = new ProcessHistory(++this.#numbers, page, this.#supply)
    this.processes.set(key, made)
    this.#changed(page.app)
    return made
  }

  /** Forgets processes that ended long ago, or of which there are too many. */
  prune(now: number): void {
    this.#isFull = false
    const ended = [...this.processes].filter(([, { last }]) => last < now)
    ended.sort(([, a], [, b]) => b.last - a.last)
    for (const [i, [key, process]] of ended.entries())
      if (i >= maxEnded || process.last < now - endedSeconds) this.#drop(key, process)
  }

  /** All tracks of the processes that are wanted. */
  *tracks(isWanted: (process: ProcessHistory) => boolean): Generator<[NumberedTrack, Place]> {
    for (const process of this.processes.values()) {
      if (!isWanted(process)) continue
      for (const family of process.families.values())
        for (const series of family.all()) for (const track of series.tracks) yield [track, { process, family, series }]
    }
  }

  /** The families with distributions that tracks with these numbers belong to, by app. */
  distributionsOf(wanted: ReadonlySet<number>): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>()
    if (wanted.size === 0) return found
    for (const { page, families } of this.processes.values()) {
      for (const [name, history] of families) {
        const names = found.get(page.app) ?? new Set()
        if (names.has(name) || !isDistribution(history.family)) continue
        if (!history.all().some(({ tracks }) => tracks.some(({ id }) => wanted.has(id)))) continue
        found.set(page.app, names.add(name))
      }
    }
    return found
  }

  /** The track of that number, if there is one. */
  track(id: number): Track | undefined {
    const found = this.#numbered.get(id)
    return found instanceof Track ? found : undefined
  }

  heat(id: number): Heat | undefined {
    const found = this.#numbered.get(id)
    return found instanceof Heat ? found : undefined
  }

  #changed(app: string): void {
    this.versions.set(app, (this.versions.get(app) ?? 0) + 1)
  }

  #drop(key: string, process: ProcessHistory): void {
    process.forget()
    this.processes.delete(key)
    this.#changed(process.page.app)
  }

  /** Makes room from processes that have ended, oldest first. */
  #claim(): Room | undefined {
    let room = this.#slabs.take()
    if (room === undefined && !this.#isFull) {
      const ended = [...this.processes.values()].filter(({ page }) => !isAlive(page))
      ended.sort((a, b) => a.page.startedAt - b.page.startedAt).find((process) => process.free())
      room = this.#slabs.take()
      this.#isFull = room === undefined
    }
    if (room !== undefined) this.#hasClaimed = true
    return room
  }
}

function keyOf({ file, host, pid, tid, startedAt }: PageInfo): string {
  return `${file ?? host}:${pid}:${tid}:${startedAt}`
}
