import {
  bufferCells,
  buffersCell,
  bytesCell,
  checkCell,
  checkSum,
  lengthCell,
  readText,
  setsCell,
} from '../../snapshot/kinds/text.ts'
import type { Labels, TextSeries } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import { CountedValue, type ValueCounts } from '../objects/value-counts.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

const encoder = new TextEncoder()

/** A text: what is being worked on, the last error. Cells: 5, and a quarter of its capacity in bytes. */
export class Text {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  private readonly capacity: number
  /** Where an ancestor counts its children by their texts. */
  private counted: CountedValue | undefined = undefined

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, capacity: number) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.capacity = capacity
  }

  /**
   * Sets the text; what is longer than there is room for is cut at a code point, half surrogate pairs become U+FFFD. What is no
   * text changes nothing and is counted under `plimsoll.rejected`. Cost grows with the length; no system call.
   */
  set(text: string): void {
    if (typeof text !== 'string') {
      this.owner.reject(text)
      return
    }
    const { cells, capacity } = this
    const sets = cells[this.index + setsCell] as number
    const buffer = this.index + buffersCell + ((sets + 1) % 2) * bufferCells(capacity)
    const bytes = new Uint8Array(cells.buffer, cells.byteOffset + 8 * (buffer + bytesCell), capacity)
    const { read, written } = encoder.encodeInto(text, bytes)
    cells[buffer + lengthCell] = written
    cells[buffer + checkCell] = checkSum(bytes.subarray(0, written))
    cells[this.index + setsCell] = sets + 1
    const { counted } = this
    if (counted === undefined) return
    // A text of ASCII that was not cut is what was stored; others are read back.
    const isSame = read === text.length && written === read
    counted.moveTo(isSame ? text : this.value)?.handTo(counted.metric)
  }

  /** The text now; empty before it is first set. */
  get value(): string {
    return readText({}, this.slot, this.capacity).value
  }

  /** The text as plain data. */
  snapshot(): MetricSnapshot<TextSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels): TextSeries {
    return readText(labels, this.slot, this.capacity)
  }

  /** @internal Is counted there from now on, or nowhere. */
  countIn(counts: ValueCounts | undefined): void {
    this.counted?.leave()
    this.counted = counts && new CountedValue(counts, this.value)
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}

showAs(Text, (metric) => metric.snapshot())
