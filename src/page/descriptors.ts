import { headCells, type SeriesLayout } from '../snapshot/kinds.ts'
import { isFamilyName } from '../snapshot/names.ts'
import type { Labels } from '../snapshot/snapshot.ts'
import type { Slot } from '../snapshot/store.ts'
import { readLayout } from './family-line.ts'
import { mostFamilies } from './layout.ts'
import { damaged } from './log.ts'
import { addPart, isPart } from './parts.ts'
import type { KnownLabels, LabelSets, RawSeries } from './series-line.ts'

/** Finds the cells that a log line names; `undefined` when they are not all in one chunk of cells. */
export type FindCells = (first: unknown, count: number) => Slot | undefined

/** An octave of a page, and its copies once it has some. */
export interface PageOctave extends Slot {
  readonly exponent: number
  copies: Slot | undefined
}

/** A series of a page: its labels, and where its cells are in the reader's copy. */
export interface PageSeries {
  readonly labels: Labels
  readonly slot: Slot
  octaves: readonly PageOctave[]
  recent: Slot | undefined
  /** By range of values. */
  exemplars: Map<number, Slot> | undefined
}

/** A family of a page. */
export interface PageFamily extends SeriesLayout {
  readonly series: PageSeries[]
  /** Labels that were read before in this page or others, where it shares them, and the number of those that may be next. */
  readonly knownLabels: KnownLabels | undefined
  nextLabels: number
}

interface PartedSeries {
  readonly family: PageFamily
  readonly series: PageSeries
}

type Line = Readonly<Record<string, unknown>>

/** Most series have none, and a list for each would be a fifth of the memory. */
const noOctaves: PageSeries['octaves'] = []
const overflowLabels: Labels = { overflow: 'true' }

/**
 * What the log of a page has said so far. Lines are taken one by one, each is checked before it counts; a line or a kind
 * that this version does not know is passed over. Throws PLIMSOLL_PAGE_DAMAGED.
 */
export class Descriptors {
  /** In the order of the log. */
  readonly families: PageFamily[] = []
  private readonly file: string
  private readonly findCells: FindCells
  private readonly labelSets: LabelSets | undefined
  /** By number; `undefined` for a family of an unknown kind. */
  private readonly byId = new Map<unknown, PageFamily | undefined>()
  private readonly names = new Set<string>()
  /** By the number of their first cell: those that have parts. */
  private readonly parted = new Map<unknown, PartedSeries>()

  constructor(file: string, findCells: FindCells, labelSets?: LabelSets) {
    this.file = file
    this.findCells = findCells
    this.labelSets = labelSets
  }

  /** Takes a line of a series that was taken apart already; false, and nothing taken, where {@link add} must see it whole. */
  addRaw(log: string, raw: RawSeries): boolean {
    const family = this.byId.get(raw.of)
    if (family === undefined || raw.labelsFrom === raw.labelsEnd) return false
    const labels = labelsOf(family, log, raw)
    const slot = labels && this.findCells(raw.at, headCells(family))
    if (slot === undefined) return false
    this.pushSeries(family, raw.at, labels as Labels, slot)
    return true
  }

  /** Takes one line of the log. */
  add(line: Line): void {
    if ('family' in line) this.addFamily(line)
    else if ('of' in line) this.addSeries(line)
    else if (isPart(line)) this.addPart(line)
  }

  private addFamily(line: Line): void {
    const { family, name } = line
    const layout = isWhole(family) && isFamilyName(name) ? readLayout(name, line) : undefined
    const isNew = !this.byId.has(family) && !this.names.has(name as string)
    if (layout === undefined || !isNew) throw this.damagedLine(line, 'a new family')
    if (this.names.size >= mostFamilies) throw this.damagedLine(line, `at most ${mostFamilies} families`)
    this.names.add(name as string)
    const added: PageFamily | undefined =
      layout === 'unknown'
        ? undefined
        : { ...layout, series: [], knownLabels: this.labelSets?.of(layout.labelNames), nextLabels: 0 }
    this.byId.set(family, added)
    if (added !== undefined) this.families.push(added)
  }

  private addSeries(line: Line): void {
    const { of, at, labels = [], overflow = false } = line
    const family = this.byId.get(of)
    if (family === undefined) {
      if (this.byId.has(of)) return
      throw this.damagedLine(line, 'a family that was announced before')
    }
    const slot = this.findCells(at, headCells(family))
    if (slot === undefined) throw this.damagedLine(line, 'cells of this page that no other series has')
    const key = overflow === true ? overflowLabels : toLabels(family.labelNames, labels)
    if (key === undefined || typeof overflow !== 'boolean')
      throw this.damagedLine(line, `${family.labelNames.length} label values`)
    this.pushSeries(family, at, key, slot)
  }

  private pushSeries(family: PageFamily, at: unknown, labels: Labels, slot: Slot): void {
    const series: PageSeries = { labels, slot, octaves: noOctaves, recent: undefined, exemplars: undefined }
    family.series.push(series)
    if (hasParts(family)) this.parted.set(at, { family, series })
  }

  private addPart(line: Line): void {
    const parted = this.parted.get(line.at)
    // A part of a family of an unknown kind belongs to nobody we know.
    if (parted === undefined && typeof line.at === 'number') return
    if (parted !== undefined && addPart(parted.family, parted.series, line, this.findCells)) return
    throw this.damagedLine(line, 'a new part of the series, in cells of this page that no other series has')
  }

  private damagedLine(line: Line, expected: string): Error {
    return damaged(this.file, 'its log', textOf(line), expected)
  }
}

function isWhole(value: unknown): value is number {
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

function hasParts({ kind, exemplars }: PageFamily): boolean {
  return kind === 'histogram' || kind === 'timer' || (kind === 'counter' && exemplars === true)
}

/** The labels that stand in a log; `undefined` for what the family cannot have. */
function labelsOf(family: PageFamily, log: string, raw: RawSeries): Labels | undefined {
  const { knownLabels, labelNames } = family
  const known = knownLabels?.find(log, raw, family.nextLabels) ?? -1
  if (known !== -1) {
    family.nextLabels = known + 1
    return knownLabels?.at(known)
  }
  const bytes = log.slice(raw.labelsFrom, raw.labelsEnd)
  try {
    const labels = toLabels(labelNames, JSON.parse(Buffer.from(bytes, 'latin1').toString('utf8')))
    if (labels !== undefined) knownLabels?.add(bytes, labels)
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
