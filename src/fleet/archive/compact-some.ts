import type { Clock } from '../../clock.ts'
import { Archives } from './archives.ts'
import { type Compaction, compactDirectory, usualRetention, usualSilence } from './compact.ts'

/** Compacts pages of ended processes of an app for about `budgetMs`. Throws nothing. */
export function compactSome(directory: string, app: string, clock: Clock, budgetMs: number): Compaction {
  const archives = new Archives(directory, app)
  const options = { clock, retentionSeconds: usualRetention, silentSeconds: usualSilence, budgetMs }
  const result = compactDirectory(archives, options)
  archives.close()
  return result
}
