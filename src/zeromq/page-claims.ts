import type { PageInfo } from '../snapshot/snapshot.ts'

/**
 * Which pages are told of. What sends for other processes may be started anew, or run twice, and then two publishers tell of
 * the same pages. An archive stands for the page of the first process in it, whose start it has.
 */
export class PageClaims {
  private readonly keys = new Set<string>()

  /** Whether one of the pages is told of, by itself or in an archive. */
  has(pages: readonly PageInfo[]): boolean {
    return pages.some((page) => keysToFind(page).some((key) => this.keys.has(key)))
  }

  add(pages: readonly PageInfo[]): void {
    for (const page of pages) for (const key of keysOf(page)) this.keys.add(key)
  }
}

/** What a page is known by. */
export function keysOf(page: PageInfo): string[] {
  return page.state === 'archived' ? [archiveKey(page)] : [ownKey(page), startKey(page)]
}

/** What the same page, or an archive with it, or the page of what is in an archive, is known by. */
export function keysToFind(page: PageInfo): string[] {
  return page.state === 'archived' ? [archiveKey(page), startKey(page)] : [ownKey(page), archiveKey(page)]
}

function ownKey(page: PageInfo): string {
  return `page ${page.pid} ${page.tid} ${beginOf(page)}`
}

function archiveKey(page: PageInfo): string {
  return `archive ${beginOf(page)}`
}

function startKey(page: PageInfo): string {
  return `start ${beginOf(page)}`
}

function beginOf({ startedAt, app, host }: PageInfo): string {
  return `${startedAt} ${host} ${app}`
}
