import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { RecordWriter } from './records.ts'

/** A series of any kind: all that matters here is its labels, and that it may have one `value`. */
type Series = FamilySnapshot['series'][number] & { readonly value?: unknown; readonly exact?: string }

interface ToldFamily {
  readonly series: readonly Series[]
  /** The number of each series, in the same order. */
  readonly numbers: readonly number[]
}

/** What an collector was told of a source: the last snapshot, and which numbers its series have. */
export interface Told {
  readonly families: ReadonlyMap<string, ToldFamily>
  /** The number that the next new series gets. */
  readonly next: number
}

/** What a message says of the series of a snapshot. */
export interface Changes {
  readonly whole: Uint32Array
  readonly removed: Uint32Array
  readonly changed: Uint32Array
  readonly values: Float64Array
  readonly recorded: Uint32Array
  readonly records: Uint8Array
  readonly json: string
  /** What the collector has been told once it has got this. */
  readonly told: Told
}

/** Before anything was told. */
export const nothingTold: Told = { families: new Map(), next: 0 }

/**
 * What an collector must be told of a snapshot that it was told so much of. A series of which only `value` is another
 * number costs 12 bytes; distributions and meters that differ go as bytes, any other one as a whole. Cost: linear in the
 * number of series and buckets.
 */
export function changesSince(told: Told, { takenAt, families }: Snapshot, pages: readonly PageInfo[]): Changes {
  const bytes = new GrowingBytes()
  const records = new RecordWriter(bytes)
  const list: Lists = { whole: [], changed: [], values: [], recorded: [], records, next: told.next }
  const known = new Map(told.families)
  const nowTold = new Map<string, ToldFamily>()
  const removed: number[] = []
  const parts: object[] = []
  for (const family of families) {
    const key = keyOf(family, nowTold)
    const { tell, numbers, left } = compare(known.get(key), family, list)
    known.delete(key)
    nowTold.set(key, { series: family.series, numbers })
    if (tell.length > 0) parts.push({ ...family, series: tell })
    for (const number of left) removed.push(number)
  }
  for (const { numbers } of known.values()) for (const number of numbers) removed.push(number)
  return {
    whole: Uint32Array.from(list.whole),
    removed: Uint32Array.from(removed),
    changed: Uint32Array.from(list.changed),
    values: Float64Array.from(list.values),
    recorded: Uint32Array.from(list.recorded),
    records: bytes.written(),
    json: JSON.stringify({ version: 1, takenAt, pages, families: parts }),
    told: { families: nowTold, next: list.next },
  }
}

/** Lists that grow from family to family. */
interface Lists {
  readonly whole: number[]
  readonly changed: number[]
  readonly values: number[]
  readonly recorded: number[]
  readonly records: RecordWriter
  next: number
}

/** All that a family is but its series. Two families may share it, where their bounds differ: a number tells them apart. */
function keyOf(family: FamilySnapshot, taken: ReadonlyMap<string, unknown>): string {
  const key = JSON.stringify({ ...family, series: undefined })
  let free = key
  for (let i = 2; taken.has(free); i++) free = `${key} ${i}`
  return free
}

/** Series to tell as a whole, the numbers of all that there are now, and of those that are no more. */
interface Compared {
  readonly tell: readonly object[]
  readonly numbers: readonly number[]
  readonly left: Iterable<number>
}

function compare(before: ToldFamily | undefined, family: FamilySnapshot, list: Lists): Compared {
  const series = family.series as readonly Series[]
  const byText = family.kind === 'text'
  const tell: object[] = []
  const numbers: number[] = []
  let places: Map<string, number> | undefined
  let found = 0
  for (let i = 0; i < series.length; i++) {
    const after = series[i] as Series
    let at = i
    // Nearly always a series stands where it stood; only where not, all are looked up by their labels.
    if (places !== undefined || !isSameSeries(before?.series[i], after, byText)) {
      places ??= placesOf(before, byText)
      at = places.get(identityOf(after, byText)) ?? -1
    }
    const known = before?.numbers[at]
    const past = known === undefined ? undefined : before?.series[at]
    const difference = past === undefined ? 'all' : differenceOf(past, after)
    const number = known ?? list.next++
    if (known !== undefined) found++
    numbers.push(number)
    if (difference === 'value') {
      list.changed.push(number)
      list.values.push(after.value as number)
    } else if (difference === 'all' && past !== undefined && list.records.write(family.kind, past, after)) {
      list.recorded.push(number)
    } else if (difference === 'all') {
      list.whole.push(number)
      tell.push(after.exact === undefined ? after : { ...after, value: after.exact })
    }
  }
  return {
    tell,
    numbers,
    left: before === undefined || found === before.numbers.length ? [] : without(before, numbers),
  }
}

function without(before: ToldFamily, numbers: readonly number[]): number[] {
  const present = new Set(numbers)
  return before.numbers.filter((number) => !present.has(number))
}

function isSameSeries(before: Series | undefined, after: Series, byText: boolean): boolean {
  if (before === undefined || (byText && before.value !== after.value)) return false
  return before.labels === after.labels || isSame(before.labels, after.labels)
}

/** Where the series of a family were; of those that cannot be told apart the first. */
function placesOf(before: ToldFamily | undefined, byText: boolean): Map<string, number> {
  const places = new Map<string, number>()
  before?.series.forEach((one, i) => {
    const identity = identityOf(one, byText)
    if (!places.has(identity)) places.set(identity, i)
  })
  return places
}

/** What a series is told by: its labels, and where several texts have the same, its text. */
function identityOf({ labels, value }: Series, byText: boolean): string {
  const sorted = Object.entries(labels satisfies Labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(byText ? [sorted, value] : sorted)
}

function differenceOf(before: Series, after: Series): 'none' | 'value' | 'all' {
  if (before === after) return 'none'
  const others = before as unknown as Readonly<Record<string, unknown>>
  let difference: 'none' | 'value' = 'none'
  let more = 0
  for (const key in before) if (Object.hasOwn(before, key)) more++
  for (const [key, value] of Object.entries(after)) {
    more--
    if (isSame(others[key], value)) continue
    // What JSON cannot say as a number, and digits beyond one, go as a whole.
    const isNumber = typeof others[key] === 'number' && Number.isFinite(value) && after.exact === undefined
    if (key !== 'value' || !isNumber) return 'all'
    difference = 'value'
  }
  return more === 0 ? difference : 'all'
}

/** Whether two parts of snapshots, which are plain data, say the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false
    return true
  }
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  let more = 0
  for (const key in left) {
    if (!(key in right) || !isSame(left[key], right[key])) return false
    more++
  }
  for (const _ in right) more--
  return more === 0
}
