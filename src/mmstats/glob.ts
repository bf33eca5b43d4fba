import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { optionInvalid } from '../errors.ts'
import { fileSuffix, unfinishedSuffix } from './layout.ts'
import { mmstatsGlob } from './names.ts'

/**
 * The files that match a pattern as Python's `glob` has it: `*`, `?` and `[…]` in any part of the path, none of which
 * stands for a slash, nor at the beginning of a part for a dot. Sorted. Directories that cannot be read have no files.
 * Default: `$MMSTATS_GLOB`, else all mmstats files of the usual place.
 */
export function listMmstats(pattern: string = mmstatsGlob()): string[] {
  checkPattern('listMmstats()', pattern)
  let paths = [pattern.startsWith('/') ? '/' : '']
  for (const part of pattern.split('/').filter((each) => each !== '')) {
    paths = paths.flatMap((path) => (/[*?[]/.test(part) ? matching(path, part) : [join(path, part)]))
  }
  return paths.filter((path) => path !== '' && existsSync(path) && !isDirectory(path)).sort()
}

/** The mmstats files of a directory by their usual ending, sorted; none where it cannot be read. */
export function mmstatsIn(directory: string): string[] {
  return mmstatsAmong(directory, namesIn(directory))
}

/** As {@link mmstatsIn}, of the names of all files in the directory. */
export function mmstatsAmong(directory: string, names: readonly string[]): string[] {
  return names
    .filter((name) => name.endsWith(fileSuffix) && !name.startsWith('.'))
    .map((name) => join(directory, name))
    .filter((path) => !isDirectory(path))
    .sort()
}

/** What writers that died left over where the files of a pattern are; the pattern as in {@link listMmstats}. */
export function listUnfinished(pattern: string = mmstatsGlob()): string[] {
  checkPattern('listUnfinished()', pattern)
  return listMmstats(join(dirname(pattern), unfinishedPattern))
}

/** What writers of mmstats files that died left over in a directory. */
export function unfinishedIn(directory: string): string[] {
  return matching(directory, unfinishedPattern).sort()
}

function checkPattern(where: string, pattern: unknown): void {
  if (typeof pattern !== 'string') throw optionInvalid('pattern', where, pattern, 'a string')
}

const unfinishedPattern = `.*-*${unfinishedSuffix}`

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory || '.')
  } catch {
    return []
  }
}

function matching(directory: string, part: string): string[] {
  const wanted = toRegExp(part)
  const names = namesIn(directory).filter((name) => part.startsWith('.') || !name.startsWith('.'))
  return names.filter((name) => wanted.test(name)).map((name) => join(directory, name))
}

function toRegExp(part: string): RegExp {
  // A bracket without an end is itself.
  const source = part.replace(
    /\[(!?)(\]?[^\]]*)\]|[\s\S]/g,
    (found, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]^[]/g, '\\$&')}]`
      return found === '*' ? '[^]*' : found === '?' ? '[^]' : found.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
    },
  )
  return new RegExp(`^${source}$`)
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Opening it reports why it cannot be read.
    return false
  }
}
