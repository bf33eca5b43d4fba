import { highestExponent, lowestExponent, octaveCells } from '../../snapshot/kinds/cells.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import type { SeriesLayout } from '../../snapshot/kinds/kinds.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'

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

type Line = Readonly<Record<string, unknown>>

const kinds = ['octave', 'recent', 'copies', 'exemplar'] as const

/** Whether a line of the log is about a part of a series. */
export function isPart(line: Line): boolean {
  return kinds.some((kind) => kind in line)
}

/** How many cells the parts of a series have. */
export function partsCells({ bounds }: SeriesLayout, { octaves, recent, exemplars }: PageSeries): number {
  let count = recent === undefined ? 0 : recentCells(bounds)
  for (const { copies } of octaves) count += octaveCells + (copies === undefined ? 0 : octaveCopiesCells)
  return count + (exemplars === undefined ? 0 : exemplars.size * exemplarCells)
}

/** Adds the part that a line announces; false where the format does not allow it, or it is there already. */
export function addPart(family: SeriesLayout, series: PageSeries, line: Line, findCells: FindCells): boolean {
  switch (kinds.find((kind) => kind in line)) {
    case 'octave':
      return addOctave(family, series, line, findCells)
    case 'recent':
      return addRecent(family, series, line, findCells)
    case 'copies':
      return addCopies(series, line, findCells)
    default:
      return addExemplar(series, line, findCells)
  }
}

function addOctave(family: SeriesLayout, series: PageSeries, { octave, cells }: Line, findCells: FindCells): boolean {
  const { octaves } = series
  const good = isExponential(family) && isExponent(octave) && octaves.every(({ exponent }) => exponent !== octave)
  const slot = good ? findCells(cells, octaveCells) : undefined
  if (slot === undefined) return false
  series.octaves = [...octaves, { exponent: octave as number, ...slot, copies: undefined }]
  return true
}

function addRecent(family: SeriesLayout, series: PageSeries, { recent, cells }: Line, findCells: FindCells): boolean {
  const good = recent === true && series.recent === undefined && family.kind !== 'counter'
  const slot = good ? findCells(cells, recentCells(family.bounds)) : undefined
  if (slot === undefined) return false
  series.recent = slot
  return true
}

/** Copies follow their octaves. */
function addCopies(series: PageSeries, line: Line, findCells: FindCells): boolean {
  const { copies: first, octaves: count = 1, cells } = line
  if (!isExponent(first) || typeof count !== 'number' || !Number.isInteger(count) || count < 1) return false
  const copied: PageOctave[] = []
  for (const octave of series.octaves) {
    const at = octave.exponent - (first as number)
    if (at >= 0 && at < count) copied[at] = octave
  }
  // An octave for which there was no room has copies nevertheless, of which nothing can be told.
  if (copied.length !== count || Object.keys(copied).length !== count) return true
  const isNew = copied.every(({ copies }) => copies === undefined)
  const slot = isNew ? findCells(cells, octaveCopiesCells * count) : undefined
  if (slot === undefined) return false
  for (const [i, octave] of copied.entries()) {
    octave.copies = { cells: slot.cells, index: slot.index + i * octaveCopiesCells }
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

function isExponential({ kind, bounds }: SeriesLayout): boolean {
  return kind !== 'counter' && bounds === undefined
}

function isExponent(octave: unknown): boolean {
  return Number.isInteger(octave) && (octave as number) >= lowestExponent && (octave as number) <= highestExponent
}
