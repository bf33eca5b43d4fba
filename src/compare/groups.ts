import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import { isByProcess, processLabel } from '../snapshot/merge/process-label.ts'
import { findFamilies, labelTest } from '../snapshot/selector-match.ts'
import type { Selector } from '../snapshot/selector-type.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../snapshot/snapshot.ts'

/** What one metric is in several sources. */
export interface Group {
  /** Its head; the series are in the rows. */
  readonly family: FamilySnapshot
  /** The values of the labels that are kept apart. */
  readonly labels: Labels
  /** In the order of the sources; several of one source where it has several texts, or a gauge for each process. */
  readonly rows: readonly Row[]
}

interface Row {
  readonly source: string
  readonly series: FamilySnapshot['series'][number]
}

/** The families of one name in one source. */
interface Entry {
  readonly source: string
  readonly snapshot: Snapshot
  readonly families: FamilySnapshot[]
}

/** All families of all sources by their names, so that finding one does not take a walk over all. */
export type FamilyIndex = ReadonlyMap<string, readonly Entry[]>

/** Labels of series that stand for many others: apart from these, but part of every sum. */
const rest = ['overflow', 'evicted']

export function indexFamilies(sources: readonly (readonly [string, Snapshot])[]): FamilyIndex {
  const index = new Map<string, Entry[]>()
  for (const [source, snapshot] of sources) {
    for (const family of snapshot.families) {
      const entries = index.get(family.name) ?? []
      const last = entries.at(-1)
      if (last?.source === source) last.families.push(family)
      else entries.push({ source, snapshot, families: [family] })
      index.set(family.name, entries)
    }
  }
  return index
}

/** The metrics that a selector chooses, ordered by name and labels, and the statistic that it names. */
export function findGroups(
  index: FamilyIndex,
  selector: Selector,
  by: readonly string[],
): { readonly groups: readonly Group[]; readonly statistic: string | undefined } {
  const found = findFamilies(selector, index)
  const fits = labelTest(selector.labels)
  const groups = new Map<string, Group & { rows: Row[] }>()
  for (const name of found?.families ?? []) {
    for (const { source, snapshot, families } of index.get(name) ?? []) {
      const { version, takenAt, pages } = snapshot
      const wanted = families.map((family) => narrowed(family, fits, by))
      // Gauges and texts of a snapshot whose processes are all gone are left out by this, as everywhere.
      const merged = mergeSnapshots([{ version, takenAt, pages, families: wanted }])
      for (const family of merged.families) addRows(groups, source, family, by)
    }
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
  return { groups: sorted, statistic: found?.statistic }
}

function addRows(
  groups: Map<string, Group & { rows: Row[] }>,
  source: string,
  family: FamilySnapshot,
  by: readonly string[],
): void {
  for (const series of family.series as readonly Row['series'][]) {
    const labels = picked(series.labels, keptApart(by))
    const key = JSON.stringify([family.name, Object.values(labels), family.kind, family.unit])
    const process = isByProcess(family) ? series.labels[processLabel] : undefined
    const group = groups.get(key) ?? { family: { ...family, series: [] }, labels, rows: [] }
    group.rows.push({ source: process === undefined ? source : `${source} ${process}`, series })
    groups.set(key, group)
  }
}

/** Only the series with the wanted labels, and of their labels those that are kept apart. */
function narrowed(family: FamilySnapshot, fits: (labels: Labels) => boolean, by: readonly string[]): FamilySnapshot {
  // The labels of an info are its value.
  const kept =
    family.kind === 'info' ? family.labelNames : [...keptApart(by), ...(isByProcess(family) ? [processLabel] : [])]
  const series = (family.series as readonly Row['series'][])
    .filter(({ labels }) => fits(labels))
    .map((one) => ({ ...one, labels: picked(one.labels, kept) }))
  const labelNames = family.labelNames.filter((name) => kept.includes(name))
  return { ...family, labelNames, series } as FamilySnapshot
}

function keptApart(by: readonly string[]): readonly string[] {
  return by.length === 0 ? by : [...by, ...rest]
}

function picked(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name] ?? '']] : [])))
}
