import type { ErrorCode } from '../../errors.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../result.ts'
import { selectionOf } from './selection.ts'

const notFound: ErrorCode = 'PLIMSOLL_PAGE_NOT_FOUND'

/** Whether a failure is that of a word of the command line which no page is named by, and not that of a page. */
export function isNotFound({ error }: Pick<PageFailure, 'error'>): boolean {
  return error.code === notFound
}

/** The words that name no page, but a metric of some page: what to type instead. */
export function metricHints(failures: readonly PageFailure[], args: Arguments, { clock }: Context): string[] {
  const words = failures.filter(isNotFound).map(({ file }) => file)
  if (words.length === 0) return []
  const everything = selectionOf(args, [], clock)
  const names = new Set(everything.read().snapshots.flatMap(({ families }) => families.map(({ name }) => name)))
  everything.close()
  const metrics = words.filter((word) => names.has(word))
  return metrics.map((word) => `"${word}" is a metric; "${args.command} --filter ${word}" selects it.`)
}
