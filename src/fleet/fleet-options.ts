import type { Clock } from '../clock.ts'
import { optionInvalid } from '../errors.ts'
import {
  callback,
  checkOptions,
  clockLike,
  directory,
  flag,
  isNonEmptyText,
  type OptionRules,
  seconds,
} from '../options.ts'
import type { OnWarning } from '../os/warning.ts'
import { archiveDaysOf } from './archive/last-seen.ts'

/** Options of `fleet`. */
export interface FleetOptions {
  /** The directory of the pages of an app. Default: `$PLIMSOLL_DIR`, else that of `publish`. */
  readonly dir?: string
  /**
   * Also reads mmstats files: `true`, those that `$MMSTATS_GLOB` names, or all of `$MMSTATS_PATH` or the directory of
   * temporary files; a path, those of that directory. The files of a directory that is given, as target or `dir`, are always
   * read.
   * @default false
   */
  readonly mmstats?: boolean | string
  /** Where `takenAt` and ages come from. Default: the machine's clock. */
  readonly clock?: Clock
  /**
   * `worker`: each series stays one of its process and thread, with labels that say which: see `byWorker()` of
   * `plimsoll/snapshot`. The sum over these labels is what a fleet without this option reads.
   */
  readonly by?: 'worker'
  /**
   * Compacts on each read, as {@link Fleet.compact} does, where this process may write to the directory. For a process that reads
   * regularly: a sidecar, a `/metrics` handler.
   * @default false
   */
  readonly compact?: boolean
  /**
   * Seconds for which the page of a writer that is gone stays after it was archived, so that somebody can look at it; 0 or
   * more. At most 100 such pages stay, the youngest.
   * @default 600
   */
  readonly retentionSeconds?: number
  /**
   * Days after which a series that no process has any more is added to the `evicted` series of its family, at the next
   * compaction; more than 0. Default: `$PLIMSOLL_ARCHIVE_DAYS`, else 30.
   */
  readonly archiveDays?: number
  /**
   * Called once for each kind of error of compaction. Default: `process.emitWarning`. What it throws or rejects with is
   * dropped.
   */
  readonly onWarning?: OnWarning
}

/** Whether the target of `fleet` is the path of a directory, and not the name of an app. */
export function isPath(target: string, { dir }: FleetOptions): boolean {
  return /^\.{0,2}(\/|$)/.test(target) || (target.includes('/') && !target.startsWith('@') && dir === undefined)
}

const rules: OptionRules<FleetOptions> = {
  dir: directory,
  mmstats: [(given) => typeof given === 'boolean' || isNonEmptyText(given), 'true, or the path of a directory'],
  clock: clockLike,
  by: [(given) => given === 'worker', '"worker"'],
  compact: flag,
  retentionSeconds: seconds,
  archiveDays: [(given) => typeof given === 'number' && given > 0, 'days, more than 0'],
  onWarning: callback,
}

/** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
export function checkFleetOptions(target: string | undefined, options: FleetOptions): void {
  checkOptions('fleet()', options, rules)
  if (target !== undefined && !isNonEmptyText(target))
    throw optionInvalid('target', 'fleet()', target, 'the name of an app, or the path of a directory')
  const { dir, archiveDays } = options
  if (target !== undefined && dir !== undefined && isPath(target, options))
    throw optionInvalid('dir', 'fleet()', dir, 'the path of a directory, if the target is an app')
  archiveDaysOf(archiveDays)
}
