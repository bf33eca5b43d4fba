import { basename } from 'node:path'
import { PlimsollError } from '../../errors.ts'
import { cleanFleet } from '../../fleet/archive/clean-fleet.ts'
import { printable } from '../../formats/table/printable.ts'
import { cleanMmstats } from '../../mmstats/clean.ts'
import { fileSuffix } from '../../mmstats/layout.ts'
import type { CleanedFile, CleanOptions } from '../../page/clean.ts'
import { type Arguments, numberOption, unknownArgument } from '../arguments.ts'
import { type Context, type Result, result } from '../result.ts'
import { selectionOf } from '../select/selection.ts'
import { alignColumns, type Column } from '../view/columns.ts'

export const cleanOptions = { dir: 'value', 'dry-run': 'flag', 'older-than': 'value' } as const

export const cleanHelp: string = `plimsoll clean: removes the pages of processes that are gone

Usage: plimsoll clean [<file>.mmstats]... [--dry-run] [--older-than <seconds>]
                      [--dir <path>]...

A page goes only when no process holds its lock: that of a live process is never
touched, however long it has been silent, nor is a file that is no page. What it
counted goes to the archive of its app first, so sums stay as they are. Left-over parts
of pages that were never finished go after 60 s.

Where mmstats files are named, only these are looked at. Their writers are known by
their process ids, where they hold no lock.

Options:
  --dry-run               only say what would be removed
  --older-than <seconds>  only pages silent for at least so long; default 0
  --dir <path>            a directory of pages, may be repeated; default $PLIMSOLL_DIR,
                          else /dev/shm/plimsoll-<uid>, else <tmpdir>/plimsoll-<uid>,
                          and the mmstats files that $MMSTATS_GLOB names

Examples:
  plimsoll clean --dry-run
  plimsoll clean --older-than 3600
`

/** What people are told of each file, by why it is as it is. */
const reasons: Readonly<Record<CleanedFile['why'], string>> = {
  dead: 'its writer is gone',
  unfinished: 'it was never finished',
  live: 'its writer lives',
  closed: 'its process lives and may publish it again',
  young: 'not silent for long enough',
  notYetArchived: 'its numbers are in no archive yet',
  gone: 'somebody else removed it',
  unknown: '',
}

/** Removes what dead writers left behind and says so, file by file. */
export function clean(args: Arguments, { columns: width, clock }: Context): Result {
  const word = args.words.find((each) => !each.endsWith(fileSuffix))
  if (word !== undefined)
    throw unknownArgument(
      args.command,
      word,
      Object.keys(cleanOptions).map((name) => `--${name}`),
    )
  const olderThan =
    numberOption(args, 'older-than', (value) => value >= 0 && value < Infinity, 'seconds, 0 or more') ?? 0
  const dryRun = args.flags.has('dry-run')
  const selection = selectionOf(args, [], clock)
  const isNamed = args.words.length > 0
  const directories = isNamed ? [] : selection.directories
  const mmstatsFiles = isNamed ? args.words : [...selection.mmstatsFiles(), ...selection.unfinishedMmstats()]
  const { files, errors } = cleanAll(directories, mmstatsFiles, { olderThan, dryRun, clock })
  const told = files.filter(({ why }) => why !== 'unknown')
  if (told.length === 0)
    return result('', errors.length > 0 ? errors : [`there is no page in ${directories.join(', ')}.`])
  const removal = dryRun ? 'would remove' : 'removed'
  const name = (file: string): string => (width !== undefined && directories.length === 1 ? basename(file) : file)
  const columns: readonly Column<CleanedFile>[] = [
    { head: '', align: 'left', cell: ({ removed }) => (removed ? removal : 'kept') },
    { head: '', align: 'left', cell: ({ file }) => name(file) },
    { head: '', align: 'left', cell: ({ why }) => reasons[why] },
  ]
  const [, ...lines] = alignColumns(columns, told, width)
  const removed = told.filter((file) => file.removed).length
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
