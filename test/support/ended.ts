import type { Publication } from 'plimsoll'
import type { ClosedPage } from '#src/page/write/closed-page.ts'

/** Closes a publication as the end of its process does: nobody has the lock of its page any more. */
export function endPublication(publication: Publication): void {
  publication.close()
  const { closed } = publication as Publication & { readonly closed?: ClosedPage }
  closed?.release()
}
