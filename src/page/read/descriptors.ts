import { evictedLabels, overflowLabels } from '../../snapshot/kinds/evict-series.ts'
import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { FamilyHead, rowOf } from '../../snapshot/kinds/rows.ts'
import { excessOf, maxFamilies, maxLabelBytes } from '../../snapshot/limits.ts'
import { isFamilyName } from '../../snapshot/names.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Cleared } from '../../snapshot/store.ts'
import { damaged } from '../log.ts'
import type { Chunks } from './chunks.ts'
import { addExtension, extensionOf, extensionSize, type FindCells, type PageSeries } from './extension-cells.ts'
import { readLayout } from './family-line.ts'
import { LeftOut } from './left-out.ts'
import { areCounts, areTexts, isCount, type Line, textOf } from './line.ts'
import { hasHeadsOnly, mayExtend, newSeries, noCell, type PageFamily, withoutGone } from './page-family.ts'
import { areTooLong, labelsInLog, toLabels } from './series-labels.ts'
import type { LabelSets, RawSeries } from './series-line.ts'

interface KnownSeries {
  readonly family: PageFamily
  /** One with no more than a head by its place among them. */
  readonly series: PageSeries | number
}

/** What is known of the family of a number. */
interface KnownFamily {
  readonly name: string
  /** `undefined` for one that is passed over: of an unknown kind, or beyond a limit. */
  readonly family: PageFamily | undefined
  /** The limit that it is beyond, as it is counted in what is left out. */
  readonly excess?: string | undefined
}

const tooLongLabels = `series with more than ${maxLabelBytes} bytes of label values`

/**
 * What the log of a page has said so far. Lines are taken one by one, each is checked before it counts; a line or a kind
 * that is unknown to this version is skipped. Throws PLIMSOLL_PAGE_DAMAGED.
 */
export class Descriptors {
  /** In the order of the log. */
  readonly families: Set<PageFamily> = new Set()
  /** Another number once a family was added or removed. */
  version = 0
  /** How many lines took something away. */
  removals = 0
  /** What archives are to forget, in the order of the log. */
  readonly cleared: Cleared[] = []
  /** What is beyond the limits of readers. */
  readonly leftOut: LeftOut = new LeftOut()
  /** By the number of their first cell: the families of series that are left out. */
  private readonly leftOutByCell = new Map<unknown, PageFamily>()
  private readonly file: string
  private readonly chunks: Chunks
  private readonly findCells: FindCells
  private readonly labelSets: LabelSets | undefined
  private readonly byId = new Map<unknown, KnownFamily>()
  private readonly names = new Set<string>()
  /** By the number of their first cell: those that may have extension cells, and all once something was removed. */
  private readonly byCell = new Map<unknown, KnownSeries>()
  /** Series to be taken out of their families, all at once; in lists of heads, {@link noCell} is in their place. */
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
    const labels = family && labelsInLog(family, log, raw)
    return labels !== undefined && this.pushSeries(family as PageFamily, raw.at, labels)
  }

  /** Takes one line of the log. */
  add(line: Line): void {
    if ('family' in line) this.addFamily(line)
    else if ('of' in line) this.addSeries(line)
    else if ('removed' in line) this.remove(line)
    else if (extensionOf(line) !== undefined) this.addExtension(line)
    else if ('cleared' in line) this.addCleared(line)
  }

  /** Ends a part of the log: what it removed is gone. */
  settle(): void {
    // To clear a set takes memory, also where nothing is in it.
    if (this.thinned.size === 0) return
    for (const family of this.thinned) {
      family.version++
      family.heads &&= withoutGone(family.heads, (at, series) => this.byCell.set(at, { family, series }))
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
    this.names.add(name as string)
    const known = { name: name as string, family: undefined }
    if (layout === 'unknown') {
      this.byId.set(family, known)
      return
    }
    const isOneTooMany = this.families.size >= maxFamilies
    const limit = isOneTooMany ? `beyond the first ${maxFamilies}` : excessOf(layout)
    if (limit === undefined) {
      const added = this.newFamily(layout)
      this.byId.set(family, { ...known, family: added })
      this.families.add(added)
      this.version++
      return
    }
    const excess = isOneTooMany ? `families ${limit}` : `families with ${limit}`
    this.byId.set(family, { ...known, excess })
    this.leftOut.add(excess)
  }

  private newFamily(layout: SeriesLayout): PageFamily {
    const row = rowOf(layout.kind)
    return {
      layout,
      labelNames: layout.labelNames,
      sparse: layout.sparse,
      head: new FamilyHead(layout),
      headCells: row.cells(layout),
      hasBuckets: row.extensions?.(layout).includes('recent') === true,
      heads: hasHeadsOnly(layout) ? { labels: [], firsts: [] } : undefined,
      series: [],
      evicted: [],
      leftOut: 0,
      version: 0,
      knownLabels: this.labelSets?.of(layout.labelNames, layout.sparse),
      nextLabels: 0,
    }
  }

  private addSeries(line: Line): void {
    const { of, at, labels = [], overflow = false, evicted = false } = line
    const family = this.byId.get(of)?.family
    if (family === undefined) {
      if (this.byId.has(of)) return
      throw this.damagedLine(line, 'a family that was announced before')
    }
    let key = toLabels(family.labelNames, labels, family.sparse)
    if (evicted === true) key = evictedLabels
    else if (overflow === true) key = overflowLabels
    if (key === undefined || typeof overflow !== 'boolean' || typeof evicted !== 'boolean') {
      throw this.damagedLine(line, `${family.labelNames.length} label values`)
    }
    if (areTooLong(key)) {
      this.leftOut.add(tooLongLabels)
      this.leftOutByCell.set(at, family)
      family.leftOut++
      return
    }
    if (!this.pushSeries(family, at, key)) {
      throw this.damagedLine(line, 'cells of this page that no other series has')
    }
  }

  /** False, and nothing done, where there are no such cells. */
  private pushSeries(family: PageFamily, at: unknown, labels: Labels): boolean {
    const { heads } = family
    const count = family.headCells
    if (!this.chunks.claim(at, count)) return false
    family.version++
    if (heads !== undefined && labels !== evictedLabels) {
      if (this.removals > 0) this.byCell.set(at, { family, series: heads.firsts.length })
      heads.labels.push(labels)
      heads.firsts.push(at)
      return true
    }
    const series = newSeries(labels, this.chunks.slotAt(at, count))
    if (labels === evictedLabels) family.evicted.push(series)
    else family.series.push(series)
    if (this.removals > 0 || mayExtend(family.layout)) this.byCell.set(at, { family, series })
    return true
  }

  private addExtension(line: Line): void {
    const known = this.byCell.get(line.at)
    // The cells of a family of an unknown kind have no known owner.
    if ((known === undefined || !mayExtend(known.family.layout)) && typeof line.at === 'number') return
    const series = typeof known?.series === 'object' ? known.series : undefined
    if (
      known !== undefined &&
      series !== undefined &&
      addExtension(known.family.layout, series, line, this.findCells)
    ) {
      known.family.version++
      return
    }
    throw this.damagedLine(line, 'new cells of the series, in cells of this page that no other series has')
  }

  private remove(line: Line): void {
    const { removed, families = [] } = line
    if (!areCounts(removed) || !areCounts(families)) throw this.damagedLine(line, 'numbers of cells and families')
    if (this.removals === 0) this.findAll()
    this.removals++
    for (const at of removed) {
      const known = this.byCell.get(at)
      // It may be one that is passed over.
      if (known !== undefined) this.removeSeries(at, known)
      else this.removeLeftOut(at)
    }
    for (const id of families) {
      const known = this.byId.get(id)
      if (known === undefined) throw this.damagedLine(line, 'families that were announced before')
      this.removeFamily(id, known)
    }
  }

  private addCleared(line: Line): void {
    const { cleared, labels, time } = line
    const isWhole = isFamilyName(cleared) && Number.isFinite(time) && (labels === undefined || areTexts(labels))
    if (!isWhole) throw this.damagedLine(line, 'the name of a family, label values that are text, and a time')
    const whose = { cleared: cleared as string, time: time as number }
    this.cleared.push(labels === undefined ? whose : { ...whose, labels: labels as Labels })
  }

  /** A page in which nothing was ever removed needs no place for each of its series. */
  private findAll(): void {
    for (const family of this.families) {
      for (const [i, at] of family.heads?.firsts.entries() ?? []) this.byCell.set(at, { family, series: i })
      for (const series of [...family.series, ...family.evicted]) {
        this.byCell.set(this.chunks.numberOf(series), { family, series })
      }
    }
  }

  private removeSeries(at: unknown, { family, series }: KnownSeries): void {
    this.byCell.delete(at)
    if (typeof series === 'number') {
      this.chunks.release(family.headCells)
      if (family.heads !== undefined) family.heads.firsts[series] = noCell
    } else {
      this.chunks.release(family.headCells + extensionSize(family.layout, series))
      this.gone.add(series)
    }
    this.thinned.add(family)
  }

  private removeLeftOut(at: unknown): void {
    const family = this.leftOutByCell.get(at)
    if (family === undefined || family.leftOut === 0) return
    this.leftOutByCell.delete(at)
    family.leftOut--
    this.leftOut.add(tooLongLabels, -1)
  }

  private removeFamily(id: number, { name, family, excess }: KnownFamily): void {
    this.byId.delete(id)
    this.names.delete(name)
    if (excess !== undefined) this.leftOut.add(excess, -1)
    if (family === undefined) return
    this.leftOut.add(tooLongLabels, -family.leftOut)
    family.leftOut = 0
    for (const [series, at] of family.heads?.firsts.entries() ?? []) {
      if (at !== noCell) this.removeSeries(at, { family, series })
    }
    for (const series of [...family.series, ...family.evicted]) {
      if (!this.gone.has(series)) this.removeSeries(this.chunks.numberOf(series), { family, series })
    }
    this.families.delete(family)
    this.version++
  }

  private damagedLine(line: Line, expected: string): Error {
    return damaged(this.file, 'its log', textOf(line), expected)
  }
}
