import { conflictReasons } from '../../snapshot/conflicts.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import type { LeftOut } from '../exposition/options.ts'
import { type LabelStyle, LabelTexts, utf8Length } from './label-texts.ts'
import { type LeafWindow, type Leaves, leavesOf } from './leaves.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Takes the numbers of a snapshot, one after the other. */
export interface LeafWriter {
  /** Prepares for a family: its name with the prefix, and the statistics of each series. All are as the protocol takes them. */
  begin(name: string, leaves: Leaves, statistics: readonly string[], family: FamilySnapshot): void
  /** The name at the receiver, labels included: no two numbers may have the same. */
  pathOf(labels: string, statistic: number): string
  /** Bytes that a line has in addition to the path. */
  readonly lineBytes: number
  write(labels: string, statistic: number, value: number): void
  /** Takes a whole series in place of its numbers. Returns whether it did. */
  writeSeries?(labels: string, series: FamilySnapshot['series'][number]): boolean
}

/** How a snapshot becomes numbers with names. */
export interface WalkOptions {
  readonly words: Vocabulary
  readonly window: LeafWindow
  readonly prefix: string
  readonly labels: LabelStyle
  /** A part of a name as the protocol takes it. */
  readonly escapeNode: (node: string) => string
  /** Bytes of the longest line that a receiver takes. */
  readonly maxLine: number
  /** Whether a number is sent: its path as declared, with `/` between the parts. */
  readonly accepts?: ((path: string, value: number) => boolean) | undefined
  readonly leaveOut: (leftOut: LeftOut) => void
}

/** How far a walk has come: so many whole families, and so many series of the next one. */
export interface Position {
  readonly families: number
  readonly series: number
}

/** So many counters are written in about 0.3 ms. */
const chunkEffort = 400

/**
 * Writes all numbers of a snapshot. Yields after each few hundred series, so that the caller may let the event loop run.
 * Of two numbers whose names come out alike the first one is written: at a receiver one would overwrite the other.
 */
export function* walk(snapshot: Snapshot, writer: LeafWriter, options: WalkOptions): Generator<Position> {
  for (const conflict of conflictReasons(snapshot)) options.leaveOut(conflict)
  const names = snapshot.families.map(({ name }) => options.prefix + escapeName(name, options))
  const related = relatedNames(names)
  const taken = new Set<string>()
  let effort = chunkEffort
  for (const [i, family] of snapshot.families.entries()) {
    const leaves = leavesOf(family, options.words, options.window)
    if (leaves === undefined) continue
    const name = names[i] as string
    const writeSeries = familyWriter(family, name, leaves, writer, options, related.has(name) ? taken : undefined)
    for (const [j, series] of family.series.entries()) {
      writeSeries.write(series)
      effort -= leaves.effort
      if (effort > 0) continue
      effort = chunkEffort
      yield { families: i, series: j + 1 }
    }
    writeSeries.end()
  }
  yield { families: snapshot.families.length, series: 0 }
}

function familyWriter(
  family: FamilySnapshot,
  name: string,
  leaves: Leaves,
  writer: LeafWriter,
  options: WalkOptions,
  shared: Set<string> | undefined,
) {
  const { accepts, maxLine, leaveOut } = options
  const statistics = leaves.names.map((statistic) => (statistic === '' ? '' : escapeName(statistic, options)))
  writer.begin(name, leaves, statistics, family)
  const labels = new LabelTexts(family, options.labels)
  const isAmbiguous = labels.areAmbiguous || new Set(statistics).size < statistics.length
  const taken = shared ?? (isAmbiguous ? new Set<string>() : undefined)
  const longest = Math.max(...statistics.map(({ length }) => length))
  const room = maxLine - writer.lineBytes - utf8Length(name) - 3 * longest
  const values = new Float64Array(leaves.names.length)
  const leftOut = { long: 0, alike: 0 }
  const write = (text: string, series: FamilySnapshot['series'][number]): void => {
    if (writer.writeSeries?.(text, series)) return
    leaves.read(series, values)
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as number
      if (!Number.isFinite(value)) continue
      if (accepts !== undefined && !accepts(pathOf(family, series.labels, leaves.names[at] as string), value)) continue
      if (taken !== undefined && !add(taken, writer.pathOf(text, at))) leftOut.alike++
      else writer.write(text, at, value)
    }
  }
  return {
    write(series: FamilySnapshot['series'][number]): void {
      const text = labels.of(series.labels)
      const isLong = text === undefined || (text.length * 3 > room && utf8Length(text) > room)
      if (isLong) leftOut.long++
      else write(text, series)
    },
    end(): void {
      if (leftOut.long > 0) leaveOut({ name: family.name, series: leftOut.long, reason: 'labels too long' })
      if (leftOut.alike > 0) leaveOut({ name: family.name, series: leftOut.alike, reason: 'name of another series' })
    },
  }
}

function add(taken: Set<string>, path: string): boolean {
  if (taken.has(path)) return false
  taken.add(path)
  return true
}

/** Each part of a dotted name by itself. */
function escapeName(name: string, { escapeNode }: WalkOptions): string {
  return name.split('.').map(escapeNode).join('.')
}

/** The names that are alike, or with which another one begins: `http.requests` beside `http.requests.active`. */
function relatedNames(names: readonly string[]): ReadonlySet<string> {
  const known = new Set<string>()
  const related = new Set<string>()
  for (const name of names) {
    if (known.has(name)) related.add(name)
    known.add(name)
  }
  for (const name of known) {
    for (let at = name.lastIndexOf('.'); at > 0; at = name.lastIndexOf('.', at - 1)) {
      const above = name.slice(0, at)
      if (known.has(above)) related.add(above).add(name)
    }
  }
  return related
}

/** As rules take it: the parts of the name, the values of the labels and the statistic, as they were declared. */
function pathOf({ name, labelNames }: FamilySnapshot, labels: Labels, statistic: string): string {
  let path = name.replaceAll('.', '/')
  for (const [label, value] of Object.entries(labels)) {
    path += labelNames.includes(label) ? `/${value}` : `/${label}=${value}`
  }
  return statistic === '' ? path : `${path}/${statistic.replaceAll('.', '/')}`
}
