import { type Octave, octaveCells, type SeriesCells } from '../../snapshot/kinds/cells.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** One block of extension cells of a series. */
export interface ExtensionCells {
  readonly extension: Extension
  readonly slot: Slot
  readonly count: number
}

/** The extension cells of a metric. */
export interface Extensions {
  readonly octaves?: readonly (Octave | undefined)[]
  readonly recent?: Slot | null | undefined
  readonly exemplars?: ReadonlyMap<number, Slot> | undefined
}

/** All extension cells of a series; `bounds` where its buckets are explicit. */
export function* listExtensions(
  { octaves = [], recent, exemplars }: Extensions,
  bounds?: readonly number[],
): Iterable<ExtensionCells> {
  for (const octave of octaves) {
    if (octave === undefined) continue
    const { exponent, cells, index } = octave
    yield { extension: { octave: exponent }, slot: { cells, index }, count: octaveCells }
  }
  yield* listCopies(octaves)
  if (recent) yield { extension: { recent: true }, slot: recent, count: recentCells(bounds) }
  for (const [range, slot] of exemplars ?? []) yield { extension: { exemplar: range }, slot, count: exemplarCells }
}

/** Adjacent copies of octaves are one block, as most were allocated as one. */
function* listCopies(octaves: readonly (Octave | undefined)[]): Iterable<ExtensionCells> {
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
      extension: { copies: octave.exponent, octaves: count },
      slot: { cells, index },
      count: count * octaveCopiesCells,
    }
    first += count - 1
  }
}

/** All cells that a series is read from. */
export function seriesCells(
  labels: Labels,
  metric: { readonly slot: Slot; extensions?(): Iterable<ExtensionCells> },
): SeriesCells {
  const octaves = new Map<number, Slot & { exponent: number; copies?: Slot }>()
  const exemplars = new Map<number, Slot>()
  let recent: Slot | undefined
  for (const { extension, slot } of metric.extensions?.() ?? []) {
    if ('octave' in extension) octaves.set(extension.octave, { exponent: extension.octave, ...slot })
    else if ('copies' in extension) {
      for (let i = 0; i < (extension.octaves ?? 1); i++) {
        const copies = { cells: slot.cells, index: slot.index + i * octaveCopiesCells }
        Object.assign(octaves.get(extension.copies + i) ?? {}, { copies })
      }
    } else if ('exemplar' in extension) exemplars.set(extension.exemplar, slot)
    else recent = slot
  }
  return { labels, ...metric.slot, octaves: [...octaves.values()], recent, exemplars }
}

/** The exemplars, with one for this range of values added where it is missing and there is room. */
export function withExemplar<Known extends Map<number, Slot>>(
  owner: Owner,
  series: Slot,
  known: Known | undefined,
  range: number,
): Known | Map<number, Slot> | undefined {
  if (known?.has(range)) return known
  const slot = owner.allocateExtension(series, { exemplar: range }, exemplarCells)
  return slot === undefined ? known : (known ?? new Map<number, Slot>()).set(range, slot)
}

/** Moves extension cells of a series to another store; they stay where they are when there is no room. */
export function moveExtension(extension: Extension, from: Slot, count: number, series: Slot, store: Store): Slot {
  const slot = store.allocate(count)
  if (slot === undefined) return from
  slot.cells.set(from.cells.subarray(from.index, from.index + count), slot.index)
  if (store.announceExtension(series, extension, slot)) return slot
  store.free(slot, count)
  return from
}
