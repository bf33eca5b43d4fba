import type { Labels, PageInfo, Snapshot } from '../snapshot.ts'
import { isByProcess, processLabel, withProcesses } from './process-label.ts'

/** On one machine that is enough. */
const pidAndTid = /^\d+-\d+$/

/** The apps with writers of several hosts, such as containers: a process id is ambiguous without its host. */
export function appsOfHosts(pages: Iterable<PageInfo>): ReadonlySet<string> {
  const hosts = new Map<string, string>()
  const found = new Set<string>()
  for (const { app, host, state } of pages) {
    // An archive has the host of the process that wrote it.
    if (state === 'archived') continue
    if ((hosts.get(app) ?? host) !== host) found.add(app)
    hosts.set(app, host)
  }
  return found
}

/** The gauges that each process keeps for itself with the host in the label of the process: process ids are those of a host. */
export function withHosts(snapshot: Snapshot): Snapshot {
  const [page] = snapshot.pages
  const { families } = snapshot
  if (page === undefined || !families.some(isByProcess)) return snapshot
  const own = snapshot.pages.length === 1 ? `${page.pid}-${page.tid}` : undefined
  const named = (labels: Labels): string | undefined => {
    const process = labels[processLabel] ?? own
    return process !== undefined && pidAndTid.test(process) ? `${page.host}-${process}` : undefined
  }
  return {
    ...snapshot,
    families: families.map((family) => (isByProcess(family) ? withProcesses(family, named) : family)),
  }
}
