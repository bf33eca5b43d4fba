import { parseJson } from '../../formats/json-parse.ts'
import type { FamilySnapshot, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { ValuesMessage } from './message.ts'
import { withHosts } from './process-label.ts'
import { RecordReader } from './records.ts'

interface Family {
  readonly head: FamilySnapshot
  readonly numbers: Set<number>
}

type Series = FamilySnapshot['series'][number]

interface Entry {
  readonly family: Family
  readonly series: Series
  /** Of the text that it came in. */
  readonly bytes: number
}

/** More series than that of one publisher are not taken. */
const mostSeries = 1_000_000

/** The values of one publisher, by the numbers that it gave to its series. */
export class ReceivedValues {
  takenAt = 0
  pages: readonly PageInfo[] = []
  /** How long the texts were that the present series came in: what they take is in proportion to it. */
  bytes = 0
  /** By all that they are but their series. */
  private families = new Map<string, Family>()
  private series = new Map<number, Entry>()

  /** Takes a message in; false, and then with an unknown part of it, where it cannot be understood. */
  apply(message: ValuesMessage): boolean {
    let told: Snapshot
    try {
      told = withHosts(parseJson(message.json))
    } catch {
      return false
    }
    // Of no process nobody could say whether it lives.
    if (told.pages.length === 0) return false
    if (message.isFull) this.clear()
    this.takenAt = told.takenAt
    this.pages = told.pages
    const { whole, json } = message
    return (
      this.applyWhole(told, whole, json.length) &&
      this.applyRecorded(message) &&
      this.applyRemoved(message) &&
      this.applyChanged(message)
    )
  }

  /** Takes in what changed by its value alone; false as for {@link apply}. */
  applyChanged({ changed, values }: ValuesMessage): boolean {
    for (let i = 0; i < changed.length; i++) {
      const number = changed[i] as number
      const value = values[i] as number
      const entry = this.series.get(number)
      if (entry === undefined || !Number.isFinite(value)) return false
      const { series } = entry
      if (!('value' in series) || typeof series.value !== 'number') return false
      this.series.set(number, { ...entry, series: { ...series, value } as Series })
    }
    return true
  }

  /** What a snapshot has, numbered anew. */
  restore(snapshot: Snapshot, bytes: number): void {
    const count = snapshot.families.reduce((sum, { series }) => sum + series.length, 0)
    this.takenAt = snapshot.takenAt
    this.pages = snapshot.pages
    this.clear()
    this.applyWhole(
      snapshot,
      Uint32Array.from({ length: count }, (_, i) => i),
      bytes,
    )
  }

  /** All families with their series. */
  read(): FamilySnapshot[] {
    return [...this.families.values()].map(({ head, numbers }) => {
      return { ...head, series: Array.from(numbers, (number) => this.series.get(number)?.series) } as FamilySnapshot
    })
  }

  private clear(): void {
    this.families = new Map()
    this.series = new Map()
    this.bytes = 0
  }

  private applyWhole({ families }: Snapshot, numbers: Uint32Array, length: number): boolean {
    const count = families.reduce((sum, { series }) => sum + series.length, 0)
    // A family without series would be kept until the next full message, and each message could bring others.
    if (count !== numbers.length || families.some(({ series }) => series.length === 0)) return false
    const bytes = length / count
    let i = 0
    for (const told of families) {
      const family = this.familyOf(told)
      for (const series of told.series) {
        const number = numbers[i++] as number
        const known = this.series.get(number)
        if (known === undefined ? this.series.size >= mostSeries : known.family !== family) return false
        // The same object each time: whoever merges finds its place by that.
        const labels = known?.series.labels ?? series.labels
        this.series.set(number, { family, series: { ...series, labels } as Series, bytes })
        family.numbers.add(number)
        this.bytes += bytes - (known?.bytes ?? 0)
      }
    }
    return true
  }

  private familyOf(told: FamilySnapshot): Family {
    const head = { ...told, series: [] }
    const key = JSON.stringify(head)
    let family = this.families.get(key)
    if (family === undefined) {
      family = { head, numbers: new Set() }
      this.families.set(key, family)
    }
    return family
  }

  private applyRecorded({ recorded, records }: ValuesMessage): boolean {
    const reader = new RecordReader(records)
    try {
      for (const number of recorded) {
        const entry = this.series.get(number)
        if (entry === undefined) return false
        this.series.set(number, { ...entry, series: reader.read(entry.family.head.kind, entry.series) })
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return false
    }
    return reader.isAtEnd
  }

  private applyRemoved({ removed }: ValuesMessage): boolean {
    for (const number of removed) {
      const entry = this.series.get(number)
      if (entry === undefined) return false
      this.series.delete(number)
      this.bytes -= entry.bytes
      entry.family.numbers.delete(number)
      if (entry.family.numbers.size === 0) this.families.delete(JSON.stringify(entry.family.head))
    }
    return true
  }
}
