import { optionCheck } from '../../errors.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import { largestPageBytes } from '../layout.ts'
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

/** Throws PLIMSOLL_OPTION_INVALID, with `where` as what takes them. */
export function checkWriterOptions(where: string, { app, maxBytes, labels }: WriterOptions): void {
  const sizeFits = typeof maxBytes === 'number' && maxBytes >= 65_536 && maxBytes <= largestPageBytes
  const labelsExpected = 'an object of strings by label name, at most 800 bytes of JSON, without worker, pid and tid'
  const check = optionCheck(where)
  check('app', app, typeof app === 'string' && app !== '', 'a non-empty string')
  check('maxBytes', maxBytes, sizeFits, '65536 to 268435456 bytes')
  check('labels', labels, areWriterLabels(labels), labelsExpected)
}
