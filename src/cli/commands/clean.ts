import { basename } from 'node:path'
import { PlimsollError } from '../../errors.ts'
import { cleanFleet } from '../../fleet/archive/clean-fleet.ts'
import { printable } from '../../formats/table/printable.ts'
import { cleanMmstats } from '../../mmstats/clean.ts'
import { fileSuffix } from '../../mmstats/layout.ts'
import type { CleanedFile, CleanOptions } from '../../page/clean.ts'
import { type Arguments, dashed, secondsOption, unknownArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { selectionOf } from '../select/selection.ts'
import { alignColumns, type Column } from '../view/columns.ts'

const cleanOptions: Options = {
  'dry-run': { help: 'print what would be removed, without removing it' },
  'older-than': { value: '<seconds>', help: 'only pages silent for at least this long; default: 0' },
  dir: dirOrMmstatsOption,
}

/** `plimsoll clean`. */
export const cleanCommand: Command = {
  usage: ['[<file>.mmstats]... [--dry-run] [--older-than <seconds>] [--dir <path>]...'],
  examples: ['plimsoll clean --dry-run', 'plimsoll clean --older-than 3600'],
  about: `
A page is removed only if no process holds its lock: that of a running process
is never touched, however long it has been silent, nor is a file that is not a
page. Its counts are first compacted into the archive of its app, so totals do
not change. Unfinished pages are removed after 60 s.

With mmstats files as arguments, only these are checked. Files without a lock
are removed if the process id in them is not running.`,
  options: cleanOptions,
  complete: 'file',
  run: clean,
}

/** The text in the last column, by reason. */
const reasons: Readonly<Record<CleanedFile['why'], string>> = {
  dead: 'its writer has ended',
  unfinished: 'it was never finished',
  live: 'its writer is running',
  closed: 'its process is running and may publish it again',
  young: 'not silent for long enough',
  notYetArchived: 'its counts are not in an archive yet',
  gone: 'another process removed it',
  unknown: '',
}

/** Removes what ended writers left behind and lists it, one file per line. */
function clean(args: Arguments, { columns: width, clock }: Context): Result {
  const word = args.words.find((each) => !each.endsWith(fileSuffix))
  if (word !== undefined) throw unknownArgument(args.command, word, dashed(cleanOptions))
  const olderThan = secondsOption(args, 'older-than', 0) ?? 0
  const dryRun = args.flags.has('dry-run')
  const selection = selectionOf(args, [], clock)
  const isNamed = args.words.length > 0
  const directories = isNamed ? [] : selection.directories
  const mmstatsFiles = isNamed ? args.words : [...selection.mmstatsFiles(), ...selection.unfinishedMmstats()]
  const { files, errors } = cleanAll(directories, mmstatsFiles, { olderThan, dryRun, clock })
  const listed = files.filter(({ why }) => why !== 'unknown')
  if (listed.length === 0)
    return result('', errors.length > 0 ? errors : [`there is no page in ${directories.join(', ')}.`])
  const removal = dryRun ? 'would remove' : 'removed'
  const name = (file: string): string => (width !== undefined && directories.length === 1 ? basename(file) : file)
  const columns: readonly Column<CleanedFile>[] = [
    { head: '', align: 'left', cell: ({ removed }) => (removed ? removal : 'kept') },
    { head: '', align: 'left', cell: ({ file }) => name(file) },
    { head: '', align: 'left', cell: ({ why }) => reasons[why] },
  ]
  const { lines } = alignColumns(columns, listed, width)
  const removed = listed.filter((file) => file.removed).length
  const where = isNamed ? '' : ` in ${printable(directories.join(', '))}`
  const sum = `${removal} ${removed}, ${dryRun ? 'keep' : 'kept'} ${files.length - removed}${where}`
  return result(`${lines.join('\n')}\n${sum}\n`, errors)
}

function cleanAll(
  directories: readonly string[],
  mmstatsFiles: readonly string[],
  options: CleanOptions,
): { files: CleanedFile[]; errors: PlimsollError[] } {
  const files: CleanedFile[] = []
  const errors: PlimsollError[] = []
  for (const directory of directories) {
    try {
      const cleaned = cleanFleet(directory, options)
      files.push(...cleaned.files)
      errors.push(...cleaned.errors)
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      errors.push(error)
    }
  }
  files.push(...cleanMmstats(mmstatsFiles, options))
  for (const { error } of files) if (error !== undefined) errors.push(error)
  return { files, errors }
}
