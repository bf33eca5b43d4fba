import { parseJson } from '../formats/json/json-parse.ts'
import { withHosts } from '../snapshot/merge/hosts.ts'
import type { FamilySnapshot, PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { ValuesMessage } from './message.ts'
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

type Records = Pick<ValuesMessage, 'recorded' | 'records'>

/** More series than that of one publisher are not taken. */
const maxSeries = 1_000_000

/** The values of one publisher, by the numbers that it gave to its series. */
export class ReceivedValues {
  takenAt = 0
  pages: readonly PageInfo[] = []
  /** How long the texts were that the present series came in. */
  private textBytes = 0
  /** The last records, while they are in the series by nothing but their bytes. */
  private records: Records | undefined
  /** By all that they are but their series. */
  private families = new Map<string, Family>()
  private series = new Map<number, Entry>()

  /** How long the texts and records are that the present series came in: what they take is in proportion to it. */
  get bytes(): number {
    return this.textBytes + (this.records?.records.length ?? 0)
  }

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
    if (!this.keepRecords(message)) return false
    this.takenAt = told.takenAt
    this.pages = told.pages
    const { whole, json } = message
    return (
      this.applyWhole(told, whole, json.length) &&
      this.applyRemoved(message) &&
      this.applyChanged(message) &&
      message.recorded.every((number) => this.series.has(number))
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

  /**
   * Gives what makes all families with their series, as they are now: `undefined` where records cannot be understood after all.
   * Series in records are made anew each time: keeping them takes more time than that, for the garbage collector, and ten
   * times the memory.
   */
  capture(): () => FamilySnapshot[] | undefined {
    const families = [...this.families.values()].map(({ head, numbers }) => ({ head, numbers: [...numbers] }))
    const entries = families.map(({ numbers }) => numbers.map((number) => this.series.get(number) as Entry))
    const records = this.records && { ...this.records, entries: this.recordedEntries(this.records) }
    return () => {
      const told = readRecords(records)
      if (told === undefined) return undefined
      return families.map(({ head, numbers }, i) => {
        const series = entries[i]?.map((entry, j) => told.get(numbers[j] as number) ?? entry.series)
        return { ...head, series } as FamilySnapshot
      })
    }
  }

  /** Forgets records that cannot be understood. */
  dropRecords(): void {
    this.records = undefined
  }

  /**
   * Keeps the records of a message as they are. Those before need not be looked at where the new ones are of the same series;
   * else they are taken in.
   */
  private keepRecords({ recorded, records }: ValuesMessage): boolean {
    const before = this.records
    this.records = recorded.length > 0 || records.length > 0 ? { recorded, records } : undefined
    if (before === undefined || areEqual(before.recorded, recorded)) return true
    const told = readRecords({ ...before, entries: this.recordedEntries(before) })
    if (told === undefined) return false
    for (const [number, series] of told) this.series.set(number, { ...(this.series.get(number) as Entry), series })
    return true
  }

  private recordedEntries({ recorded }: Records): (Entry | undefined)[] {
    return Array.from(recorded, (number) => this.series.get(number))
  }

  private clear(): void {
    this.families = new Map()
    this.series = new Map()
    this.records = undefined
    this.textBytes = 0
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
        if (known === undefined ? this.series.size >= maxSeries : known.family !== family) return false
        // The same object each time: whoever merges finds its place by that.
        const labels = known?.series.labels ?? series.labels
        this.series.set(number, { family, series: { ...series, labels } as Series, bytes })
        family.numbers.add(number)
        this.textBytes += bytes - (known?.bytes ?? 0)
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

  private applyRemoved({ removed }: ValuesMessage): boolean {
    for (const number of removed) {
      const entry = this.series.get(number)
      if (entry === undefined) return false
      this.series.delete(number)
      this.textBytes -= entry.bytes
      entry.family.numbers.delete(number)
      if (entry.family.numbers.size === 0) this.families.delete(JSON.stringify(entry.family.head))
    }
    return true
  }
}

/** The series in records, by their numbers; `undefined` for records that no publisher writes. */
function readRecords(
  given: (Records & { readonly entries: readonly (Entry | undefined)[] }) | undefined,
): ReadonlyMap<number, Series> | undefined {
  const told = new Map<number, Series>()
  if (given === undefined) return told
  const { recorded, records, entries } = given
  const reader = new RecordReader(records)
  try {
    for (const [i, entry] of entries.entries()) {
      if (entry === undefined) return undefined
      told.set(recorded[i] as number, reader.read(entry.family.head.kind, entry.series))
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  return reader.isAtEnd ? told : undefined
}

/** Whether two lists of numbers are the same. */
export function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i])
}
