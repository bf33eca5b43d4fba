import { accessSync, constants, readlinkSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'
import { optionInvalid, PlimsollError } from '../errors.ts'
import { fileSuffix } from './layout.ts'

const defaultFilename = `{CMD}-{PID}-{TID}${fileSuffix}`

/** The directory of mmstats files: `$MMSTATS_PATH`, else what Python takes for temporary files. May hold placeholders. */
export function mmstatsPath(): string {
  const { MMSTATS_PATH, TMPDIR, TEMP, TMP } = process.env
  if (MMSTATS_PATH !== undefined) return MMSTATS_PATH
  const places = [TMPDIR, TEMP, TMP, '/tmp', '/var/tmp', '/usr/tmp']
  return places.find((place) => place !== undefined && place !== '' && isWritable(place)) ?? process.cwd()
}

/** Which files are read where none are named: `$MMSTATS_GLOB`, else all that end in `.mmstats` in {@link mmstatsPath}. */
export function mmstatsGlob(): string {
  return process.env.MMSTATS_GLOB ?? join(mmstatsPath(), `*${fileSuffix}`)
}

/** Whether the environment says where mmstats files are. */
export function isMmstatsPlaceGiven(): boolean {
  return process.env.MMSTATS_GLOB !== undefined || process.env.MMSTATS_PATH !== undefined
}

/**
 * The absolute path of the file for this process and thread. Both parts may hold `{CMD}`, the file name of the main
 * script, `{PID}` and `{TID}`; a brace is written twice. An absolute filename needs no path. Defaults: `$MMSTATS_PATH` and
 * `$MMSTATS_FILES`, else {@link mmstatsPath} and `{CMD}-{PID}-{TID}.mmstats`. Throws PLIMSOLL_OPTION_INVALID for other braces.
 */
export function mmstatsFile(path?: string, filename?: string): string {
  const name = expand('filename', filename ?? process.env.MMSTATS_FILES ?? defaultFilename)
  return isAbsolute(name) ? name : resolve(expand('path', path ?? mmstatsPath()), name)
}

/** The kernel's number of this thread, which for the main thread is the process id. */
export function kernelThreadId(): number {
  try {
    const id = Number(basename(readlinkSync('/proc/thread-self')))
    if (Number.isInteger(id)) return id
  } catch {
    // No /proc here; then any number does that no other thread of the process has.
  }
  return isMainThread ? process.pid : threadId
}

function expand(option: string, template: string): string {
  if (typeof template !== 'string') throw optionInvalid(option, 'mmstats', template, 'a string')
  return template.replace(/\{\{|\}\}|\{(CMD|PID|TID)\}|[{}]/g, (found, name: string | undefined) => {
    if (found.length === 2) return found.charAt(0)
    // A name that begins with a dot would be none that `*` stands for.
    if (name === 'CMD') return basename(process.argv[1] ?? 'node').replace(/^\./, '_')
    if (name === 'PID') return String(process.pid)
    if (name === 'TID') return String(kernelThreadId())
    const expected = 'no braces other than {CMD}, {PID}, {TID}, {{ and }}'
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where: 'mmstats', given: template, expected })
  })
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
