import type { Clock } from '../clock.ts'
import type { Slot } from '../snapshot/store.ts'

/** What a metric asks of the family it belongs to; never on the way of a good value. */
export interface Owner {
  readonly clock: Clock
  /** Counts a value that was refused: NaN, infinite, out of range or not a number. */
  reject(): void
  /** Cells for one more octave of `series`, announced to readers; `undefined` when the store has no room. */
  growOctave(series: Slot, exponent: number): Slot | undefined
}
