import { checkSnapshots } from '../check-snapshot.ts'
import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot.ts'
import { mapFamilies } from '../totals.ts'
import { type HostNaming, hostName, namingOf } from './hosts.ts'
import { Merger } from './merge.ts'

/**
 * The parts of a fleet as one snapshot in which nothing is added up across processes: each series says whose it is, in the
 * labels `worker` (the id of a cluster worker or an instance of PM2; empty for none), `pid` and `tid`, and in those given
 * to `publish`; where pages of several hosts or containers are among them, in `host` as well, which is `<host>-<container>` for
 * containers that share a host name. What the archive holds of writers that are gone has `worker="archived"`, and no process.
 * A label of the app with one of these names becomes `exported_…`, as Prometheus does it.
 */
export function byWorker(parts: readonly Snapshot[]): Snapshot {
  checkSnapshots('byWorker()', parts)
  const naming = namingOf(parts.flatMap(({ pages }) => pages))
  const added = parts.map(({ pages }) => labelsOf(pages, naming))
  // In front of all others, and in the same order whichever page comes first.
  const names = [...new Set([...Object.keys(nobody), ...added.flatMap(Object.keys).sort()])]
  const merger = new Merger()
  for (const [i, part] of parts.entries()) merger.add(labelled(part, added[i] ?? nobody, names))
  // Each worker has as many series as it may.
  return merger.end(false)
}

/** Whose the numbers in an archive are. */
const nobody: Labels = { worker: 'archived', pid: '', tid: '' }

function labelsOf([page]: readonly PageInfo[], naming: HostNaming | undefined): Labels {
  if (page === undefined || page.state === 'archived') return nobody
  return { ...workerLabels(page, naming), ...page.labels }
}

/** Whose a series is. */
export function workerLabels(page: PageInfo, naming: HostNaming | undefined): Labels {
  const { worker = '', pid, tid } = page
  return { worker, pid: String(pid), tid: String(tid), ...(naming && { host: hostName(page, naming) }) }
}

/**
 * A snapshot with further labels on each of its series, of these names and in front of its own. A label of its own with one
 * of the names becomes `exported_…`.
 */
export function labelled(snapshot: Snapshot, added: Labels, names: readonly string[] = Object.keys(added)): Snapshot {
  return mapFamilies(snapshot, (family) => {
    const renamed = ownNames(family.labelNames, names)
    const labelNames = [...names, ...renamed.values()]
    const relabel = <S extends { readonly labels: Labels }>(series: S): S => {
      const labels = Object.entries(series.labels).map(([name, value]) => [renamed.get(name) ?? name, value])
      return { ...series, labels: { ...added, ...Object.fromEntries(labels) } }
    }
    return { ...family, labelNames, series: family.series.map(relabel as never) } as FamilySnapshot
  })
}

/** What the labels of a family are called beside those that are added: no two alike. */
function ownNames(labelNames: readonly string[], added: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set([...labelNames, ...added])
  const names = labelNames.map((name): [string, string] => {
    let own = name
    if (added.includes(name)) while (taken.has(own)) own = `exported_${own}`
    taken.add(own)
    return [name, own]
  })
  return new Map(names)
}
