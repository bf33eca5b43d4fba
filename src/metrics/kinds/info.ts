import type { InfoSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import { showAs } from '../registry/shown.ts'

/** Constants of this process, kept as labels. One cell. */
export class Info {
  /** @internal Those of its series, set once by its registry. */
  constants: Labels = {}
  private cells: Float64Array
  private index: number

  /** Made by a registry, not by hand. */
  constructor(slot: Slot) {
    this.cells = slot.cells
    this.index = slot.index
    this.cells[this.index] = 1
  }

  /** The constants, as texts by name. */
  get value(): Labels {
    return this.constants
  }

  /** The constants as plain data. */
  snapshot(): InfoSeries {
    return { labels: this.constants }
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels): InfoSeries {
    return { labels }
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}

showAs(Info, (metric) => metric.snapshot())
