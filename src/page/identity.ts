import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { version } from '../version.ts'
import type { WriterLine } from './log.ts'

const longestName = 100

/**
 * The name under which a process publishes: `$PLIMSOLL_APP`, else the name in the package.json nearest to the main
 * script, else the name of that script without its ending, else `node`. At most 100 characters.
 */
export function appName(script: string | undefined = process.argv[1]): string {
  const given = process.env.PLIMSOLL_APP
  const name = given || (script === undefined ? '' : packageName(dirname(script)) || basename(script, extname(script)))
  return name.slice(0, longestName) || 'node'
}

/** Who this thread is. */
export function writerLine(app: string, startedAt: number): WriterLine {
  const host = hostname().slice(0, longestName)
  return {
    pid: process.pid,
    tid: threadId,
    app: app.slice(0, longestName),
    host,
    startedAt,
    plimsoll: version,
    node: process.version,
  }
}

function packageName(directory: string): string {
  try {
    const name: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).name
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // No package.json here, or none that can be read: the next directory up may have one.
  }
  const parent = dirname(directory)
  return parent === directory ? '' : packageName(parent)
}
