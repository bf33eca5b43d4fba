import { isMainThread } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import type { PlimsollError } from './errors.ts'
import { listPages, nameInFile } from './page/directory.ts'

/** Milliseconds for dead pages in one turn of the event loop; one that is begun is read to its end. */
const budgetMs = 50
/** Milliseconds before the first turn, when the app has started, and from turn to turn. */
const usualDelayMs = 1000
const pauseMs = 200
/** With more pages of the app than this, processes may live too shortly for that delay: then it is the first turn. */
const manyPages = 100

/**
 * Compacts what earlier processes of an app have left in a directory, some at a time, without keeping the process alive; does
 * nothing where another process compacts, or where there is no page but `own`. Returns a function that stops it. Never throws.
 */
export function compactAtStart(
  directory: string,
  app: string,
  own: string | undefined,
  onError: (error: PlimsollError) => void,
): () => void {
  const found = otherPages(directory, app, own).length
  if (found === 0) return () => {}
  let stopped = false
  const begin = async (): Promise<void> => {
    // Only here, because an app that publishes need not load what reads fleets.
    const { compactSome } = await import('./fleet/archive/compact-some.ts')
    const compact = (): void => {
      if (stopped) return
      const { archived, error } = compactSome(directory, app, systemClock, budgetMs)
      if (error !== undefined) onError(error)
      if (archived.length > 0) setTimeout(compact, pauseMs).unref()
    }
    compact()
  }
  const delayMs = found > manyPages ? 0 : usualDelayMs
  // Fails where a bundle lacks the file, or where the thread is being ended.
  const timer = setTimeout(() => void begin().catch(() => undefined), delayMs).unref()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Pages of the app that others made. In a container, an earlier process had the same id; the threads of this one have it, too. */
function otherPages(directory: string, app: string, own: string | undefined): string[] {
  const start = `${directory}/${nameInFile(app)}-`
  const ofProcess = `${start}${process.pid}-`
  const isOwn = (file: string): boolean => file === own || (!isMainThread && file.startsWith(ofProcess))
  try {
    return listPages(directory).filter((file) => file.startsWith(start) && !isOwn(file))
  } catch {
    return []
  }
}
