import type { Clock } from '../clock.ts'
import { familyOf, headCells, isTimed, type ReadTime } from '../snapshot/kinds.ts'
import type { Tick } from '../snapshot/rates.ts'
import type { FamilySnapshot, Labels } from '../snapshot/snapshot.ts'
import type { FamilyDescription, Part, SeriesKey, Slot, Store } from '../snapshot/store.ts'
import { type LabelValue, labelText, replacementText } from './label-values.ts'
import type { Owner } from './owner.ts'

/** What a family asks of its metrics. */
export interface Metric {
  /** Where the head of the series is. */
  readonly slot: Slot
  /** The series as plain data. */
  readSeries(labels: Labels, at: ReadTime): unknown
  /** Goes on in other cells, to which the head was copied; false when a part had no room and stays behind. */
  moveTo(slot: Slot, store: Store): boolean
  /** Brings up to date what depends on time; called every few seconds. Kinds that have nothing such lack it. */
  tick?(time: Tick): void
}

/** How one kind of metric is made. */
export interface MetricKind<M extends Metric> {
  make(slot: Slot, owner: Owner): M
}

/** The registry, as its families see it. */
export interface FamilyHost {
  readonly clock: Clock
  /** Where cells are now. */
  readonly store: Store
  /** Takes what the store has no room for; readers outside do not see it. */
  readonly heap: Store
  countRejected(family: string, reason: 'value' | 'label' | 'exemplar'): void
  countOverflowed(family: string): void
  countDropped(): void
  countFailed(family: string, reason: 'producer' | 'callback'): void
  /** Sees to it that families are ticked. */
  needTicks(): void
}

/** Label values in declared order lead from map to map; the last map holds the metrics. */
type Branch<M> = Map<unknown, Branch<M> | M>

/** Labels of the one series that takes all updates past the limit. */
const overflowLabels: Labels = { overflow: 'true' }
const noLabels: Labels = {}

/**
 * All series of one name: `requests.labels({ route: '/', status: 200 }).inc()`. Get one from a registry.
 * @typeParam M the kind of metric
 * @typeParam L the label names
 */
export class Family<M extends Metric, L extends string = string> implements Owner {
  readonly clock: Clock
  /** @internal */
  readonly description: FamilyDescription
  /** @internal */
  readonly seriesLimit: number
  private readonly names: readonly string[]
  private readonly kind: MetricKind<M>
  private readonly cells: number
  private readonly host: FamilyHost
  private readonly root: Branch<M> = new Map()
  private readonly blankLabels: Labels
  private size = 0
  private overflow: M | undefined
  private announced = false
  /** Whether any of its series needs ticks. */
  private timed: boolean

  /** Made by a registry, not by hand. */
  constructor(description: FamilyDescription, seriesLimit: number, kind: MetricKind<M>, host: FamilyHost) {
    this.clock = host.clock
    this.description = description
    this.seriesLimit = seriesLimit
    this.names = description.labelNames
    this.kind = kind
    this.cells = headCells(description)
    this.host = host
    this.blankLabels = Object.fromEntries(this.names.map((name) => [name, '']))
    this.timed = isTimed(description)
    if (this.timed) host.needTicks()
  }

  /**
   * The metric with these label values; keep it where they are known beforehand. The first call for new values makes
   * the series, later ones are one map look-up a label and allocate nothing; a few ns less with the labels in the
   * order in which they were declared and nothing besides. Never throws: a value that is no text, number or boolean
   * counts as the empty text, one of over 1,024 characters is cut, and both are told under `plimsoll.rejected`; past the
   * family's limit the overflow series is returned. A series keeps its label texts; V8 may keep the whole of a large text
   * for a piece that was cut out of it.
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

  /** How many series there are, the overflow series not counted. */
  get seriesCount(): number {
    return this.size
  }

  /** @internal All series as plain data. */
  read(at: ReadTime): FamilySnapshot {
    const series: unknown[] = []
    const only = this.names.length === 0 ? this.find([]) : undefined
    if (only !== undefined) series.push(only.readSeries(noLabels, at))
    else if (this.names.length > 0) this.readBranch(this.root, 0, this.blankLabels, series, at)
    if (this.overflow !== undefined) series.push(this.overflow.readSeries(overflowLabels, at))
    return familyOf(this.description, series)
  }

  /** @internal Brings all series up to date. */
  tick(time: Tick): void {
    if (!this.timed) return
    const { kind } = this.description
    const tickAll = (): boolean => {
      this.forEach((_, metric) => {
        metric.tick?.(time)
      })
      return true
    }
    // Recent windows begin for many series at one tick, and each line of the log by itself would be two system calls.
    kind === 'histogram' || kind === 'timer' ? this.host.store.together(tickAll) : tickAll()
  }

  /** @internal Takes all series to the store that the registry uses now, as far as there is room. */
  move(): void {
    this.announced = false
    const { cells } = this
    this.forEach((key, metric) => {
      const { store } = this.host
      const slot = this.makeRoom()
      if (slot === undefined) return
      const from = metric.slot
      slot.cells.set(from.cells.subarray(from.index, from.index + cells), slot.index)
      if (!store.announceSeries(this.description, slot, key)) {
        store.giveBack(slot, cells)
        this.host.countDropped()
      } else if (!metric.moveTo(slot, store)) {
        this.host.countDropped()
      }
    })
  }

  /** @internal */
  reject(what: 'value' | 'exemplar' = 'value'): void {
    this.host.countRejected(this.description.name, what)
  }

  /** @internal */
  countFailure(reason: 'producer' | 'callback'): void {
    this.host.countFailed(this.description.name, reason)
  }

  /** @internal */
  needTicks(): void {
    this.timed = true
    this.host.needTicks()
  }

  /** @internal */
  growPart(series: Slot, part: Part, count: number): Slot | undefined {
    const { store, heap } = this.host
    if (!store.holds(series.cells)) return heap.allocate(count)
    const slot = store.allocate(count)
    if (slot !== undefined && store.announcePart(series, part, slot)) return slot
    if (slot !== undefined) store.giveBack(slot, count)
    this.host.countDropped()
    return undefined
  }

  /** For objects with their properties in another order than declared, or with other ones. */
  private labelsByName(values: Readonly<Record<L, LabelValue>>): M {
    const { names } = this
    if (names.length === 0) return (this.root.get('') as M | undefined) ?? this.findOrCreate(values)
    if (typeof values !== 'object' || values === null) return this.findOrCreate(values)
    let at: Branch<M> | M | undefined = this.root
    for (let i = 0; i < names.length; i++) {
      at = (at as Branch<M>).get((values as Record<string, LabelValue>)[names[i] as string])
      if (at === undefined) return this.findOrCreate(values)
    }
    return at as M
  }

  private findOrCreate(values: unknown): M {
    const given = this.names.map((name) => (values as Record<string, unknown> | null | undefined)?.[name])
    const texts = given.map((value) => this.toText(value))
    const known = this.find(texts)
    if (known !== undefined) {
      this.rememberSpelling(given, texts)
      return known
    }
    if (this.size < this.seriesLimit) {
      const metric = this.create(texts)
      this.insert(texts, metric)
      return metric
    }
    this.host.countOverflowed(this.description.name)
    this.overflow ??= this.create('overflow')
    return this.overflow
  }

  private toText(value: unknown): string {
    const text = labelText(value)
    if (text !== undefined) return text
    this.host.countRejected(this.description.name, 'label')
    return replacementText(value)
  }

  private find(texts: readonly string[]): M | undefined {
    let at: Branch<M> | M | undefined = this.root
    for (const text of texts.length === 0 ? [''] : texts) at = (at as Branch<M> | undefined)?.get(text)
    return at as M | undefined
  }

  private insert(texts: readonly string[], metric: M): void {
    let branch = this.root
    for (const text of texts.slice(0, -1)) {
      let next = branch.get(text) as Branch<M> | undefined
      if (next === undefined) {
        next = new Map()
        branch.set(text, next)
      }
      branch = next
    }
    branch.set(texts.at(-1) ?? '', metric)
    this.size++
  }

  /** Enters numbers and booleans beside their texts, so that the next look-up finds them as they are. */
  private rememberSpelling(given: readonly unknown[], texts: readonly string[]): void {
    let branch = this.root
    for (const [i, text] of texts.entries()) {
      const next = branch.get(text) as Branch<M>
      if (typeof given[i] !== 'string' && labelText(given[i]) !== undefined) branch.set(given[i], next)
      branch = next
    }
  }

  /** A series in the store, or on the heap where the store has no room: the app sees it all the same. */
  private create(key: SeriesKey): M {
    const { heap, store } = this.host
    const { cells } = this
    const slot = this.makeRoom()
    if (slot !== undefined) {
      const metric = this.kind.make(slot, this)
      if (store.announceSeries(this.description, slot, key)) return metric
      store.giveBack(slot, cells)
      this.host.countDropped()
    }
    return this.kind.make(heap.allocate(cells) as Slot, this)
  }

  /** The family is announced with its first series, so one that is never used costs a page nothing. */
  private makeRoom(): Slot | undefined {
    const { store } = this.host
    this.announced ||= store.announceFamily(this.description)
    const slot = this.announced ? store.allocate(this.cells) : undefined
    if (slot === undefined) this.host.countDropped()
    return slot
  }

  private forEach(visit: (key: SeriesKey, metric: M) => void): void {
    this.visitBranch(this.root, [], visit)
    if (this.overflow !== undefined) visit('overflow', this.overflow)
  }

  private visitBranch(branch: Branch<M>, path: string[], visit: (key: SeriesKey, metric: M) => void): void {
    for (const [text, next] of branch) {
      if (typeof text !== 'string') continue
      path.push(text)
      if (path.length < this.names.length) this.visitBranch(next as Branch<M>, path, visit)
      else visit(this.names.length === 0 ? [] : path, next as M)
      path.pop()
    }
  }

  /** Copying labels that have all names already is several times faster than adding the properties one by one. */
  private readBranch(branch: Branch<M>, depth: number, above: Labels, series: unknown[], at: ReadTime): void {
    const name = this.names[depth] as string
    const isLast = depth === this.names.length - 1
    for (const [text, next] of branch) {
      if (typeof text !== 'string') continue
      const labels: Record<string, string> = { ...above }
      labels[name] = text
      if (isLast) series.push((next as M).readSeries(labels, at))
      else this.readBranch(next as Branch<M>, depth + 1, labels, series, at)
    }
  }
}
