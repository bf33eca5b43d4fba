import { durationText } from '../../../formats/table/durations.ts'
import { cut, printable } from '../../../formats/table/printable.ts'
import { countStates, isAlive, uptime } from '../../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../../snapshot/snapshot.ts'
import { ownerText } from '../page-state.ts'
import { bold } from '../terminal.ts'

/** The first line: the app, then the state of its processes. */
export function heading(
  app: string,
  { pages, takenAt }: Snapshot,
  columns: number | undefined,
  color: boolean,
): string {
  const [page] = pages
  const about =
    pages.length === 1 && page !== undefined && page.state !== 'archived' ? onePage(page, takenAt) : manyPages(pages)
  const owners = [...new Set(pages.filter(({ owner }) => owner !== undefined).map(ownerText))]
  const whose = owners.length === 0 ? '' : `, of user ${owners.join(', ')}`
  const name = printable(app)
  const text = cut(`${name}  ${printable(about + whose)}`, columns ?? Number.MAX_SAFE_INTEGER)
  return color && text.startsWith(name) ? bold(name) + text.slice(name.length) : text
}

function onePage(page: PageInfo, takenAt: number): string {
  const thread =
    (page.tid === 0 ? '' : ` thread ${page.tid}`) + (page.worker === undefined ? '' : `, worker ${page.worker}`)
  const beat = page.heartbeatAge === null ? '' : `, last heartbeat ${durationText(page.heartbeatAge)} ago`
  const { state } = page
  const time = durationText(uptime(page, takenAt))
  if (state === 'live') return `pid ${page.pid}${thread}, up ${time}`
  return `pid ${page.pid}${thread}, ${state === 'blocked' ? `blocked, up ${time}` : `${state} after ${time}`}${beat}`
}

function manyPages(pages: readonly PageInfo[]): string {
  const writers = pages.filter(({ state }) => state !== 'archived')
  const archive = writers.length < pages.length ? ['the archive'] : []
  const live = [...new Set(pages.filter(isAlive).map(({ pid }) => pid))]
  const pids = live.length === 0 ? '' : `: pid ${live.join(', ')}`
  return `${[...(writers.length > 0 ? [countStates(writers)] : []), ...archive].join(', ')}${pids}`
}
