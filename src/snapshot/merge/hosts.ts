import type { ColumnSnapshot } from '../columns.ts'
import type { Labels, PageInfo } from '../snapshot.ts'
import { isByProcess, processLabel, withProcessLabels } from './process-label.ts'

/** On one machine that is enough. */
const pidAndTid = /^\d+-\d+$/

/**
 * How the place of a process is named where its id alone is ambiguous: by its host, or by container where hosts are not
 * enough.
 */
export type HostNaming = 'host' | 'container'

/** The apps with writers of several hosts or containers, and how these are distinguished. */
export function appsOfHosts(pages: Iterable<PageInfo>): ReadonlyMap<string, HostNaming> {
  const apps = new Map<string, Map<string, Set<string>>>()
  for (const { app, host, container = '', state } of pages) {
    // An archive has the host of the process that wrote it.
    if (state === 'archived') continue
    const hosts = apps.get(app) ?? new Map<string, Set<string>>()
    apps.set(app, hosts.set(host, (hosts.get(host) ?? new Set()).add(container)))
  }
  const found = new Map<string, HostNaming>()
  for (const [app, hosts] of apps) {
    if ([...hosts.values()].some((containers) => containers.size > 1)) found.set(app, 'container')
    else if (hosts.size > 1) found.set(app, 'host')
  }
  return found
}

/** The name of the host of a page, with its container where hosts are not enough. */
export function hostName({ host, container }: PageInfo, naming: HostNaming): string {
  return naming === 'container' && container ? `${host}-${container}` : host
}

/** How to name hosts where several apps are shown together. */
export function namingOf(pages: Iterable<PageInfo>): HostNaming | undefined {
  const all = [...appsOfHosts(pages).values()]
  return all.includes('container') ? 'container' : all[0]
}

/** The gauges that each process keeps for itself with the host in the label of the process: process ids are those of a host. */
export function withHosts<S extends ColumnSnapshot>(snapshot: S, naming: HostNaming = 'host'): S {
  const [page] = snapshot.pages
  const { families } = snapshot
  if (page === undefined || !families.some(isByProcess)) return snapshot
  const own = snapshot.pages.length === 1 ? `${page.pid}-${page.tid}` : undefined
  const named = (labels: Labels): string | undefined => {
    const process = labels[processLabel] ?? own
    return process !== undefined && pidAndTid.test(process) ? `${hostName(page, naming)}-${process}` : undefined
  }
  return {
    ...snapshot,
    families: families.map((family) => (isByProcess(family) ? withProcessLabels(family, named) : family)),
  }
}
