import { mergeSnapshots } from '../snapshot/merge.ts'
import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/**
 * The parts of a fleet as one snapshot in which nothing is added up across processes: each series says whose it is, in the
 * labels `worker` (the id of a cluster worker or an instance of PM2; empty for none), `pid` and `tid`, and in those given
 * to `publish`. What the ledger holds of writers that are gone has `worker="folded"`, and no process. A label of the app
 * with one of these names becomes `exported_…`, as Prometheus does it.
 */
export function byWorker(parts: readonly Snapshot[]): Snapshot {
  const added = parts.map(({ pages }) => labelsOf(pages))
  // In front of all others, and in the same order whichever page comes first.
  const names = [...new Set([...Object.keys(nobody), ...added.flatMap(Object.keys).sort()])]
  return mergeSnapshots(parts.map((part, i) => labelled(part, added[i] ?? nobody, names)))
}

/** Whose the numbers in a ledger are. */
const nobody: Labels = { worker: 'folded', pid: '', tid: '' }

function labelsOf([page]: readonly PageInfo[]): Labels {
  if (page === undefined || page.state === 'folded') return nobody
  return { worker: page.worker ?? '', pid: String(page.pid), tid: String(page.tid), ...page.labels }
}

function labelled(snapshot: Snapshot, added: Labels, names: readonly string[]): Snapshot {
  const families = snapshot.families.map((family) => {
    const renamed = new Map(family.labelNames.map((name) => [name, ownName(name, names, family.labelNames)]))
    const labelNames = [...names, ...renamed.values()]
    const relabel = <S extends { readonly labels: Labels }>(series: S): S => {
      const labels = Object.entries(series.labels).map(([name, value]) => [renamed.get(name) ?? name, value])
      return { ...series, labels: { ...added, ...Object.fromEntries(labels) } }
    }
    return { ...family, labelNames, series: family.series.map(relabel as never) } as FamilySnapshot
  })
  return { ...snapshot, families }
}

function ownName(name: string, added: readonly string[], taken: readonly string[]): string {
  if (!added.includes(name)) return name
  const renamed = `exported_${name}`
  return taken.includes(renamed) ? ownName(renamed, added, taken) : renamed
}
