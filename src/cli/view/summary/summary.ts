import { isObserved } from '../../../compare/significance.ts'
import { type Finding, type FoldedFinding, folded } from '../../../findings/finding.ts'
import { findingLine, levelOfFinding, marks } from '../../../findings/levels.ts'
import { cut, cutMiddle, padded, printable, printedWidth } from '../../../formats/table/printable.ts'
import { shortLabels } from '../../../formats/table/short-labels.ts'
import { labelText } from '../../../formats/table/table-columns.ts'
import { hasDeclaredBuckets } from '../../../snapshot/buckets/buckets.ts'
import { uptime } from '../../../snapshot/page-state.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../../snapshot/snapshot.ts'
import { processName } from '../../select/names.ts'
import { paint } from '../paint.ts'
import { dim } from '../terminal.ts'
import { titleAbove } from '../title-above.ts'
import { processLines } from './process-lines.ts'
import { type Group, groups, type Row, rowsOf } from './summary-cells.ts'

/** The terminal that a summary is to fit. */
export interface Room {
  readonly width: number
  readonly rows: number
  readonly color: boolean
}

/** A line, and what stands to its left: a blank, or a mark. */
type Line = Row & { readonly isHead?: true }

const gap = 2
/** The columns that are given up one by one on a narrow terminal: maximum, p50, mean rates. */
const givenUp = [5, 1, 4, 0]
const narrowestLabel = 24
/** So that three have room for what stands above them. */
const leastColumn = 5

/**
 * What one asks first of an app or process, on one screen: what is wrong, its own metrics with the last minute beside all time,
 * a few of the largest series of each, and in two lines what its process does. `isCut`: whether there is more.
 */
export function summaryOf(
  snapshot: Snapshot,
  findings: readonly Finding[],
  room: Room,
): { text: string; isCut: boolean } {
  const all = folded(findings)
  const found = all.slice(0, 3).map((one) => lineOf(one, room))
  const left = all.length - found.length
  const more = left > 0 ? [cut(`  … and ${left} more: see plimsoll doctor`, room.width)] : []
  const process = processLines(snapshot, room.width)
  const notes = notesOn(snapshot, room)
  const taken = found.length + more.length + notes.length + process.length
  const { lines, isCut } = fitted(snapshot, room.rows - taken)
  return {
    text: [...found, ...more, ...laidOut(lines, room), ...notes, ...process].map((line) => `${line}\n`).join(''),
    isCut,
  }
}

/** What a reader has to know about the numbers above. */
function notesOn({ families }: Snapshot, { width, color }: Room): string[] {
  const names = families.filter((one) => isShown(one) && hasDeclaredBuckets(one)).map(({ name }) => printable(name))
  if (names.length === 0) return []
  const line = cut(`  interpolated between declared buckets: quantiles of ${names.join(', ')}`, width)
  return [color ? dim(line) : line]
}

function lineOf(finding: FoldedFinding, { width, color }: Room): string {
  const line = cut(printable(findingLine(finding, finding.page && processName(finding.page))), width)
  return color ? paint(line, levelOfFinding(finding)) : line
}

interface Block {
  readonly family: FamilySnapshot
  readonly group: Group
  readonly rows: readonly [Row, ...Row[]]
}

/** A line for each family, then series in turn, as far as there is room. */
function fitted(snapshot: Snapshot, room: number): { lines: Line[]; isCut: boolean } {
  const seconds = secondsOf(snapshot)
  const own = snapshot.families.filter(isShown)
  const all = groups.flatMap((group): Block[] => {
    const families = own.filter(({ kind }) => group.kinds.includes(kind))
    return families.map((family) => ({ family, group, rows: rowsOf(family, seconds) }))
  })
  // The heads of the groups, and the line above them.
  let free =
    room - 1 - groups.filter((group) => all.some((block) => block.group === group && group.heads.length > 0)).length
  const blocks = all.slice(0, Math.max(1, free))
  free -= blocks.length
  const shown = new Map(blocks.map((block) => [block, 1]))
  for (let isMore = true; isMore && free > 0; ) {
    isMore = false
    for (const block of blocks) {
      const count = shown.get(block) as number
      if (count >= block.rows.length || free <= 0) continue
      shown.set(block, count + 1)
      free--
      isMore = true
    }
  }
  const rowsIn = (block: Block): readonly Row[] => block.rows.slice(0, shown.get(block))
  const lines = blocks.flatMap((block, i): Line[] => {
    const { heads } = block.group
    if (blocks[i - 1]?.group === block.group || heads.length === 0) return [...rowsIn(block)]
    // A head above nothing would only take room.
    const below = blocks.filter(({ group }) => group === block.group).flatMap(rowsIn)
    const cells = heads.map((head, at) => (below.some((row) => (row.cells[at] ?? '') !== '') ? head : ''))
    return [{ name: '', cells, isTrouble: false, isHead: true }, ...rowsIn(block)]
  })
  return {
    lines,
    isCut: blocks.length < all.length || blocks.some((block) => block.rows.length > (shown.get(block) as number)),
  }
}

/** What is observed of HTTP and is more than a detail. */
const ofHttp: readonly string[] = [
  'http.server.request.duration',
  'http.server.aborted_requests',
  'http.client.request.duration',
  'http.client.errors',
]

/**
 * plimsoll's own error counters are findings, and what it observes of the process has lines of its own. A counter that has
 * counted nothing makes way for others.
 */
function isShown({ name, kind, series }: FamilySnapshot): boolean {
  if (series.length === 0 || name.startsWith('plimsoll.') || (isObserved(name) && !ofHttp.includes(name))) return false
  return kind !== 'counter' || series.some(({ value }) => value > 0)
}

/** For how long the totals were counted. */
function secondsOf({ pages, takenAt }: Snapshot): number {
  const [page] = pages
  if (pages.length === 1 && page !== undefined) return uptime(page, takenAt)
  return takenAt - pages.reduce((first, { startedAt }) => Math.min(first, startedAt), takenAt)
}

function laidOut(lines: readonly Line[], { width, color }: Room): string[] {
  if (lines.length === 0) return []
  const hasHeads = lines.some(({ isHead }) => isHead)
  const least = hasHeads ? leastColumn : 0
  const widths = [0, 1, 2, 3, 4, 5].map((i) => {
    const widest = Math.max(0, ...lines.map(({ cells }) => printedWidth(cells[i] ?? '')))
    return widest === 0 ? 0 : Math.max(least, widest)
  })
  for (const i of givenUp) if (width - total(widths) < narrowestLabel) widths[i] = 0
  const texts = textsOf(lines, Math.max(narrowestLabel, width - total(widths)) - 2 * gap)
  const labels = Math.max(...texts.map(printedWidth)) + gap
  const room = Math.max(narrowestLabel, Math.min(labels + gap, width - total(widths)))
  const line = ({ cells, text, isTrouble }: Line, label: string): string => {
    const begun = padded(`${isTrouble ? marks.warning : ' '} ${cutMiddle(label, room - gap)}`, room)
    const shown = cells.map((cell, i) => (widths[i] === 0 ? '' : right(cell, (widths[i] ?? 0) + gap))).join('')
    return cut(begun + (text === undefined ? shown : `  ${text}`), width).trimEnd()
  }
  const all = lines.map((one, i) => {
    const shown = line(one, texts[i] ?? '')
    if (!color) return shown
    return one.isHead ? dim(shown) : one.isTrouble ? paint(shown, 'warning') : shown
  })
  const above = aboveOf(widths, room)
  return above === '' || !hasHeads ? all : [color ? dim(above) : above, ...all]
}

/** What stands to the left of each line: names and labels; the values of labels alone where those of a family do not fit. */
function textsOf(lines: readonly Line[], room: number): string[] {
  const texts = lines.map(({ name, labels }) => (labels === undefined ? name : `${name}  ${labelText(labels)}`))
  for (let first = 0; first < lines.length; first++) {
    const { name, labels } = lines[first] as Line
    if (labels === undefined) continue
    let end = first + 1
    while (lines[end]?.labels !== undefined && lines[end]?.name === '') end++
    if (texts.slice(first, end).some((text) => printedWidth(text) > room)) {
      const all = lines.slice(first, end).map((line) => line.labels as Labels)
      const short = shortLabels(all, room - printedWidth(name) - gap).texts
      // The labels of a single series matter less than what it is.
      const fitting = (text: string): string => (name !== '' && printedWidth(text) > room ? name : text)
      texts.splice(first, end - first, ...short.map((text) => fitting(`${name}  ${text}`)))
    }
    first = end - 1
  }
  return texts
}

/** Which columns are about the last minute, and which about all time. */
function aboveOf(widths: readonly number[], room: number): string {
  const over = (from: number, title: string): string => {
    const span = total(widths.slice(from, from + 3))
    return span === 0 ? '' : `  ${titleAbove(title, span - gap)}`
  }
  return (' '.repeat(room) + over(0, 'last minute') + over(3, 'since start')).trimEnd()
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + (width === 0 ? 0 : width + gap), 0)
}

function right(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - printedWidth(text))) + text
}
