import { nonEmptyText, type OptionRules } from '../../options.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import { maxPageBytes } from '../layout.ts'
import { areWriterLabels } from './identity.ts'

/** Who writes a page, and how large it may become, wherever it is. */
export interface WriterOptions {
  /** Processes with the same name belong together. Default: `$PLIMSOLL_APP`, else the name of the main script's package. */
  readonly app?: string
  /**
   * Size in bytes at which the page stops to grow, 65,536 to 2^28; further series are seen in the app only, and
   * `plimsoll.dropped` counts them. A sixty-fourth of it, at least 16,384 bytes, is kept for removing series.
   * @default 67108864
   */
  readonly maxBytes?: number
  /**
   * Says more of this writer wherever the parts of a fleet are kept, as labels on all its series; costs no label in the app.
   * At most 800 bytes of JSON; the names `worker`, `pid` and `tid` are taken.
   */
  readonly labels?: Labels
}

/** Where nobody says how large it may become. */
export const defaultMaxBytes: number = 2 ** 26

/** Which of them are valid. */
export const writerRules: OptionRules<WriterOptions> = {
  app: nonEmptyText,
  maxBytes: [
    (given) => typeof given === 'number' && given >= 65_536 && given <= maxPageBytes,
    '65536 to 268435456 bytes',
  ],
  labels: [
    areWriterLabels,
    'an object of strings by label name, at most 800 bytes of JSON, without worker, pid and tid',
  ],
}
