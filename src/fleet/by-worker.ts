import { mergeSnapshots } from '../snapshot/merge.ts'
import type { FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/**
 * The parts of a fleet as one snapshot in which nothing is added up across processes: each series says whose it is, in the
 * labels `worker` (the id of a cluster worker or an instance of PM2; empty for none), `pid` and `tid`, and in those given
 * to `publish`. What the ledger holds of writers that are gone has `worker="folded"`, and no process. A label of the app
 * with one of these names becomes `exported_…`, as Prometheus does it.
 */
export function byWorker(parts: readonly Snapshot[]): Snapshot {
  return mergeSnapshots(parts.map((part) => labelled(part, labelsOf(part.pages))))
}

function labelsOf([page]: readonly PageInfo[]): Labels {
  if (page === undefined || page.state === 'folded') return { worker: 'folded', pid: '', tid: '' }
  return { worker: page.worker ?? '', pid: String(page.pid), tid: String(page.tid), ...page.labels }
}

function labelled(snapshot: Snapshot, added: Labels): Snapshot {
  const families = snapshot.families.map((family) => {
    const renamed = new Map(family.labelNames.map((name) => [name, ownName(name, added, family.labelNames)]))
    const labelNames = [...Object.keys(added), ...renamed.values()]
    const relabel = <S extends { readonly labels: Labels }>(series: S): S => {
      const labels = Object.entries(series.labels).map(([name, value]) => [renamed.get(name) ?? name, value])
      return { ...series, labels: { ...added, ...Object.fromEntries(labels) } }
    }
    return { ...family, labelNames, series: family.series.map(relabel as never) } as FamilySnapshot
  })
  return { ...snapshot, families }
}

function ownName(name: string, added: Labels, taken: readonly string[]): string {
  if (!Object.hasOwn(added, name)) return name
  const renamed = `exported_${name}`
  return taken.includes(renamed) ? ownName(renamed, added, taken) : renamed
}
