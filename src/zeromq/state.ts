import { parseJson } from '../formats/json/json-parse.ts'
import type { FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { KeptPublishers } from './publishers.ts'

/**
 * What a collector keeps in a file: lines of JSON, so that one at a time can be written and read. The first says what it is
 * and who is in the sums; then come the sum of each app, and the publishers. In front of each of these stands a line that
 * says what it is, and how many snapshots follow. The last line says that all is there.
 */

type Publisher = KeptPublishers['publishers'][number]

type Head =
  | { readonly is: 'sum' }
  | (Omit<Publisher, 'values' | 'base'> & { readonly is: 'publisher'; readonly values: number; readonly base?: number })

const formatVersion = 1
const end = '{"is":"end"}'
const lineFeed = 10

/** The lines of the file, the ends of lines included. */
export function* formatState({ publishers, archived, names }: KeptPublishers): Generator<string> {
  yield `${JSON.stringify({ plimsollCollector: formatVersion, names })}\n`
  for (const snapshot of archived) yield lines({ is: 'sum' }, [snapshot])
  for (const { values, base, ...head } of publishers) {
    const now = values()
    const counts = { values: now.length, ...(base && { base: base.length }) }
    yield lines({ is: 'publisher', ...head, ...counts }, [...now, ...(base ?? [])])
  }
  yield `${end}\n`
}

function lines(head: Head, snapshots: readonly Snapshot[]): string {
  return [JSON.stringify(head), ...snapshots.map(plainJson), ''].join('\n')
}

/** A snapshot as JSON that `parseJson` reads: as `formatJson` has it, without what that computes. */
export function plainJson({ version, takenAt, pages, families, conflicts }: Snapshot): string {
  const apart = conflicts?.map((one) => ({ ...one, family: withDigits(one.family) }))
  return JSON.stringify({ version, takenAt, pages, families: families.map(withDigits), conflicts: apart })
}

/** Whole numbers beyond 2^53 are text of digits. */
function withDigits(family: FamilySnapshot): object {
  if (!('series' in family) || !family.series.some((one) => 'exact' in one)) return family
  return { ...family, series: family.series.map((one) => ('exact' in one ? { ...one, value: one.exact } : one)) }
}

/** A file that a later version wrote: it is not damaged. */
export class LaterVersion extends Error {}

/** Reads what {@link formatState} wrote. Throws for anything else, and {@link LaterVersion} for what is newer. */
export function parseState(bytes: Buffer): KeptPublishers {
  const next = lineReader(bytes)
  const first = JSON.parse(next())
  if (first?.plimsollCollector > formatVersion) throw new LaterVersion(`version ${first.plimsollCollector} wrote it`)
  if (first?.plimsollCollector !== formatVersion) throw new Error('it is not a state file of a collector')
  const names = first.names as unknown
  if (!Array.isArray(names) || !names.every(isName)) throw new Error('its first line is damaged')
  const publishers: Publisher[] = []
  const archived: Snapshot[] = []
  const snapshots = (count: unknown): Snapshot[] => {
    const read: Snapshot[] = []
    // Each has a line, so this ends with the file at the latest.
    for (let more = isCount(count) ? count : 0; more > 0; more--) read.push(parseJson(next()))
    return read
  }
  for (;;) {
    const head = JSON.parse(next())
    if (head?.is === 'end') return { publishers, archived, names }
    if (head?.is === 'sum') archived.push(...snapshots(1))
    else if (head?.is === 'publisher') publishers.push(publisherOf(head, snapshots))
    else throw new Error('a line is damaged')
  }
}

function lineReader(bytes: Buffer): () => string {
  let from = 0
  return () => {
    const to = bytes.indexOf(lineFeed, from)
    if (to === -1) throw new Error('its end is missing')
    const line = bytes.toString('utf8', from, to)
    from = to + 1
    return line
  }
}

function isName(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && isCount(entry[1])
}

function publisherOf(
  head: Readonly<Record<string, unknown>>,
  snapshots: (count: unknown) => readonly Snapshot[],
): Publisher {
  const { publisher, sequence, intervalMs, silentMs, isOver, isOfOthers, isGone } = head
  const areFlags = [isOver, isOfOthers, isGone].every((flag) => typeof flag === 'boolean')
  const areTimes = isDuration(intervalMs) && isDuration(silentMs)
  if (typeof publisher !== 'string' || !isCount(sequence) || !areTimes || !areFlags) {
    throw new Error('a publisher is damaged')
  }
  const flags = { isOver, isOfOthers, isGone } as Pick<Publisher, 'isOver' | 'isOfOthers' | 'isGone'>
  const values = snapshots(head.values)
  const base = head.base === undefined ? {} : { base: snapshots(head.base) }
  return { publisher, sequence, intervalMs, silentMs, ...flags, values: () => values, ...base }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
