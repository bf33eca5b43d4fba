import type { Clock } from '../../clock.ts'
import type { PlimsollError } from '../../errors.ts'
import { callback, clockLike, type OptionRules } from '../../options.ts'
import { LabelSets } from './series-line.ts'

/** Options of a reader of pages. */
export interface ReaderOptions {
  /** Where `takenAt` and ages come from. Default: the machine's clock. */
  readonly clock?: Clock
  /** Takes an error that reports what was left out of a read, as it is beyond the limits of docs/format.md. */
  readonly onDefect?: (defect: PlimsollError) => void
  /** @internal Labels of other pages that are open too, to share with them. */
  readonly labelSets?: LabelSets
}

/** Which of them are valid. */
export const readerRules: OptionRules<ReaderOptions> = {
  clock: clockLike,
  onDefect: callback,
  labelSets: [(given) => given instanceof LabelSets, 'those of another page'],
}
