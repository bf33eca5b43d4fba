import type { Family } from '../../metrics/registry/family.ts'
import type { Branch } from '../../metrics/registry/label-tree.ts'
import type { Metric } from '../../metrics/registry/metric.ts'
import type { Slot } from '../../snapshot/store.ts'
import { copyCells, emptyCells } from './cells.ts'
import { type GivenLabels, seriesKey } from './labels.ts'
import { claimFamily, hiddenFamily, leaveFamily, type PageDeclaration } from './page-family.ts'
import { pageLabels } from './page-names.ts'

/** One series: its labels as they were passed, and the metric of plimsoll that it records into. */
export interface Series<M> {
  readonly key: string
  /** In the order of the text. */
  labels: GivenLabels
  /** Whether they are all the declared ones, in declared order. */
  isInOrder: boolean
  cell: M
  /**
   * The cell while recording into it is all that a call has to do: the one thing that calls check. `undefined` where there are
   * exemplars or `extra` matters, and once the series was removed or reset. Set by {@link setLive}.
   */
  readonly live: M | undefined
  /** Called with where `live` is, or with nothing, when either changes. */
  follow: ((slot: Slot | undefined) => void) | undefined
  /** What a kind keeps beside its cells, such as a value that no page has. */
  extra: unknown
  /** What `labels()` returned for it, so that the next call need not make one. */
  bound: unknown
}

/** Stands for a series that is not there yet. */
export const noSeries: Series<never> = newSeries('')

/**
 * The series of a metric. prom-client tells a missing label from an empty one and takes any text; the page has what it can
 * have of that, and what it cannot have counts in cells that nobody else sees.
 */
export class SeriesStore<M extends Metric> {
  readonly names: readonly string[]
  /** In the order in which they were made. */
  readonly all: Map<string, Series<M>> = new Map()
  /** The series without labels: always the same object, also while there is no such series. */
  readonly bare: Series<M>
  private readonly declaration: PageDeclaration
  private readonly labels: ReturnType<typeof pageLabels>
  private family: Family<M>
  private isShown = false
  /** Label values in declared order lead to the series. */
  private tree: Branch<Series<M>> = new Map()
  /** Series that `reset` has emptied: a function for `collect` resets its gauge and sets most of it again. */
  private parked = new Map<string, Series<M>>()
  /** The series of each cell. */
  private readonly used = new Map<Metric, Series<M>>()

  constructor(names: readonly string[], declaration: PageDeclaration) {
    this.names = names
    this.bare = newSeries('')
    this.labels = pageLabels(names)
    const labels = this.labels.map(([page]) => page)
    const options = { ...declaration.options, labels, maxSeries: Number.POSITIVE_INFINITY }
    this.declaration = { ...declaration, options }
    this.family = this.followed(hiddenFamily<M>(this.declaration))
  }

  /** The series with these labels, where it was recorded in with as many of them before. */
  find(labels: GivenLabels): Series<M> | undefined {
    return this.findInOrder(labels) ?? this.findByName(labels)
  }

  /** The same for an object whose properties are in declared order: V8 reads them where they lie. */
  findInOrder(labels: GivenLabels): Series<M> | undefined {
    const { names } = this
    let at: Branch<Series<M>> | Series<M> = this.tree
    let i = 0
    for (const name in labels) {
      const next: Branch<Series<M>> | Series<M> | undefined =
        name === names[i] ? (at as Branch<Series<M>>).get(labels[name]) : undefined
      if (next === undefined) return undefined
      at = next
      i++
    }
    return i > 0 && i === names.length ? (at as Series<M>) : undefined
  }

  /** The same for label values, one for each name in declared order. */
  findByValues(given: readonly unknown[]): Series<M> | undefined {
    let at: Branch<Series<M>> | Series<M> | undefined = this.tree
    for (let i = 0; i < given.length && at !== undefined; i++) at = (at as Branch<Series<M>>).get(given[i])
    return given.length > 0 && given.length === this.names.length ? (at as Series<M> | undefined) : undefined
  }

  /** The series with these labels, which are declared ones; a new one where there is none. */
  findOrMake(labels: GivenLabels): Series<M> {
    const key = seriesKey(this.names, labels)
    const series = this.all.get(key) ?? this.make(key, labels)
    this.remember(labels, series)
    return series
  }

  /** Puts a new series in place of the one with these labels. */
  renew(labels: GivenLabels): Series<M> {
    const known = this.all.get(seriesKey(this.names, labels))
    if (known === undefined) return this.findOrMake(labels)
    emptyCells(this.family.description, known.cell)
    known.labels = { ...labels }
    known.extra = undefined
    return known
  }

  /** The series of a gauge with these labels, which are spelled as they are given from now on: `200` or `'200'`, in any order. */
  respell(labels: GivenLabels): Series<M> {
    const known = this.find(labels) ?? this.findOrMake(labels)
    if (known === this.bare || this.isSpelledAs(known, labels)) {
      known.labels = { ...labels }
      known.isInOrder = this.isInOrder(labels)
      return known
    }
    // A new object, as what `labels()` returned before would set it without a look at its labels.
    const own = { labels: { ...labels }, isInOrder: this.isInOrder(labels), bound: undefined, follow: undefined }
    const series = { ...known, ...own }
    setLive(known, undefined)
    this.used.set(series.cell, series)
    this.all.set(series.key, series)
    this.tree.clear()
    this.remember(labels, series)
    return series
  }

  /** Takes a series away, with what it counted. */
  remove(labels: GivenLabels): void {
    const series = this.all.get(seriesKey(this.names, labels))
    if (series === undefined) return
    this.drop(series)
    this.leave(series)
  }

  /** Empties all series and takes them away. Those that come again before the next time keep their place in the page. */
  reset(): void {
    for (const series of this.parked.values()) this.leave(series)
    this.parked = new Map(this.all)
    for (const series of this.parked.values()) {
      this.drop(series)
      emptyCells(this.family.description, series.cell)
    }
  }

  /** Takes all values out of all series. */
  empty(): void {
    for (const { cell } of this.all.values()) emptyCells(this.family.description, cell)
  }

  /** Lets readers outside see it from now on, where no other metric has its name. */
  show(): void {
    if (this.isShown) return
    const family = claimFamily<M>(this.declaration)
    if (family === undefined) return
    this.isShown = true
    this.moveTo(family)
  }

  /** The opposite: it goes on with its values, and its name is free. */
  hide(): void {
    if (!this.isShown) return
    this.isShown = false
    this.moveTo(hiddenFamily<M>(this.declaration))
    leaveFamily(this.declaration.name)
  }

  /** Counts that a function of the app failed. */
  countFailure(): void {
    this.family.countFailure('observer')
  }

  private findByName(labels: GivenLabels): Series<M> | undefined {
    let at: Branch<Series<M>> | Series<M> | undefined = this.tree
    for (const name of this.names) {
      at = (at as Branch<Series<M>>).get(labels[name])
      if (at === undefined) return undefined
    }
    let given = 0
    for (const _ in labels) given++
    return given > 0 && given === this.names.length ? (at as Series<M>) : undefined
  }

  private make(key: string, labels: GivenLabels): Series<M> {
    const known = this.parked.get(key)
    this.parked.delete(key)
    const series = key === '' ? this.bare : newSeries<M>(key)
    series.labels = { ...labels }
    series.isInOrder = this.isInOrder(labels)
    this.record(series, known?.cell ?? this.makeCell(labels))
    setLive(series, this.declaration.options.exemplars === true ? undefined : series.cell)
    this.all.set(key, series)
    return series
  }

  /** Whether these are all declared labels, in declared order. */
  isInOrder(labels: GivenLabels): boolean {
    const given = Object.keys(labels)
    return given.length === this.names.length && given.every((name, i) => name === this.names[i])
  }

  private makeCell(labels: GivenLabels): M {
    const texts = this.labels.map(([page, name]) => [page, labels[name] === undefined ? '' : `${labels[name]}`])
    const cell = this.family.labels(Object.fromEntries(texts))
    return this.used.has(cell) ? this.family.makeAlone() : cell
  }

  private record(series: Series<M>, cell: M): void {
    series.cell = cell
    this.used.set(cell, series)
  }

  private followed(family: Family<M>): Family<M> {
    family.cells.onMove = (metric) => {
      const series = this.used.get(metric)
      if (series?.live !== undefined) series.follow?.(metric.slot)
    }
    return family
  }

  /** Lets the next lookup find it without a key, where the values are of types that compare as their texts do. */
  private remember(labels: GivenLabels, series: Series<M>): void {
    const { names } = this
    const isPlain = names.every((name) => /^(string|number|boolean)$/.test(typeof labels[name]))
    if (!isPlain || names.length === 0) return
    // Where the next lookup would not change the spelling, as to set a gauge does.
    if (this.declaration.kind === 'gauge' && !this.isSpelledAs(series, labels)) return
    let branch = this.tree
    for (const name of names.slice(0, -1)) {
      let next = branch.get(labels[name]) as Branch<Series<M>> | undefined
      if (next === undefined) {
        next = new Map()
        branch.set(labels[name], next)
      }
      branch = next
    }
    branch.set(labels[names.at(-1) as string], series)
  }

  private isSpelledAs(series: Series<M>, labels: GivenLabels): boolean {
    return this.names.every((name) => series.labels[name] === labels[name])
  }

  private drop(series: Series<M>): void {
    setLive(series, undefined)
    series.extra = undefined
    this.all.delete(series.key)
    this.tree.clear()
  }

  /** Removes it from the page. */
  private leave({ key, labels, cell }: Series<M>): void {
    this.parked.delete(key)
    this.used.delete(cell)
    const texts = this.labels.map(([page, name]) => [page, labels[name] === undefined ? '' : `${labels[name]}`])
    const values = Object.fromEntries(texts)
    if (this.family.existing(values) === cell) this.family.remove(values)
  }

  private moveTo(family: Family<M>): void {
    const before = this.family
    this.family = this.followed(family)
    this.used.clear()
    for (const series of [...this.all.values(), ...this.parked.values()]) {
      const { cell } = series
      this.record(series, this.makeCell(series.labels))
      if (series.live !== undefined) setLive(series, series.cell)
      copyCells(before.description, cell, series.cell)
      emptyCells(before.description, cell)
    }
  }
}

function newSeries<M>(key: string): Series<M> {
  const none = undefined
  return { key, labels: {}, isInOrder: false, cell: none as M, live: none, follow: none, extra: none, bound: none }
}

/** Sets whether recording into the cell is all that a call has to do. */
export function setLive<M extends Metric>(series: Series<M>, cell: M | undefined): void {
  ;(series as { live: M | undefined }).live = cell
  series.follow?.(cell?.slot)
}
