import { dirname, resolve } from 'node:path'
import { checkIsOptions, optionInvalid, type PlimsollError } from './errors.ts'
import type { Registry } from './metrics/registry.ts'
import { areWriterLabels, longestName } from './page/identity.ts'
import { largestPageBytes } from './page/layout.ts'
import type { WriterLine } from './page/log.ts'
import type { Labels } from './snapshot/snapshot.ts'

/** What `publish` may be told. */
export interface PublishOptions {
  /** Default: the registry behind `counter()`, `timer()` and so on. */
  readonly registry?: Registry
  /**
   * Where the page goes. Default: `$PLIMSOLL_DIR`, else `/dev/shm/plimsoll-<uid>` where `/dev/shm` exists, else
   * `<tmpdir>/plimsoll-<uid>`. Made with mode 0700 where it is missing.
   */
  readonly dir?: string
  /** Processes with the same name belong together. Default: `$PLIMSOLL_APP`, else the package name of the main script. */
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
  /** Takes each kind of trouble once. Default: `process.emitWarning`. What it throws is dropped, and what it rejects with. */
  readonly onWarning?: (warning: PlimsollError) => void
}

/** What is true of a page, whatever the options were that it came from. */
export interface Published {
  readonly file: string
  readonly writer: WriterLine
  readonly maxBytes: number
}

/** The names of options that want a page to be otherwise than it is. */
export function differingOptions(options: PublishOptions, { file, writer, maxBytes }: Published): string[] {
  const { app, dir, labels } = options
  const wanted = {
    app: app?.slice(0, longestName),
    dir: dir && resolve(dir),
    labels: labels && sortedText(labels),
    maxBytes: options.maxBytes,
  }
  const is = { app: writer.app, dir: dirname(file), labels: sortedText(writer.labels), maxBytes }
  const names = Object.keys(is) as (keyof typeof is)[]
  return names.filter((name) => wanted[name] !== undefined && wanted[name] !== is[name])
}

function sortedText(labels: Labels = {}): string {
  return JSON.stringify(Object.entries(labels).sort())
}

/** Throws PLIMSOLL_OPTION_INVALID. */
export function checkOptions(options: PublishOptions): void {
  checkIsOptions('publish()', options)
  const { registry, maxBytes, dir, app, labels, onWarning, ...others } = options
  const known = 'no other options than registry, dir, app, labels, maxBytes and onWarning'
  for (const [option, given] of Object.entries(others)) check(option, given, false, known)
  const sizeFits = typeof maxBytes === 'number' && maxBytes >= 65_536 && maxBytes <= largestPageBytes
  // Not by its class: another copy of this package has one of its own.
  check('registry', registry, typeof registry?.useStore === 'function', 'a Registry')
  check('maxBytes', maxBytes, sizeFits, '65536 to 268435456 bytes')
  check('dir', dir, typeof dir === 'string' && dir !== '', 'the path of a directory')
  check('app', app, typeof app === 'string' && app !== '', 'a name')
  check(
    'labels',
    labels,
    areWriterLabels(labels),
    'names of labels with texts, at most 800 bytes of JSON, without worker, pid and tid',
  )
  check('onWarning', onWarning, typeof onWarning === 'function', 'a function')
}

function check(option: string, given: unknown, good: boolean, expected: string): void {
  if (given === undefined || good) return
  throw optionInvalid(option, 'publish()', given, expected)
}
