import { highestExponent, lowestExponent, octaveCells } from '../../snapshot/kinds/cells.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import type { ExtensionKind, SeriesLayout } from '../../snapshot/kinds/row.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Line } from './line.ts'

/** Finds the cells that a log line names; `undefined` when they are not all in one chunk of cells. */
export type FindCells = (first: unknown, count: number) => Slot | undefined

/** An octave of a page, and its copies once it has some. */
export interface PageOctave extends Slot {
  readonly exponent: number
  copies: Slot | undefined
}

/** A series of a page: its labels, and where its cells are in the reader's copy. */
export interface PageSeries extends Slot {
  readonly labels: Labels
  octaves: readonly PageOctave[]
  recent: Slot | undefined
  /** By range of values. */
  exemplars: Map<number, Slot> | undefined
}

const extensions: readonly ExtensionKind[] = ['octave', 'recent', 'copies', 'exemplar']

/** The extension cells that a line of the log is about; `undefined` for any other line. */
export function extensionOf(line: Line): ExtensionKind | undefined {
  return extensions.find((extension) => extension in line)
}

/** How many extension cells a series has. */
export function extensionSize({ bounds }: SeriesLayout, { octaves, recent, exemplars }: PageSeries): number {
  let count = recent === undefined ? 0 : recentCells(bounds)
  for (const { copies } of octaves) count += octaveCells + (copies === undefined ? 0 : octaveCopiesCells)
  return count + (exemplars === undefined ? 0 : exemplars.size * exemplarCells)
}

/**
 * Adds the cells that a line announces, unless the family cannot have such; false where the format does not allow the line,
 * or they are there already.
 */
export function addExtension(layout: SeriesLayout, series: PageSeries, line: Line, findCells: FindCells): boolean {
  const extension = extensionOf(line)
  if (
    !rowOf(layout.kind)
      .extensions?.(layout)
      .some((one) => one === extension)
  )
    return true
  switch (extension) {
    case 'octave':
      return addOctave(series, line, findCells)
    case 'recent':
      return addRecent(layout, series, line, findCells)
    case 'copies':
      return addCopies(series, line, findCells)
    default:
      return addExemplar(series, line, findCells)
  }
}

/** An octave of an exponent that no float64 has is passed over. */
function addOctave(series: PageSeries, { octave, cells }: Line, findCells: FindCells): boolean {
  const { octaves } = series
  if (Number.isInteger(octave) && !isExponent(octave)) return true
  const isNew = isExponent(octave) && octaves.every(({ exponent }) => exponent !== octave)
  const slot = isNew ? findCells(cells, octaveCells) : undefined
  if (slot === undefined) return false
  const { cells: found, index } = slot
  const added: PageOctave = { exponent: octave as number, cells: found, index, copies: undefined }
  // Each read takes them in ascending order.
  series.octaves = [...octaves, added].sort((a, b) => a.exponent - b.exponent)
  return true
}

function addRecent(layout: SeriesLayout, series: PageSeries, { recent, cells }: Line, findCells: FindCells): boolean {
  const isNew = recent === true && series.recent === undefined
  const slot = isNew ? findCells(cells, recentCells(layout.bounds)) : undefined
  if (slot === undefined) return false
  series.recent = slot
  return true
}

/** Copies follow their octaves. */
function addCopies(series: PageSeries, line: Line, findCells: FindCells): boolean {
  const { copies: first, octaves: count = 1, cells } = line
  if (!Number.isInteger(first) || typeof count !== 'number' || !Number.isInteger(count) || count < 1) return false
  const end = (first as number) + count
  // In ascending order, and each exponent once.
  const copied = series.octaves.filter(({ exponent }) => exponent >= (first as number) && exponent < end)
  // An octave for which there was no room, or that no float64 has, has copies nevertheless, from which nothing can be computed.
  if (copied.length !== count) return true
  const isNew = copied.every(({ copies }) => copies === undefined)
  const slot = isNew ? findCells(cells, octaveCopiesCells * count) : undefined
  if (slot === undefined) return false
  let { index } = slot
  for (const octave of copied) {
    octave.copies = { cells: slot.cells, index }
    index += octaveCopiesCells
  }
  return true
}

function addExemplar(series: PageSeries, { exemplar, cells }: Line, findCells: FindCells): boolean {
  const good = Number.isSafeInteger(exemplar) && series.exemplars?.has(exemplar as number) !== true
  const slot = good ? findCells(cells, exemplarCells) : undefined
  if (slot === undefined) return false
  series.exemplars ??= new Map()
  series.exemplars.set(exemplar as number, slot)
  return true
}

function isExponent(octave: unknown): boolean {
  return Number.isInteger(octave) && (octave as number) >= lowestExponent && (octave as number) <= highestExponent
}
