import { PlimsollError, reasonOf } from '../../errors.ts'

/**
 * What `read` returns; what it throws is an error of that file alone, also where a page makes it run out of memory or fail in
 * a way that nobody thought of.
 */
export function guarded<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause
    throw new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', { file, reason: reasonOf(cause) }, { cause })
  }
}
