import { parseJson } from '../formats/json/json-parse.ts'
import type { FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { KeptPublishers } from './publishers.ts'

/**
 * What an collector keeps in a file: lines of JSON, so that one at a time can be written and read. The first says what it
 * is and who is in the sums; then come pairs, the first line of which says what the snapshot in the second one is: the sum of
 * an app, a publisher, or the base from which on a publisher counts, behind it. The last line says that all is there.
 */

type Publisher = KeptPublishers['publishers'][number]

type Head =
  | { readonly is: 'sum' }
  | { readonly is: 'base' }
  | (Omit<Publisher, 'snapshot' | 'base' | 'bytes'> & { readonly is: 'publisher' })

const formatVersion = 1
const end = '{"is":"end"}'
const lineFeed = 10

/** The lines of the file, the ends of lines included. */
export function* formatState({ publishers, archived, names }: KeptPublishers): Generator<string> {
  yield `${JSON.stringify({ plimsollCollector: formatVersion, names })}\n`
  for (const snapshot of archived) yield pair({ is: 'sum' }, snapshot)
  for (const { snapshot, base, bytes: _, ...head } of publishers) {
    yield pair({ is: 'publisher', ...head }, snapshot())
    if (base !== undefined) yield pair({ is: 'base' }, base)
  }
  yield `${end}\n`
}

function pair(head: Head, { version, takenAt, pages, families }: Snapshot): string {
  const plain = { version, takenAt, pages, families: families.map(withDigits) }
  return `${JSON.stringify(head)}\n${JSON.stringify(plain)}\n`
}

/** As `formatJson` has it, without what that computes: whole numbers beyond 2^53 are text of digits. */
function withDigits(family: FamilySnapshot): object {
  if (family.kind !== 'counter' || !family.series.some(({ exact }) => exact !== undefined)) return family
  return { ...family, series: family.series.map(({ exact, ...one }) => ({ ...one, value: exact ?? one.value })) }
}

/** A file that a later version wrote: it is not damaged. */
export class LaterVersion extends Error {}

/** Reads what {@link formatState} wrote. Throws for anything else, and {@link LaterVersion} for what is newer. */
export function parseState(bytes: Buffer): KeptPublishers {
  const lines = linesOf(bytes)
  const first = JSON.parse(lines.next().value?.toString() ?? '')
  if (first?.plimsollCollector > formatVersion) throw new LaterVersion(`version ${first.plimsollCollector} wrote it`)
  if (first?.plimsollCollector !== formatVersion) throw new Error('it is no state of an collector')
  const names = first.names as unknown
  if (!Array.isArray(names) || !names.every(isName)) throw new Error('its first line is damaged')
  const publishers: Publisher[] = []
  const archived: Snapshot[] = []
  for (const line of lines) {
    const head = JSON.parse(line.toString())
    if (head?.is === 'end') return { publishers, archived, names }
    const text = lines.next().value
    if (text === undefined) break
    const snapshot = parseJson(text.toString())
    const last = publishers.at(-1)
    if (head?.is === 'sum') archived.push(snapshot)
    else if (head?.is === 'publisher') publishers.push(publisherOf(head, snapshot, text.length))
    else if (head?.is === 'base' && last !== undefined) publishers.splice(-1, 1, { ...last, base: snapshot })
    else throw new Error('a line is damaged')
  }
  throw new Error('its end is missing')
}

function* linesOf(bytes: Buffer): Generator<Buffer, undefined> {
  for (let from = 0; ; ) {
    const to = bytes.indexOf(lineFeed, from)
    if (to === -1) return undefined
    yield bytes.subarray(from, to)
    from = to + 1
  }
}

function isName(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && isWhole(entry[1])
}

function publisherOf(head: Readonly<Record<string, unknown>>, snapshot: Snapshot, bytes: number): Publisher {
  const { publisher, sequence, intervalMs, silentMs, isOver, isOfOthers, isGone } = head
  const areFlags = [isOver, isOfOthers, isGone].every((flag) => typeof flag === 'boolean')
  if (
    typeof publisher !== 'string' ||
    !isWhole(sequence) ||
    !isDuration(intervalMs) ||
    !isDuration(silentMs) ||
    !areFlags
  )
    throw new Error('a publisher is damaged')
  const flags = { isOver, isOfOthers, isGone } as Pick<Publisher, 'isOver' | 'isOfOthers' | 'isGone'>
  return { publisher, sequence, intervalMs, silentMs, ...flags, bytes, snapshot: () => snapshot }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}
