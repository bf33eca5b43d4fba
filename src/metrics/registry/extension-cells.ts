import { type Octave, octaveCells, type SeriesParts } from '../../snapshot/kinds/cells.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Part, Slot, Store } from '../../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** The cells of one part of a series. */
export interface PartCells {
  readonly part: Part
  readonly slot: Slot
  readonly count: number
}

/** What a metric with parts has of them. */
export interface KeptParts {
  readonly octaves?: readonly (Octave | undefined)[]
  readonly recent?: Slot | null | undefined
  readonly exemplars?: ReadonlyMap<number, Slot> | undefined
}

/** All parts of a series; `bounds` where its buckets are explicit. */
export function* listParts(
  { octaves = [], recent, exemplars }: KeptParts,
  bounds?: readonly number[],
): Iterable<PartCells> {
  for (const octave of octaves) {
    if (octave === undefined) continue
    const { exponent, cells, index } = octave
    yield { part: { octave: exponent }, slot: { cells, index }, count: octaveCells }
  }
  yield* listCopies(octaves)
  if (recent) yield { part: { recent: true }, slot: recent, count: recentCells(bounds) }
  for (const [range, slot] of exemplars ?? []) yield { part: { exemplar: range }, slot, count: exemplarCells }
}

/** Copies of octaves that lie side by side are one part, as they mostly were made. */
function* listCopies(octaves: readonly (Octave | undefined)[]): Iterable<PartCells> {
  for (let first = 0; first < octaves.length; first++) {
    const octave = octaves[first]
    if (octave?.copies === undefined) continue
    const { cells, index } = octave.copies
    let count = 1
    for (; ; count++) {
      const next = octaves[first + count]?.copies
      if (next?.cells !== cells || next.index !== index + count * octaveCopiesCells) break
    }
    yield {
      part: { copies: octave.exponent, octaves: count },
      slot: { cells, index },
      count: count * octaveCopiesCells,
    }
    first += count - 1
  }
}

/** All that a series is read from. */
export function seriesParts(
  labels: Labels,
  metric: { readonly slot: Slot; parts?(): Iterable<PartCells> },
): SeriesParts {
  const octaves = new Map<number, Slot & { exponent: number; copies?: Slot }>()
  const exemplars = new Map<number, Slot>()
  let recent: Slot | undefined
  for (const { part, slot } of metric.parts?.() ?? []) {
    if ('octave' in part) octaves.set(part.octave, { exponent: part.octave, ...slot })
    else if ('copies' in part) {
      for (let i = 0; i < (part.octaves ?? 1); i++) {
        const copies = { cells: slot.cells, index: slot.index + i * octaveCopiesCells }
        Object.assign(octaves.get(part.copies + i) ?? {}, { copies })
      }
    } else if ('exemplar' in part) exemplars.set(part.exemplar, slot)
    else recent = slot
  }
  return { labels, ...metric.slot, octaves: [...octaves.values()], recent, exemplars }
}

/** The exemplars with one of this range of values among them, made where missing and where there is room. */
export function withExemplar<Known extends Map<number, Slot>>(
  owner: Owner,
  series: Slot,
  known: Known | undefined,
  range: number,
): Known | Map<number, Slot> | undefined {
  if (known?.has(range)) return known
  const slot = owner.growPart(series, { exemplar: range }, exemplarCells)
  return slot === undefined ? known : (known ?? new Map<number, Slot>()).set(range, slot)
}

/** Takes a part of a series along to another store; it stays where it is when there is no room. */
export function movePart(part: Part, from: Slot, count: number, series: Slot, store: Store): Slot {
  const slot = store.allocate(count)
  if (slot === undefined) return from
  slot.cells.set(from.cells.subarray(from.index, from.index + count), slot.index)
  if (store.announcePart(series, part, slot)) return slot
  store.free(slot, count)
  return from
}
