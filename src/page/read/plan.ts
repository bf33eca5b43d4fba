import { octaveCells } from '../../snapshot/kinds/cells.ts'
import { evictedLabels } from '../../snapshot/kinds/evict-series.ts'
import { exemplarCells } from '../../snapshot/kinds/exemplar.ts'
import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import { octaveCopiesCells, recentCells } from '../../snapshot/kinds/recent.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import { chosenFamilies, type LabelsTest, partsOf } from '../../snapshot/selection.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { ReadableBytes } from '../storage.ts'
import type { CellCopies, Fill } from './cell-copies.ts'
import type { Chunks } from './chunks.ts'
import type { Descriptors } from './descriptors.ts'
import type { PageSeries } from './extension-cells.ts'
import { FamilyReader, FamilyReaders } from './family-reader.ts'
import type { PageFamily } from './page-family.ts'
import { SharedHeads } from './shared-heads.ts'

/** What a call for one series is taken to cost, in cells: from 256 to 2048, no difference could be measured. */
const callCells = 1024

/** What a read of a selection does with a page whose log has been parsed so far. */
export class ReadPlan {
  readonly parts: Parts
  /** What is chosen, sorted by name; of some families not all series. */
  readonly families: FamilyReaders
  /** Those whose series may have to be copied again. */
  readonly unsettled: readonly PageFamily[]
  private readonly selection: Selection | undefined
  private readonly chunks: Chunks
  private readonly chosen: readonly Planned[]
  // Each made when it is needed first.
  private all: CellCopies | undefined
  /** Without the octaves of which a read may know everything already. */
  private fewer: CellCopies | undefined

  constructor(selection: Selection | undefined, planned: readonly Planned[], chunks: Chunks, heads: SharedHeads) {
    this.selection = selection
    this.parts = partsOf(selection)
    this.families = new FamilyReaders(
      planned.map(({ reader }) => reader),
      heads,
    )
    this.unsettled = planned
      .map(({ chosen }) => chosen)
      .filter(({ layout }) => rowOf(layout.kind).isConsistent !== undefined)
    this.chunks = chunks
    this.chosen = planned
  }

  /** Copies the cells that are needed. `now`: in milliseconds of one clock. */
  copy(bytes: ReadableBytes, fill: Fill, now: number): void {
    if (!this.families.haveCounts) {
      this.copyAll(bytes, fill)
      this.families.findStale(now)
      return
    }
    this.fewer ??= this.copiesOf(false)
    this.fewer.run(bytes, fill)
    this.copyStale(bytes, fill, now)
  }

  /** Copies the octaves of the series whose heads have changed; returns of how many. */
  copyStale(bytes: ReadableBytes, fill: Fill, now: number): number {
    const { families } = this
    const stale = families.findStale(now)
    if (stale * callCells > families.octaveCells) this.copyAll(bytes, fill)
    else families.copyStale(fill)
    return stale
  }

  private copyAll(bytes: ReadableBytes, fill: Fill): void {
    this.all ??= this.selection === undefined ? this.chunks.copiesOfAll() : this.copiesOf(true)
    this.all.run(bytes, fill)
  }

  private copiesOf(hasAllOctaves: boolean): CellCopies {
    return this.chunks.copiesOf((add) => {
      for (const { chosen, reader } of this.chosen) {
        addCells(chosen, this.parts, hasAllOctaves || reader.counts === undefined, this.chunks, add)
      }
    })
  }
}

/** A family that a plan is about, as it was then. */
interface Planned {
  readonly family: PageFamily
  /** Which of its series are chosen; `undefined` for all. */
  readonly test: LabelsTest | undefined
  readonly version: number
  /** The family, or what is chosen of it. */
  readonly chosen: PageFamily
  readonly reader: FamilyReader
}

interface Known {
  parsed: number
  readonly version: number
  readonly planned: readonly Planned[]
  readonly plan: ReadPlan
}

/** Plans of the selections that a page is read by, each until what it has chosen gets or loses cells. */
export class Plans {
  private readonly known = new WeakMap<object, Known>()
  private readonly heads = new SharedHeads()

  /** How a selection, or everything, is read of what the log has said, when it is known up to `parsed`. */
  of(selection: Selection | undefined, parsed: number, { families, version }: Descriptors, chunks: Chunks): ReadPlan {
    const key = selection ?? allParts
    let known = this.known.get(key)
    if (known?.parsed === parsed) return known.plan
    // Most of what is added to a log is about other families.
    if (known?.version === version && known.planned.every((one) => one.family.version === one.version)) {
      known.parsed = parsed
      return known.plan
    }
    const parts = partsOf(selection)
    const planned =
      known?.version === version
        ? known.planned.map((one) => renewed(one, parts, chunks))
        : choose(selection, families, parts, chunks)
    known = { parsed, version, planned, plan: new ReadPlan(selection, planned, chunks, this.heads) }
    this.known.set(key, known)
    return known.plan
  }
}

function choose(selection: Selection | undefined, all: Iterable<PageFamily>, parts: Parts, chunks: Chunks): Planned[] {
  const byName = new Map<string, PageFamily>()
  for (const family of all) byName.set(family.layout.name, family)
  const tests = chosenFamilies(selection, byName)
  const planned: Planned[] = []
  for (const [name, family] of byName) {
    if (tests?.has(name) !== false) planned.push(plannedFamily(family, tests?.get(name), parts, chunks))
  }
  return planned.sort((a, b) => (a.family.layout.name < b.family.layout.name ? -1 : 1))
}

/** `before`: what read it until now. */
function plannedFamily(
  family: PageFamily,
  test: LabelsTest | undefined,
  parts: Parts,
  chunks: Chunks,
  before?: FamilyReader,
): Planned {
  const chosen = chosenSeries(family, test)
  return { family, test, version: family.version, chosen, reader: new FamilyReader(chosen, parts, chunks, before) }
}

/** The same where nothing has changed: what its reader knows stays known. */
function renewed(one: Planned, parts: Parts, chunks: Chunks): Planned {
  return one.family.version === one.version ? one : plannedFamily(one.family, one.test, parts, chunks, one.reader)
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

function addCells(family: PageFamily, parts: Parts, hasOctaves: boolean, chunks: Chunks, add: AddCells): void {
  const { headCells: count } = family
  for (const first of family.heads?.firsts ?? []) {
    const { cells, index } = chunks.slotAt(first, count)
    add(cells, index, count)
  }
  for (const series of [...family.series, ...family.evicted]) {
    add(series.cells, series.index, count)
    addExtensions(family, series, parts, hasOctaves, add)
  }
}

function addExtensions(
  { layout }: PageFamily,
  series: PageSeries,
  parts: Parts,
  hasOctaves: boolean,
  add: AddCells,
): void {
  const { octaves, recent, exemplars } = series
  const hasRecent = parts.recent.length > 0
  for (const { cells, index, copies } of octaves) {
    if (hasOctaves) add(cells, index, octaveCells)
    if (hasRecent && copies !== undefined) add(copies.cells, copies.index, octaveCopiesCells)
  }
  if (hasRecent && recent !== undefined) add(recent.cells, recent.index, recentCells(layout.bounds))
  if (parts.exemplars && exemplars !== undefined)
    for (const { cells, index } of exemplars.values()) add(cells, index, exemplarCells)
}
