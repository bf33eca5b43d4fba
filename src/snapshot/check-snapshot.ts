import { optionInvalid } from '../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID for values that are clearly not snapshots, such as a registry. The content is not checked. */
export function checkSnapshot(where: string, given: unknown, option = 'snapshot'): void {
  const { pages, families } = (given ?? {}) as { readonly pages?: unknown; readonly families?: unknown }
  if (Array.isArray(pages) && Array.isArray(families)) return
  throw optionInvalid(option, where, given, 'a snapshot, such as read() of a registry returns')
}

/** The same for a list of them. */
export function checkSnapshots(where: string, given: unknown): void {
  if (!Array.isArray(given)) throw optionInvalid('snapshots', where, given, 'an array of snapshots')
  for (const [i, snapshot] of given.entries()) checkSnapshot(where, snapshot, `snapshots[${i}]`)
}
