import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot.ts'

/** What merging puts on a gauge that each process keeps for itself; on one machine that is enough. */
const processLabel = 'process'
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
  const named = (labels: Labels): Labels => {
    const process = labels[processLabel] ?? own
    if (process === undefined || !pidAndTid.test(process)) return labels
    return { ...labels, [processLabel]: `${page.host}-${process}` }
  }
  return { ...snapshot, families: families.map((family) => (isByProcess(family) ? renamed(family, named) : family)) }
}

function isByProcess(family: FamilySnapshot): boolean {
  return family.kind === 'gauge' && family.aggregation === 'process'
}

function renamed(family: FamilySnapshot, named: (labels: Labels) => Labels): FamilySnapshot {
  const series = family.series.map((one) => ({ ...one, labels: named(one.labels) }))
  const isNamed = series.some(({ labels }) => Object.hasOwn(labels, processLabel))
  const known = family.labelNames.includes(processLabel) || !isNamed
  return {
    ...family,
    labelNames: known ? family.labelNames : [...family.labelNames, processLabel],
    series,
  } as FamilySnapshot
}
