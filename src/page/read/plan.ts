import { octaveCells } from '../../snapshot/kinds/cells.ts'
import { evictedLabels } from '../../snapshot/kinds/evict-series.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import { chosenFamilies, type LabelsTest, partsOf } from '../../snapshot/selection.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { CellRange, Chunks } from './chunks.ts'
import type { PageSeries } from './extension-cells.ts'
import { FamilyReader } from './family-reader.ts'
import type { PageFamily } from './page-family.ts'

/** What a read of a selection does with a page whose log has been parsed so far. */
export interface ReadPlan {
  readonly parts: Parts
  /** What is chosen, sorted by name; of some families not all series. */
  readonly families: readonly FamilyReader[]
  /** Those whose series may have to be copied again. */
  readonly unsettled: readonly PageFamily[]
  /** The cells to copy; absent for all. */
  readonly ranges?: readonly CellRange[]
}

/** Plans of the selections that a page is read by, each until something is added to its log, or removed. */
export class Plans {
  private readonly known = new WeakMap<object, { readonly parsed: number; readonly plan: ReadPlan }>()

  /** How a selection, or everything, is read of these families, when the log is known up to `parsed`. */
  of(selection: Selection | undefined, parsed: number, families: Iterable<PageFamily>, chunks: Chunks): ReadPlan {
    const key = selection ?? allParts
    const known = this.known.get(key)
    if (known?.parsed === parsed) return known.plan
    const plan = planRead(selection, families, chunks)
    this.known.set(key, { parsed, plan })
    return plan
  }
}

function planRead(selection: Selection | undefined, all: Iterable<PageFamily>, chunks: Chunks): ReadPlan {
  const parts = partsOf(selection)
  const byName = new Map<string, PageFamily>()
  for (const family of all) byName.set(family.name, family)
  const chosen = chosenFamilies(selection, byName)
  const families: PageFamily[] = []
  for (const [name, family] of byName) {
    if (chosen?.has(name) !== false) families.push(chosenSeries(family, chosen?.get(name)))
  }
  families.sort((a, b) => (a.name < b.name ? -1 : 1))
  const readers = families.map((family) => new FamilyReader(family))
  const unsettled = families.filter(({ kind }) => rowOf(kind).isConsistent !== undefined)
  if (selection === undefined) return { parts, families: readers, unsettled }
  const ranges = chunks.rangesOf((add) => {
    for (const family of families) addCells(family, parts, chunks, add)
  })
  return { parts, families: readers, unsettled, ranges }
}

function chosenSeries(family: PageFamily, test: LabelsTest | undefined): PageFamily {
  if (test === undefined) return family
  const { heads, series, evicted } = family
  const at = heads === undefined ? [] : heads.labels.flatMap((labels, i) => (test(labels) ? [i] : []))
  return {
    ...family,
    heads: heads && { labels: at.map((i) => heads.labels[i] ?? {}), firsts: at.map((i) => heads.firsts[i] as number) },
    series: series.filter(({ labels }) => test(labels)),
    evicted: test(evictedLabels) ? evicted : [],
  }
}

type AddCells = (cells: Float64Array, index: number, count: number) => void

function addCells(family: PageFamily, parts: Parts, chunks: Chunks, add: AddCells): void {
  const { headCells: count } = family
  for (const first of family.heads?.firsts ?? []) {
    const { cells, index } = chunks.slotAt(first, count)
    add(cells, index, count)
  }
  for (const series of [...family.series, ...family.evicted]) {
    add(series.cells, series.index, count)
    addExtensions(family, series, parts, add)
  }
}

function addExtensions({ bounds }: PageFamily, series: PageSeries, parts: Parts, add: AddCells): void {
  const { octaves, recent, exemplars } = series
  const hasRecent = parts.recent.length > 0
  for (const { cells, index, copies } of octaves) {
    add(cells, index, octaveCells)
    if (hasRecent && copies !== undefined) add(copies.cells, copies.index, octaveCopiesCells)
  }
  if (hasRecent && recent !== undefined) add(recent.cells, recent.index, recentCells(bounds))
  if (parts.exemplars && exemplars !== undefined)
    for (const { cells, index } of exemplars.values()) add(cells, index, exemplarCells)
}
