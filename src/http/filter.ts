import { PlimsollError } from '../errors.ts'
import { parseSelectors } from '../snapshot/selector.ts'
import { filterSnapshot } from '../snapshot/selector-match.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

const maxFilter = 500
const maxSelectors = 20

/** The filter of a query: `filter`, or `query` with `==` for `=` too. */
export function filterTextOf(query: URLSearchParams): string {
  const filter = query.get('filter')
  return (filter ?? (query.get('query') ?? '').replaceAll('==', '=')).trim()
}

/**
 * The metrics and series that fit any of the selectors of a text. Throws a PlimsollError for an invalid selector, and for
 * regular expressions: one of a few characters can take minutes.
 */
export function filtered(snapshot: Snapshot, text: string): Snapshot {
  if (text === '') return snapshot
  const invalid = (given: string, expected: string): PlimsollError =>
    new PlimsollError('PLIMSOLL_OPTION_INVALID', { option: 'filter', where: 'the request', given, expected })
  if (text.length > maxFilter) throw invalid(`${text.length} characters`, `at most ${maxFilter} characters`)
  const selectors = parseSelectors(text, 'the request', 'filter')
  if (selectors.length > maxSelectors)
    throw invalid(`${selectors.length} selectors`, `at most ${maxSelectors} selectors`)
  const pattern = selectors.flatMap(({ labels }) => labels).find(({ operator }) => operator.endsWith('~'))
  if (pattern !== undefined) throw invalid(pattern.name + pattern.operator, '* and ? in place of a regular expression')
  return filterSnapshot(snapshot, selectors)
}
