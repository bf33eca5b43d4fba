import { readFileSync } from 'node:fs'
import type { PageInfo } from '../../snapshot/snapshot.ts'

/** The name of the other user who owns a page, or his number where he has no name here; `-` for a page of one's own. */
export function ownerText({ owner }: PageInfo): string {
  if (owner === undefined) return '-'
  names ??= readNames()
  return names.get(owner) ?? String(owner)
}

let names: ReadonlyMap<number, string> | undefined

function readNames(): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return new Map(lines.map((line) => line.split(':')).map(([name = '', , uid]) => [Number(uid), name]))
  } catch {
    return new Map()
  }
}
