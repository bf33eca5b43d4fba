import { fullFileSystem } from '../../findings/file-system.ts'
import { bySeverity, type Finding, type FoldedFinding, folded } from '../../findings/finding.ts'
import { findingsOf, findingsSelection, pageFindings } from '../../findings/findings.ts'
import { findingLine, levelOfFinding } from '../../findings/levels.ts'
import { cut, printable } from '../../formats/table/printable.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import type { Context, Result } from '../result.ts'
import { workerName } from '../select/names.ts'
import { isArchive, pageOf } from '../select/page-snapshots.ts'
import { selectionOf } from '../select/selection.ts'
import { filled } from '../view/filled.ts'
import { paint } from '../view/paint.ts'
import { dim, safeLines } from '../view/terminal.ts'

const doctorOptions: Options = {
  json: { help: 'print one JSON array with an object for each finding' },
  ...recordingOptions,
  dir: dirOrMmstatsOption,
}

/** `plimsoll doctor`. */
export const doctorCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [options]'],
  examples: ['plimsoll doctor', 'plimsoll doctor shop --json', 'plimsoll doctor --file night.rec --at 03:12'],
  about: `
Looks at all processes, or those given, and prints what is wrong with each, the
worst first, and what to do about it: blocked and late event loops, the share of
garbage collection, a heap, a container or file descriptors near their limit,
failed requests, uncaught exceptions, metrics with too many series, rejected
values, processes that were killed and the likely reason, full archives, pages
that nobody compacts, and a full file system. Exit code 1 if something is wrong.`,
  options: doctorOptions,
  complete: 'app',
  run: doctor,
}

/** Runs `plimsoll doctor`. */
function doctor(args: Arguments, { columns: width, clock, color }: Context): Result {
  const selection = selectionOf(args, args.words, clock)
  const read = selection.read(findingsSelection)
  const { snapshots, failures } = read
  const errors = failures.map(({ error }) => error)
  // What was killed a minute ago may be in the archive by now.
  const archived = selection.readRetained(read, findingsSelection)
  selection.close()
  const left = snapshots.filter((one) => !isArchive(one))
  const pages = [...left, ...archived]
  const ofDirectories = selection.recording === undefined ? selection.directories.flatMap(fullFileSystem) : []
  const ofArchives = snapshots.filter(isArchive).flatMap(findingsOf)
  const all = [...pages.flatMap(findingsOf), ...ofArchives, ...pageFindings(left.map(pageOf)), ...ofDirectories]
  const findings = bySeverity(all)
  const isWrong = findings.some(({ severity }) => severity !== 'note')
  const exitCode = isWrong || errors.length > 0 ? 1 : 0
  if (args.flags.has('json')) {
    return { text: safeLines(`${JSON.stringify(findings.map(plain))}\n`, width), messages: errors, exitCode }
  }
  if (pages.length === 0 && ofArchives.length === 0)
    return { text: '', messages: errors.length > 0 ? errors : [selection.nothingHere()], exitCode }
  const shown = folded(findings)
  const lines = shown.flatMap((one, i) => {
    // What helps several in a row stands below the last.
    const isLast = shown[i + 1]?.advice !== one.advice
    return linesOf(isLast ? one : { ...one, advice: '' }, width ?? Number.MAX_SAFE_INTEGER, color)
  })
  return { text: `${[...lines, summary(findings, pages.length)].join('\n')}\n`, messages: errors, exitCode }
}

function plain({ page, ...finding }: Finding): object {
  return { ...(page && whose(page)), ...finding }
}

function whose({ app, host, pid, tid, state, file }: PageInfo): object {
  return { app, host, pid, tid, state, file }
}

function linesOf(finding: FoldedFinding, width: number, color: boolean): string[] {
  const line = findingLine(finding, finding.page && workerName(finding.page))
  const lines = wrapped(printable(line), width).map((one) => (color ? paint(one, levelOfFinding(finding)) : one))
  const advice =
    finding.advice === '' ? [] : wrapped(printable(`  ${finding.advice}`), width).map((one) => (color ? dim(one) : one))
  return [...lines, ...advice]
}

/** As many lines as it takes, all but the first indented. */
function wrapped(text: string, width: number): string[] {
  const lines = filled(text.trimStart().split(' '), width - 2)
  return lines.map((line, i) => cut(i === 0 && !text.startsWith(' ') ? line : `  ${line}`, width))
}

function summary(findings: readonly Finding[], pages: number): string {
  const count = (severity: Finding['severity'], one: string): string[] => {
    const found = findings.filter((finding) => finding.severity === severity).length
    return found === 0 ? [] : [`${found} ${one}${found === 1 ? '' : 's'}`]
  }
  const counts = [...count('error', 'error'), ...count('warning', 'warning'), ...count('note', 'note')]
  const processes = `${pages} ${pages === 1 ? 'process or thread' : 'processes and threads'}`
  const where = pages === 0 ? 'the archive' : processes
  return counts.length === 0 ? `Nothing is wrong with ${where}.` : `${counts.join(', ')} in ${where}.`
}
