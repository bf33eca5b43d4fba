import { PlimsollError } from '../../errors.ts'

/** What of a page is beyond the limits of readers, by the limit. */
export class LeftOut {
  private readonly counts = new Map<string, number>()

  /** Adds to what is left out for a reason, or takes away what was removed from the page. */
  add(reason: string, count = 1): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + count)
  }

  /** What readers report of it; `undefined` where nothing is left out. */
  errorFor(file: string): PlimsollError | undefined {
    const found = [...this.counts].filter(([, count]) => count > 0)
    if (found.length === 0) return undefined
    const what = found.map(([reason, count]) => `${count} ${reason}`).join('; ')
    return new PlimsollError('PLIMSOLL_PAGE_INCOMPLETE', { file, what })
  }
}
