import { fstatSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, resolve } from 'node:path'
import { isLocked } from '../../os/map.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import { fileSuffix, rejectedLabel } from '../layout.ts'
import type { MmstatsField } from './field.ts'

/**
 * Whether the writer of a file runs; `unknown` when the file has neither a lock nor a process id that a process can have.
 */
export type WriterLife = 'live' | 'exited' | 'unknown'

const maxPid = 2 ** 31 - 1
/** Ticks in a second of /proc/<pid>/stat: USER_HZ, 100 on every processor that Node runs on. */
const ticksPerSecond = 100
const startTimeField = 22
/** How much later than its file a process may seem to have begun: clocks of processes and files differ a little. */
const toleranceSeconds = 2

/** Whether a field is the default one of that name; the prefix in front of it need not end in a dot. */
export function isAbout(field: MmstatsField, what: string): boolean {
  return field.label.endsWith(what)
}

/**
 * Whether the writer of an open file with these fields runs. A writer of plimsoll holds a lock as long as it does.
 * Any other goes by its process id: a process of another user counts, and one that has the same id by chance does not,
 * for it has not mapped the file and began after the file was made.
 */
export function writerLife(file: string, fd: number, fields: readonly MmstatsField[]): WriterLife {
  const locked = isLocked(fd)
  if (locked) return 'live'
  if (locked === false && fields.some((field) => isAbout(field, rejectedLabel))) return 'exited'
  const pid = numberOf(fields, 'sys.pid')
  if (pid === undefined || !Number.isInteger(pid) || pid <= 0 || pid > maxPid) return 'unknown'
  if (!isRunning(pid)) return 'exited'
  if (hasMapped(pid, file, fd)) return 'live'
  const seen = lookAtProcess(pid)
  const created = numberOf(fields, 'sys.created')
  if (seen === undefined) return 'live'
  const isAnother = created !== undefined && seen.startedAt > created + toleranceSeconds
  return seen.isDead || isAnother ? 'exited' : 'live'
}

/**
 * Who wrote an open file, as far as its default fields contain it; the app from the file's name. Without `sys.created` it began
 * when the file was made.
 */
export function describeWriter(file: string, fd: number, fields: readonly MmstatsField[], life: WriterLife): PageInfo {
  const pid = whole(numberOf(fields, 'sys.pid'))
  const tid = whole(numberOf(fields, 'sys.tid'))
  const created = numberOf(fields, 'sys.created')
  const startedAt = created !== undefined && Number.isFinite(created) ? created : fstatSync(fd).birthtimeMs / 1000
  const name = basename(file, fileSuffix)
  const suffix = name.endsWith(`-${pid}`) ? /-\d+(-\d+)?$/ : /-\d+-\d+$/
  const app = name.replace(suffix, '') || name
  // The format has no word for a writer that ended in good order.
  const state = life === 'exited' ? 'exited' : 'live'
  return { file, pid, tid: tid === pid ? 0 : tid, app, host: hostname(), startedAt, state, heartbeatAge: null }
}

function whole(value: number | undefined): number {
  return Number.isSafeInteger(value) ? (value as number) : 0
}

/** The old tools go by the last such field too. */
function numberOf(fields: readonly MmstatsField[], what: string): number | undefined {
  const value = fields.findLast((field) => isAbout(field, what) && typeof field.value !== 'string')?.value
  return value === undefined ? undefined : Number(value)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Whether a process has a file in its memory; false also where this user has no permission. */
function hasMapped(pid: number, file: string, fd: number): boolean {
  const path = resolve(file)
  const { ino } = fstatSync(fd)
  try {
    const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
    // Address, rights, offset, device, inode, path. Overlay file systems may show another inode, renaming another path.
    return lines.some((line) => line.split(/ +/, 5)[4] === String(ino) || line.endsWith(` ${path}`))
  } catch {
    return false
  }
}

/** Whether a process is dead but not yet buried, and the Unix time in seconds at which it began; `undefined` without /proc. */
function lookAtProcess(pid: number): { isDead: boolean; startedAt: number } | undefined {
  try {
    // The name of the program, in parentheses, may have blanks and parentheses in it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(rest[startTimeField - 4])
    const booted = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1])
    return { isDead: state === 'Z' || state === 'X', startedAt: booted + ticks / ticksPerSecond }
  } catch {
    return undefined
  }
}
