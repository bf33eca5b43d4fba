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
 * Compacts what earlier processes of an app have left in a directory, some at a time, without keeping the process alive; where
 * another process is at it, or no other one has pages, nothing. Returns a function that stops it. Throws nothing.
 */
export function compactAtStart(directory: string, app: string, onError: (error: PlimsollError) => void): () => void {
  let stopped = false
  const begin = async (): Promise<void> => {
    if (otherPages(directory, app).length === 0) return
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
  // Fails where a bundle lacks the file, or where the thread is being ended.
  const delayMs = otherPages(directory, app).length > manyPages ? 0 : usualDelayMs
  const timer = setTimeout(() => void begin().catch(() => undefined), delayMs).unref()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** The pages of the app that other processes have made. */
function otherPages(directory: string, app: string): string[] {
  const start = `${directory}/${nameInFile(app)}-`
  const own = `${start}${process.pid}-`
  try {
    return listPages(directory).filter((file) => file.startsWith(start) && !file.startsWith(own))
  } catch {
    return []
  }
}
