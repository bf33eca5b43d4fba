import { resolve } from 'node:path'

/** What this thread writes once a second, by path: for every copy of this package in the thread, as bundles may have one each. */
const key = Symbol.for('plimsoll.own-pages.1')
const shared = globalThis as { [key]?: Map<string, () => unknown> }

/** Has a page of this thread brought up to date before this thread reads it. Returns a function that stops it. */
export function flushBeforeRead(file: string, flush: () => unknown): () => void {
  shared[key] ??= new Map()
  const flushes = shared[key].set(file, flush)
  return () => {
    if (flushes.get(file) === flush) flushes.delete(file)
  }
}

/** To be called before a page is read. */
export function flushOwn(file: string): void {
  const flushes = shared[key]
  if (flushes === undefined || flushes.size === 0) return
  try {
    flushes.get(resolve(file))?.()
  } catch {
    // It is as it was written last, and its next heartbeat reports why.
  }
}
