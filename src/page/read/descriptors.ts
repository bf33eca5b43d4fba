import { evictedLabels, overflowLabels } from '../../snapshot/kinds/evict-series.ts'
import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import { isFamilyName } from '../../snapshot/names.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import { maxFamilies } from '../layout.ts'
import { damaged } from '../log.ts'
import type { Chunks } from './chunks.ts'
import { addExtension, extensionOf, extensionSize, type FindCells, type PageSeries } from './extension-cells.ts'
import { readLayout } from './family-line.ts'
import { type KnownLabels, type LabelSets, type RawSeries, readLabels } from './series-line.ts'

/** A family of a page. */
export interface PageFamily extends SeriesLayout {
  /** Its series, where they never have more than a head, until something is removed from the page. */
  heads: Heads | undefined
  /** Its series otherwise. */
  series: PageSeries[]
  /** Those that stand for what was removed; readers show them as one. */
  evicted: PageSeries[]
  /** Labels that were read before in this page or others, where it shares them, and the number of those that may be next. */
  readonly knownLabels: KnownLabels | undefined
  nextLabels: number
}

/**
 * Series of which there is no more to know than their labels and where they begin. In columns: with an object for each, a
 * first read of a fleet takes a quarter more time, and a page that shares its labels five times the memory.
 */
export interface Heads {
  readonly labels: Labels[]
  /** Numbers of their first cells. */
  readonly firsts: number[]
}

interface KnownSeries {
  readonly family: PageFamily
  readonly series: PageSeries
}

/** What is known of the family of a number. */
interface KnownFamily {
  readonly name: string
  /** `undefined` for one of an unknown kind. */
  readonly family: PageFamily | undefined
}

type Line = Readonly<Record<string, unknown>>

/** For all series without one: a list for each would be a fifth of the memory. */
const noOctaves: PageSeries['octaves'] = []

/**
 * What the log of a page has said so far. Lines are taken one by one, each is checked before it counts; a line or a kind
 * that this version does not know is passed over. Throws PLIMSOLL_PAGE_DAMAGED.
 */
export class Descriptors {
  /** In the order of the log. */
  readonly families: Set<PageFamily> = new Set()
  /** How many lines took something away. */
  removals = 0
  private readonly file: string
  private readonly chunks: Chunks
  private readonly findCells: FindCells
  private readonly labelSets: LabelSets | undefined
  private readonly byId = new Map<unknown, KnownFamily>()
  private readonly names = new Set<string>()
  /** By the number of their first cell: those that may have extension cells, and all once something was removed. */
  private readonly byCell = new Map<unknown, KnownSeries>()
  /** Series to be taken out of their families, all at once. */
  private readonly gone = new Set<PageSeries>()
  private readonly thinned = new Set<PageFamily>()

  constructor(file: string, chunks: Chunks, labelSets?: LabelSets) {
    this.file = file
    this.chunks = chunks
    this.findCells = (first, count) => (chunks.claim(first, count) ? chunks.slotAt(first, count) : undefined)
    this.labelSets = labelSets
  }

  /**
   * Takes a line of a series that was taken apart as far as its labels, and notes its end; false, and nothing taken, where
   * {@link add} must see it whole.
   */
  addRaw(log: Buffer, raw: RawSeries): boolean {
    const family = this.byId.get(raw.of)?.family
    const labels = family && labelsOf(family, log, raw)
    return labels !== undefined && this.pushSeries(family as PageFamily, raw.at, labels)
  }

  /** Takes one line of the log. */
  add(line: Line): void {
    if ('family' in line) this.addFamily(line)
    else if ('of' in line) this.addSeries(line)
    else if ('removed' in line) this.remove(line)
    else if (extensionOf(line) !== undefined) this.addExtension(line)
  }

  /** Ends a part of the log: what it removed is gone. */
  settle(): void {
    for (const family of this.thinned) {
      family.series = family.series.filter((series) => !this.gone.has(series))
      family.evicted = family.evicted.filter((series) => !this.gone.has(series))
    }
    this.thinned.clear()
    this.gone.clear()
  }

  private addFamily(line: Line): void {
    const { family, name } = line
    const layout = isCount(family) && isFamilyName(name) ? readLayout(name, line) : undefined
    const isNew = !this.byId.has(family) && !this.names.has(name as string)
    if (layout === undefined || !isNew) throw this.damagedLine(line, 'a new family')
    if (this.names.size >= maxFamilies) throw this.damagedLine(line, `at most ${maxFamilies} families`)
    this.names.add(name as string)
    const added: PageFamily | undefined =
      layout === 'unknown'
        ? undefined
        : {
            ...layout,
            heads: this.removals === 0 && hasHeadsOnly(layout) ? { labels: [], firsts: [] } : undefined,
            series: [],
            evicted: [],
            knownLabels: this.labelSets?.of(layout.labelNames),
            nextLabels: 0,
          }
    this.byId.set(family, { name: name as string, family: added })
    if (added !== undefined) this.families.add(added)
  }

  private addSeries(line: Line): void {
    const { of, at, labels = [], overflow = false, evicted = false } = line
    const family = this.byId.get(of)?.family
    if (family === undefined) {
      if (this.byId.has(of)) return
      throw this.damagedLine(line, 'a family that was announced before')
    }
    let key = toLabels(family.labelNames, labels)
    if (evicted === true) key = evictedLabels
    else if (overflow === true) key = overflowLabels
    if (key === undefined || typeof overflow !== 'boolean' || typeof evicted !== 'boolean') {
      throw this.damagedLine(line, `${family.labelNames.length} label values`)
    }
    if (!this.pushSeries(family, at, key)) {
      throw this.damagedLine(line, 'cells of this page that no other series has')
    }
  }

  /** False, and nothing done, where there are no such cells. */
  private pushSeries(family: PageFamily, at: unknown, labels: Labels): boolean {
    const { heads } = family
    const count = headCells(family)
    if (!this.chunks.claim(at, count)) return false
    if (heads !== undefined && labels !== evictedLabels) {
      heads.labels.push(labels)
      heads.firsts.push(at)
      return true
    }
    const series = newSeries(labels, this.chunks.slotAt(at, count))
    if (labels === evictedLabels) family.evicted.push(series)
    else family.series.push(series)
    if (this.removals > 0 || mayExtend(family)) this.byCell.set(at, { family, series })
    return true
  }

  private addExtension(line: Line): void {
    const known = this.byCell.get(line.at)
    // The cells of a family of an unknown kind belong to nobody we know.
    if ((known === undefined || !mayExtend(known.family)) && typeof line.at === 'number') return
    if (known !== undefined && addExtension(known.family, known.series, line, this.findCells)) return
    throw this.damagedLine(line, 'new cells of the series, in cells of this page that no other series has')
  }

  private remove(line: Line): void {
    const { removed, families = [] } = line
    if (!areWhole(removed) || !areWhole(families)) throw this.damagedLine(line, 'numbers of cells and families')
    if (this.removals === 0) this.findAll()
    this.removals++
    for (const at of removed) {
      const known = this.byCell.get(at)
      // It may be one of a family of an unknown kind.
      if (known !== undefined) this.removeSeries(at, known)
    }
    for (const id of families) {
      const known = this.byId.get(id)
      if (known === undefined) throw this.damagedLine(line, 'families that were announced before')
      this.removeFamily(id, known)
    }
  }

  /** A page in which nothing was ever removed needs no place for each of its series, and no object for most. */
  private findAll(): void {
    for (const family of this.families) {
      const { labels, firsts } = family.heads ?? { labels: [], firsts: [] }
      for (const [i, one] of labels.entries()) {
        family.series.push(newSeries(one, this.chunks.slotAt(firsts[i] as number, headCells(family))))
      }
      family.heads = undefined
      for (const series of [...family.series, ...family.evicted]) {
        this.byCell.set(this.chunks.numberOf(series), { family, series })
      }
    }
  }

  private removeSeries(at: unknown, { family, series }: KnownSeries): void {
    this.byCell.delete(at)
    this.chunks.release(headCells(family) + extensionSize(family, series))
    this.gone.add(series)
    this.thinned.add(family)
  }

  private removeFamily(id: number, { name, family }: KnownFamily): void {
    this.byId.delete(id)
    this.names.delete(name)
    if (family === undefined) return
    for (const series of [...family.series, ...family.evicted]) {
      if (!this.gone.has(series)) this.removeSeries(this.chunks.numberOf(series), { family, series })
    }
    this.families.delete(family)
  }

  private damagedLine(line: Line, expected: string): Error {
    return damaged(this.file, 'its log', textOf(line), expected)
  }
}

function areWhole(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.every(isCount)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** JSON of arrays in arrays in arrays is read without end, but not written. */
function textOf(line: Line): string {
  try {
    return JSON.stringify(line)
  } catch {
    return 'a line too deep to show'
  }
}

function newSeries(labels: Labels, { cells, index }: Slot): PageSeries {
  return { labels, cells, index, octaves: noOctaves, recent: undefined, exemplars: undefined }
}

/** Whether a copy of the head is all that its series are read from; that of a text or a state may have to be made anew. */
function hasHeadsOnly(layout: SeriesLayout): boolean {
  return !mayExtend(layout) && rowOf(layout.kind).isConsistent === undefined
}

/** Whether its series may have extension cells. */
function mayExtend(layout: SeriesLayout): boolean {
  return (rowOf(layout.kind).extensions?.(layout) ?? []).length > 0
}

function headCells(layout: SeriesLayout): number {
  return rowOf(layout.kind).cells(layout)
}

/** The labels that stand in a log; `undefined` for what the family cannot have. */
function labelsOf(family: PageFamily, log: Buffer, raw: RawSeries): Labels | undefined {
  const { knownLabels, labelNames } = family
  if (knownLabels?.standsIn(log, raw, family.nextLabels)) return knownLabels.at(family.nextLabels++)
  if (!readLabels(log, raw)) return undefined
  const known = knownLabels?.find(log, raw) ?? -1
  if (known !== -1) {
    family.nextLabels = known + 1
    return knownLabels?.at(known)
  }
  try {
    const labels = toLabels(labelNames, JSON.parse(log.toString('utf8', raw.labelsFrom, raw.end - 1)))
    if (labels !== undefined) knownLabels?.add(log, raw, labels)
    return labels
  } catch {
    return undefined
  }
}

function toLabels(names: readonly string[], values: unknown): Labels | undefined {
  if (!Array.isArray(values) || values.length !== names.length) return undefined
  const labels: Record<string, string> = {}
  for (const [i, name] of names.entries()) {
    if (typeof values[i] !== 'string') return undefined
    labels[name] = values[i]
  }
  return labels
}
