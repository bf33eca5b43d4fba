import { basename, dirname, join } from 'node:path'
import { listMmstats } from '../../mmstats/glob.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/** A request that cannot be answered as it is, with the reason for its sender. */
export class BadRequest extends Error {}

const maxGlob = 200
const maxStars = 5

/** Which pages a request chooses by `app`, `pid` and `glob`. Throws BadRequest. */
export function pageTest(query: URLSearchParams, pages: readonly PageInfo[]): (page: PageInfo) => boolean {
  const apps = query.getAll('app')
  const pids = query.getAll('pid').map((text) => {
    if (!/^\d{1,10}$/.test(text)) throw new BadRequest('pid must be a process id.')
    return Number(text)
  })
  const glob = query.get('glob')
  const files = glob === null ? undefined : filesMatching(glob, pages)
  return ({ app, pid, file }) =>
    (apps.length === 0 || apps.includes(app)) &&
    (pids.length === 0 || pids.includes(pid)) &&
    (files === undefined || (file !== null && files.has(file)))
}

/** The files of pages whose names match a pattern. It is for names: no path leads out of the directories that are served. */
export function filesMatching(glob: string, pages: readonly PageInfo[]): ReadonlySet<string> {
  if (/[/\\]/.test(glob)) throw new BadRequest('glob must be a pattern of file names, without a directory.')
  if (glob === '' || glob.length > maxGlob || glob.split('*').length - 1 > maxStars)
    throw new BadRequest(`glob must have 1 to ${maxGlob} characters, and at most ${maxStars} stars.`)
  const files = pages.flatMap(({ file }) => file ?? [])
  const found = new Set([...new Set(files.map(dirname))].flatMap((folder) => listMmstats(join(literal(folder), glob))))
  const names = new Set([...found].map((file) => basename(file)))
  return new Set(files.filter((file) => names.has(basename(file)) && found.has(file)))
}

/** A path with what is special in patterns in brackets, where it stands for itself. */
function literal(path: string): string {
  return path.replace(/[*?[]/g, '[$&]')
}

/** Whether names begin with a prefix, or with `exact` are just that. */
export function nameTest(prefix: string, query: URLSearchParams): (name: string) => boolean {
  const exact = query.get('exact')
  const isExact = exact !== null && !['0', 'false', 'no'].includes(exact.toLowerCase())
  return (name) => (isExact ? name === prefix : name.startsWith(prefix))
}

/** A Unix time in seconds of a query, or seconds before now where it is negative. Throws BadRequest. */
export function timeOf(query: URLSearchParams, name: string, now: number, otherwise: number): number {
  const text = query.get(name)
  if (text === null || text === '') return otherwise
  const value = Number(text)
  if (!Number.isFinite(value))
    throw new BadRequest(`${name} must be a Unix time in seconds, or seconds before now: -300.`)
  return value < 0 ? now + value : value
}
