import { octaveCells } from '../../snapshot/kinds/cells.ts'
import { octaveCopiesCells } from '../../snapshot/kinds/recent.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'

/** The cells of an octave, and of its copies once there are some. */
export interface KeptOctave extends Slot {
  readonly exponent: number
  copies: Slot | undefined
}

type Octaves = readonly (KeptOctave | undefined)[]

/** Makes room for copies of octaves that are new, side by side for neighbours; false where there is none. */
export function growOctaveCopies(owner: Owner, series: Slot, octaves: Octaves): boolean {
  for (let first = 0; first < octaves.length; first++) {
    const added: KeptOctave[] = []
    for (let octave = octaves[first]; octave !== undefined && octave.copies === undefined; octave = octaves[++first]) {
      added.push(octave)
    }
    const [lowest] = added
    if (lowest === undefined) continue
    const extension = { copies: lowest.exponent, ...(added.length > 1 && { octaves: added.length }) }
    const slot = owner.allocateExtension(series, extension, added.length * octaveCopiesCells)
    if (slot === undefined) return false
    for (const [i, octave] of added.entries()) {
      octave.copies = { cells: slot.cells, index: slot.index + i * octaveCopiesCells }
    }
  }
  return true
}

/** Makes one copy of all octaves, modulo 2^32. */
export function copyOctaves(octaves: Octaves, copy: number): void {
  let buffer: ArrayBufferLike | undefined
  let words: Uint32Array = new Uint32Array(0)
  for (const octave of octaves) {
    if (octave?.copies === undefined) continue
    const { cells, index, copies } = octave
    // Mostly they are all in one chunk; to make a view takes longer than to copy an octave.
    if (copies.cells.buffer !== buffer) {
      buffer = copies.cells.buffer
      words = new Uint32Array(buffer)
    }
    const to = (copies.cells.byteOffset + copies.index * 8) / 4 + copy * octaveCells
    for (let i = 0; i < octaveCells; i++) words[to + i] = cells[index + i] as number
  }
}
