import type { Labels, PageInfo } from '../../snapshot/snapshot.ts'

/** When what a series counts began, in Unix seconds; `undefined` if no page contains it. */
export type CreatedAt = (labels: Labels) => number | undefined

/**
 * Of a series by worker the start of its page, and of what is archived that of the archive; of a sum the earliest start among
 * its pages: those of its app where it has a label `app` that is one.
 */
export function createdAt(pages: readonly PageInfo[]): CreatedAt {
  const starts = new Map<string, number | undefined>()
  return (labels) => {
    const { app = '', host = '' } = labels
    // A label `pid` alone may be the app's own.
    const { worker, pid, tid } = labels
    const isByWorker = [worker, pid, tid].every((label) => label !== undefined)
    const key = JSON.stringify([app, host, isByWorker && [worker === 'archived', pid, tid]])
    if (starts.has(key)) return starts.get(key)
    const ofApp = narrowed(
      narrowed(pages, (page) => page.app === app),
      (page) => page.host === host,
    )
    const isOwn = (page: PageInfo): boolean =>
      worker === 'archived' ? page.state === 'archived' : String(page.pid) === pid && String(page.tid) === tid
    const start = earliest(isByWorker ? narrowed(ofApp, isOwn) : ofApp)
    starts.set(key, start)
    return start
  }
}

/** The pages that fit, or all where none does. */
function narrowed(pages: readonly PageInfo[], fits: (page: PageInfo) => boolean): readonly PageInfo[] {
  const fitting = pages.filter(fits)
  return fitting.length > 0 ? fitting : pages
}

function earliest(pages: readonly PageInfo[]): number | undefined {
  let start = Infinity
  for (const { startedAt } of pages) if (startedAt < start) start = startedAt
  return Number.isFinite(start) ? start : undefined
}
