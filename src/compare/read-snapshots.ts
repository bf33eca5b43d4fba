import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { parseJson } from '../formats/json/json-parse.ts'
import type { PageFailure } from '../page/read/open-pages.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The result of reading a folder of snapshot files. */
export interface SnapshotsRead {
  /** By name of the source: that of the file without `.json`, and the app behind a `/` where a file has several. */
  readonly snapshots: ReadonlyMap<string, Snapshot>
  /** The files that could not be read, and why: PLIMSOLL_SNAPSHOT_UNREADABLE. */
  readonly failures: readonly PageFailure[]
}

const suffix = '.json'
// Without waiting: what has a name like a file may be a pipe that nobody writes to.
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK
/** Longer files are no snapshots; reading them would only take memory. */
const maxBytes = 2 ** 28

/**
 * Reads snapshot files: what `plimsoll show --json` wrote, or `GET /metrics.json` answered, one file a server. A folder
 * stands for all files in it that end in `.json`, not for what is in folders below. Files of the same name, from several
 * folders, are named by their paths. One that cannot be read hides no other; nothing is thrown.
 */
export function readSnapshots(...paths: readonly string[]): SnapshotsRead {
  const failures: PageFailure[] = []
  const attempt = <T>(file: string, read: () => readonly T[]): readonly T[] => {
    try {
      return read()
    } catch (cause) {
      const error = new PlimsollError('PLIMSOLL_SNAPSHOT_UNREADABLE', { file, reason: reasonOf(cause) }, { cause })
      failures.push({ file, error })
      return []
    }
  }
  const files = [...new Set(paths.flatMap((path) => attempt(path, () => filesOf(path))))]
  const names = files.map(nameOf)
  const snapshots = files.flatMap((file, i) => {
    const isAlone = names.indexOf(names[i] as string) === names.lastIndexOf(names[i] as string)
    return attempt(file, () => named(isAlone ? (names[i] as string) : withoutSuffix(file), readAll(file)))
  })
  return { snapshots: new Map(snapshots), failures }
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { withFileTypes: true })
  const files = entries.filter((entry) => entry.name.endsWith(suffix) && !entry.isDirectory())
  return files.map(({ name }) => join(path, name)).sort()
}

function nameOf(file: string): string {
  return withoutSuffix(basename(file))
}

function withoutSuffix(file: string): string {
  return file.endsWith(suffix) ? file.slice(0, -suffix.length) : file
}

/** All snapshots of a file: one, on as many lines as may be, or one on each line. */
function readAll(file: string): Snapshot[] {
  const text = readText(file)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const isLineByLine = lines.length > 1 && lines.every((line) => line.startsWith('{') && line.trimEnd().endsWith('}'))
  return isLineByLine ? lines.map(parseJson) : [parseJson(text)]
}

function readText(file: string): string {
  const fd = openSync(file, readOnly)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new Error('it is not a regular file')
    if (stats.size > maxBytes) throw new Error(`it has ${stats.size} bytes, more than ${maxBytes}`)
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function named(name: string, snapshots: readonly Snapshot[]): [string, Snapshot][] {
  const [only] = snapshots
  if (only !== undefined && snapshots.length === 1) return [[name, only]]
  const taken = new Set<string>()
  return snapshots.map((snapshot, i) => {
    const app = snapshot.pages[0]?.app ?? ''
    const own = app === '' || taken.has(app) ? `${i + 1}` : app
    taken.add(own)
    return [`${name}/${own}`, snapshot]
  })
}
