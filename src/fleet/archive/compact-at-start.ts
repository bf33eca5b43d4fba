import { systemClock } from '../../clock.ts'
import type { PlimsollError } from '../../errors.ts'
import { listPages, nameInFile } from '../../page/directory.ts'
import { Archives } from './archives.ts'
import { compactDirectory, usualRetention, usualSilence } from './compact.ts'

/** Milliseconds for dead pages in one turn of the event loop; one that is begun is read to its end. */
const budgetMs = 50
/** Milliseconds before the first turn, when the app has started, and from turn to turn. */
const usualDelayMs = 1000
const pauseMs = 200
/** With more pages of the app than this, processes may live too shortly for that delay: then it is the first turn. */
const manyPages = 100

/**
 * Compacts what earlier processes of an app have left in a directory, some at a time, without keeping the process alive; where
 * another process is at it, nothing. Returns a function that stops it. Throws nothing.
 */
export function compactAtStart(directory: string, app: string, onError: (error: PlimsollError) => void): () => void {
  let next: NodeJS.Timeout | undefined
  const compact = (): void => {
    const archives = new Archives(directory, app)
    const options = { clock: systemClock, retentionSeconds: usualRetention, silentSeconds: usualSilence, budgetMs }
    const { archived, error } = compactDirectory(archives, options)
    archives.close()
    if (error !== undefined) onError(error)
    next = archived.length > 0 ? setTimeout(compact, pauseMs).unref() : undefined
  }
  next = setTimeout(compact, countPages(directory, app) > manyPages ? 0 : usualDelayMs).unref()
  return () => clearTimeout(next)
}

function countPages(directory: string, app: string): number {
  const start = `${directory}/${nameInFile(app)}-`
  try {
    return listPages(directory).filter((file) => file.startsWith(start)).length
  } catch {
    return 0
  }
}
