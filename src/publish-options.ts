import { dirname } from 'node:path'
import { optionInvalid, type PlimsollError } from './errors.ts'
import type { Registry } from './metrics/registry/registry.ts'
import { callback, checkOptions, directory, flag, type OptionRules, registryLike } from './options.ts'
import { environmentSwitch } from './os/environment-switch.ts'
import { switchOf } from './os/switch-text.ts'
import { findDirectory } from './os/trusted-directory.ts'
import type { OnWarning } from './os/warning.ts'
import type { WriterLine } from './page/log.ts'
import { maxNameLength } from './page/write/identity.ts'
import { type WriterOptions, writerRules } from './page/write/writer-options.ts'
import type { Labels } from './snapshot/snapshot.ts'

/** A registry that readers outside can see; or not, and why. */
export interface Publication {
  /**
   * Path of the page; `undefined` where there is none: metrics are on the heap then, and all else works. Where a page could
   * not be made, or was lost, another attempt is made each minute.
   */
  readonly file: string | undefined
  /** Why there is no page, or what went wrong with it since. */
  readonly error: PlimsollError | undefined
  /**
   * Takes the metrics back to the heap and leaves the page behind, as one that has ended. Published again, the registry gets a
   * new page that takes the place of this one: what it counted is never counted twice, nor missing for an instant. A second
   * call does nothing.
   */
  close(): void
}

/** Options of `publish()`. */
export interface PublishOptions extends WriterOptions {
  /** Default: the registry behind `counter()`, `timer()` and so on. */
  readonly registry?: Registry
  /**
   * Where the page goes. Default: `$PLIMSOLL_DIR`, else `/dev/shm/plimsoll-<uid>` where `/dev/shm` exists, else
   * `<tmpdir>/plimsoll-<uid>`. Created with mode 0700 where it is missing. In a directory that others may write to, the page
   * is in a directory `plimsoll-<uid>` with mode 0700.
   */
  readonly dir?: string
  /**
   * How the page is kept. `mapped`: a store into a metric is a store into the file, which nothing loses but the machine's end.
   * `written`: what changed is written once a second and at the end of the process; needs nothing but Node's own file
   * functions. Up to a second is lost with a signal that the app does not handle, such as SIGKILL, and so is what `exit`
   * listeners count that were added after `publish()`. `off`: no page. Default: `$PLIMSOLL_PAGE`, else mapped where that
   * works, else written.
   */
  readonly page?: 'mapped' | 'written' | 'off'
  /**
   * Whether the pages that ended processes of the app left behind are added to its archive, soon after the start and for about
   * 50 ms at a time. Default: yes, unless `$PLIMSOLL_COMPACT` is off.
   */
  readonly compact?: boolean
  /** Called once for each kind of error. Default: `process.emitWarning`. What it throws or rejects with is dropped. */
  readonly onWarning?: OnWarning
}

export type Keeping = NonNullable<PublishOptions['page']>

/** What is true of a page, whatever the options were that it came from. */
export interface Published {
  readonly file: string
  readonly writer: WriterLine
  readonly maxBytes: number
}

/** The names of options that want a page to be otherwise than it is. */
export function differingOptions(options: PublishOptions, { file, writer, maxBytes }: Published): string[] {
  const { app, dir, labels, page } = options
  const wanted = {
    app: app?.slice(0, maxNameLength),
    dir: dir && findDirectory(dir),
    labels: labels && sortedText(labels),
    page,
    maxBytes: options.maxBytes,
  }
  const is = {
    app: writer.app,
    dir: dirname(file),
    labels: sortedText(writer.labels),
    maxBytes,
    page: writer.written ? 'written' : 'mapped',
  }
  const names = Object.keys(is) as (keyof typeof is)[]
  return names.filter((name) => wanted[name] !== undefined && wanted[name] !== is[name])
}

function sortedText(labels: Labels = {}): string {
  return JSON.stringify(Object.entries(labels).sort())
}

const keepings = '"mapped", "written" or "off"'

function isKeeping(page: unknown): page is Keeping {
  return page === 'mapped' || page === 'written' || page === 'off'
}

/** How a page is to be kept by `$PLIMSOLL_PAGE`, or what is wrong with that. */
export function keepingFromEnvironment(): Keeping | PlimsollError | undefined {
  const given = process.env.PLIMSOLL_PAGE || undefined
  if (given === undefined || isKeeping(given)) return given
  const value = switchOf(given)
  if (value === undefined) return optionInvalid('PLIMSOLL_PAGE', 'the environment', given, keepings)
  return value ? undefined : 'off'
}

/** Whether a process adds pages to the archive unless `publish()` says so: as files change with it, not for an invalid value. */
export function compactsByDefault(onWarning: OnWarning | undefined): boolean {
  return environmentSwitch('PLIMSOLL_COMPACT', { unset: true, invalid: false }, onWarning)
}

const rules: OptionRules<PublishOptions> = {
  ...writerRules,
  registry: registryLike,
  dir: directory,
  page: [isKeeping, keepings],
  compact: flag,
  onWarning: callback,
}

/** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
export function checkPublishOptions(options: PublishOptions): void {
  checkOptions('publish()', options, rules)
}
