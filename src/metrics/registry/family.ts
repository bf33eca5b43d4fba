import type { Clock } from '../../clock.ts'
import { evictedLabels, hasTotals, overflowLabels } from '../../snapshot/kinds/evict-series.ts'
import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import { familyOf, rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import type { Extension, FamilyDescription, SeriesKey, Slot } from '../../snapshot/store.ts'
import { Evicted } from '../lifetime/evicted.ts'
import { IdleSeries } from '../lifetime/idle.ts'
import { FamilyCells } from './family-cells.ts'
import {
  type Branch,
  findByValues,
  findMetric,
  insertMetric,
  type NamedMetric,
  rememberSpelling,
  takeMetric,
  visitInBatches,
  visitLabelled,
  visitMetrics,
} from './label-tree.ts'
import { givenValues, type LabelValue } from './label-values.ts'
import type { FamilyHost, Metric, MetricKind } from './metric.ts'
import type { Owner } from './owner.ts'
import { RecordingFamily } from './recording-family.ts'
import { Rejections } from './rejections.ts'
import { tickedTogether } from './ticker.ts'

/**
 * All series of one name: `requests.labels({ route: '/', status: 200 }).inc()`. Get one from a registry.
 * @typeParam M the kind of metric
 * @typeParam L the label names
 */
export class Family<M extends Metric, L extends string = string> extends RecordingFamily<M, L> implements Owner {
  /** Where its metrics take time from. */
  readonly clock: Clock
  /** @internal */
  readonly description: FamilyDescription
  protected readonly maxSeries: number
  protected names: readonly string[]
  protected readonly host: FamilyHost
  /** @internal */
  readonly rejections: Rejections
  /** @internal */ readonly cells: FamilyCells<M>
  protected root: Branch<M> = new Map()
  protected size = 0
  protected overflow: M | undefined
  private readonly idle: IdleSeries<M> | undefined
  private readonly evicted: Evicted<M> | undefined
  private timed: boolean
  private isClosed = false

  /** Made by a registry, not by hand. */
  constructor(description: FamilyDescription, maxSeries: number, kind: MetricKind<M>, host: FamilyHost) {
    const { expireAfterSeconds } = description
    super()
    this.clock = host.clock
    this.description = description
    this.maxSeries = maxSeries
    this.names = description.labelNames
    this.host = host
    this.rejections = new Rejections(host, description.name, description.labelNames)
    this.cells = new FamilyCells(description, kind, host, this)
    const expires = expireAfterSeconds !== undefined || description.removeAtZero === true
    this.evicted = expires && hasTotals(description.kind) ? new Evicted(description, this.cells) : undefined
    this.idle = expires ? new IdleSeries(description, expireAfterSeconds, this.cells, this.evicted) : undefined
    this.timed = expires || rowOf(description.kind).isTimed(description)
    if (this.timed) host.needTicks()
  }

  /**
   * The metric with these label values; keep it where they are known beforehand. The first call for new values makes the
   * series. Later calls cost one map lookup per label and allocate nothing; the order of declaration is fastest. Never throws.
   * A value other than a string, number, boolean or `undefined`, and a missing label, count as the empty string; a string is
   * cut after 1,024 characters. Label values without names give a metric of no series, past `maxSeries` the one of the series
   * `overflow="true"`. `plimsoll.rejected` and `plimsoll.overflowed` count all of this.
   */
  labels(values: Readonly<Record<L, LabelValue>>): M {
    const { names } = this
    let at: Branch<M> | M = this.root
    let i = 0
    // In the order in which the object has them, V8 reads values where they lie; by its name it must search for each.
    for (const name in values) {
      const next: Branch<M> | M | undefined = name === names[i] ? (at as Branch<M>).get(values[name]) : undefined
      if (next === undefined) return this.labelsByName(values)
      at = next
      i++
    }
    return i > 0 && i === names.length ? (at as M) : this.labelsByName(values)
  }

  /** @internal The metric with these label values, where there is one. */
  existing(values: Readonly<Record<L, LabelValue>>): M | undefined {
    return findMetric(this.root, this.rejections.textsOf(values))
  }

  /** @internal A metric that is not a series: readers do not see its values. */
  makeAlone(): M {
    return this.cells.createAlone()
  }

  /** How many series there are, those that stand for others not counted. */
  get seriesCount(): number {
    return this.size
  }

  /**
   * Removes the series with these label values, if there is one, with what it counted: totals fall, as they do not with
   * `expireAfterSeconds`. A metric that was kept goes on from zero, and nobody sees what it counts; {@link labels} makes a new
   * series. Never throws. One system call where the registry is published.
   */
  remove(values: Readonly<Record<L, LabelValue>>): void {
    if (!this.rejections.areLabels(values)) return
    const texts = this.rejections.textsOf(values)
    const metric = takeMetric(this.root, texts)
    if (metric !== undefined) this.size--
    const labels = Object.fromEntries(this.names.map((name, i) => [name, texts[i] as string]))
    this.discard(metric === undefined ? [] : [metric], labels)
  }

  /** Removes all series as {@link remove} does, also those that stand for others. */
  clear(): void {
    this.discard(this.takeAll())
  }

  /** @internal Takes the whole family away; who has kept it may go on, unseen. */
  close(): void {
    this.isClosed = true
    this.discard(this.takeAll())
  }

  /** @internal All series as plain data, or those that pass the test. */
  read(at: ReadTime, parts: Parts = allParts, isChosen: (labels: Labels) => boolean = () => true): FamilySnapshot {
    const series: unknown[] = []
    const visit = (labels: Labels, metric: M): void => {
      if (isChosen(labels)) series.push(metric.readSeries(labels, at, parts))
    }
    visitLabelled(this.root, this.names, visit, this.description.sparse)
    if (this.overflow !== undefined) visit(overflowLabels, this.overflow)
    const evicted = isChosen(evictedLabels) ? this.evicted?.read(at, parts) : undefined
    if (evicted !== undefined) series.push(evicted)
    return familyOf(this.description, series)
  }

  /** @internal Brings all series up to date, some at a time, and lets those go that are idle. */
  *tick(time: Tick): Generator<void> {
    if (!this.timed) return
    const { idle, names, description } = this
    const isExtended = (rowOf(description.kind).extensions?.(description) ?? []).length > 0
    let over: NamedMetric<M>[] = []
    const visit = (texts: readonly string[], metric: M): void => {
      metric.tick?.(time)
      if (idle?.isOver(metric, time)) over.push({ texts: [...texts], metric })
    }
    const batches = visitInBatches(this.root, names.length, visit, tickedTogether)
    for (let isMore = true; isMore; ) {
      const tickSome = (): boolean => {
        isMore = batches.next().done !== true
        return true
      }
      // Recent windows begin for many series at one tick, and each line of the log by itself would be two system calls.
      // Other kinds announce nothing, but call functions of the app, which may.
      if (isExtended) this.host.store.transaction(tickSome)
      else tickSome()
      this.expire(over, time)
      over = []
      yield
    }
    this.overflow?.tick?.(time)
    this.evicted?.tick(time)
  }

  /** @internal Takes all series to the store that the registry uses now, as far as there is room. */
  move(isMeant: (metric: Metric) => boolean = () => true): void {
    this.visitAll((key, metric) => {
      if (isMeant(metric)) this.cells.move(key, metric)
    })
    this.evicted?.move(isMeant)
  }

  /** @internal Adds the metrics whose series readers see; returns the number of their cells. */
  collectShown(shown: Set<Metric>): number {
    return this.cells.collectShown(this.all(), shown)
  }

  /** @internal */
  presentTime(): ReadTime {
    return this.host.presentTime()
  }

  /** @internal */
  reject(given: unknown, reason?: 'exemplar'): void {
    this.rejections.value(given, reason)
  }

  /** @internal */
  countFailure(reason: 'observer' | 'callback'): void {
    this.host.countFailed(this.description.name, reason)
  }

  /** @internal */
  needTicks(): void {
    this.timed = true
    this.host.needTicks()
  }

  /** @internal */
  allocateExtension(series: Slot, extension: Extension, count: number): Slot | undefined {
    const known = this.evicted?.extensionOf(series, extension)
    return known === undefined ? this.cells.grow(series, extension, count) : (known ?? undefined)
  }

  /** For objects with their properties in another order than declared, or with other ones. */
  private labelsByName(values: Readonly<Record<L, LabelValue>>): M {
    return findByValues(this.root, this.names, values) ?? this.findOrCreate(values)
  }

  private findOrCreate(values: unknown): M {
    if (!this.rejections.areLabels(values)) return this.makeAlone()
    const texts = this.rejections.textsOf(values)
    const known = findMetric(this.root, texts)
    if (known !== undefined) {
      rememberSpelling(this.root, givenValues(this.names, values), texts)
      return known
    }
    return this.createWithin(texts)
  }

  /** A new series, unless there are as many as there may be. */
  protected createWithin(texts: readonly string[]): M {
    if (this.size >= this.maxSeries) return this.pastLimit()
    const metric = this.create(texts)
    insertMetric(this.root, texts, metric)
    this.size++
    return metric
  }

  /** @internal What takes updates past the limit; counts that there was one. */
  pastLimit(): M {
    this.host.countOverflowed(this.description.name)
    this.overflow ??= this.create('overflow')
    return this.overflow
  }

  private create(key: SeriesKey): M {
    if (this.isClosed) return this.cells.createAlone()
    return this.cells.create(key) ?? this.cells.createOnHeap()
  }

  private all(): M[] {
    const all: M[] = [...(this.evicted?.runs ?? [])]
    this.visitAll((_, metric) => all.push(metric))
    return all
  }

  private takeAll(): M[] {
    const all = this.all()
    this.root.clear()
    this.size = 0
    this.overflow = undefined
    this.evicted?.clear()
    return all
  }

  /** Removes series with all that they counted, also what earlier processes have counted for these labels; for all without. */
  protected discard(gone: readonly M[], labels?: Labels): void {
    const { description, host } = this
    const isShown = host.store.transaction(() => {
      const isAnnounced = this.cells.announceRemoval(gone)
      if (hasTotals(description.kind)) host.noteCleared(description.name, labels)
      return isAnnounced
    }, true)
    const removal = isShown ? 'announced' : 'unannounced'
    for (const metric of gone) {
      this.cells.detach(metric, removal)
      this.idle?.forget(metric)
    }
    if (this.isClosed) this.cells.close()
    this.host.renewPage()
  }

  /** Lets series go that are idle, in one step for readers. */
  private expire(idle: readonly NamedMetric<M>[], time: Tick): void {
    // An observer may have removed one of them meanwhile.
    const over = idle.filter(({ texts, metric }) => findMetric(this.root, texts) === metric)
    if (over.length === 0) return
    const all = over.map(({ metric }) => metric)
    const gone = this.idle?.release(all, this.host.store, time)
    for (const { texts, metric } of over) {
      if (gone?.has(metric) !== true) continue
      takeMetric(this.root, texts)
      this.size--
      if ('revive' in metric) metric.revive = () => this.revive(texts, metric)
    }
  }

  private revive(texts: readonly string[], metric: M): M {
    const known = findMetric(this.root, texts)
    if (known !== undefined) return known
    if (this.size >= this.maxSeries) return this.pastLimit()
    if (!this.isClosed) this.cells.move(texts, metric)
    insertMetric(this.root, texts, metric)
    this.size++
    metric.revive = undefined
    return metric
  }

  protected visitAll(visit: (key: SeriesKey, metric: M) => void): void {
    visitMetrics(this.root, this.names.length, visit)
    if (this.overflow !== undefined) visit('overflow', this.overflow)
  }
}
