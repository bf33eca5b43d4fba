import { readFile } from 'node:fs/promises'
import type { TlsOptions } from './http.ts'

/** The content of PEM files. */
export async function readTls(paths: {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}): Promise<TlsOptions> {
  const read = Object.entries(paths).map(async ([name, path]) => [name, await readFile(path)] as const)
  return Object.fromEntries(await Promise.all(read))
}
