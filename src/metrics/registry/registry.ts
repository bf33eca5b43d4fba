import { type Clock, systemClock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { checkOptions, clockLike } from '../../options.ts'
import { warn } from '../../os/warning.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import { defaultMaxSeries } from '../../snapshot/limits.ts'
import { chosenFamilies, partsOf } from '../../snapshot/selection.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Snapshot, Source } from '../../snapshot/snapshot.ts'
import type { Store } from '../../snapshot/store.ts'
import { differenceOfFactories, kinds, type MetricFactory, type MetricOf } from '../kinds/factories.ts'
import type { Info } from '../kinds/info.ts'
import { callSite } from './call-site.ts'
import { Clearings } from './clearings.ts'
import type { DeclareExtras, Declarers, NamedKind } from './declare.ts'
import {
  type Definition,
  define,
  defineInfo,
  difference,
  type FullDefinition,
  type InfoOptions,
  type Labelled,
  reservedPrefix,
  toPath,
  withDefaults,
} from './definition.ts'
import { Family } from './family.ts'
import { createHeapStore } from './heap-store.ts'
import { type LabelValue, labelTexts } from './label-values.ts'
import type { FamilyHost, Metric, MetricKind, RegistryPage } from './metric.ts'
import { OwnMetrics } from './own-metrics.ts'
import { SparseFamily } from './sparse-family.ts'
import { startTicking, Ticks } from './ticker.ts'

/** Options of a registry. */
export interface RegistryOptions {
  /** Where timers and snapshots take time from. Default: the machine's clocks. */
  readonly clock?: Clock
}

interface Declared {
  readonly definition: FullDefinition
  /** Whether it makes way for one that the app declares. */
  readonly yields: boolean
  readonly place: string
  readonly factory: MetricFactory | undefined
  readonly family: Family<Metric>
}

/**
 * The metrics of one app, by name. Declaring a name again returns the same metric; declaring it differently throws
 * PLIMSOLL_FAMILY_CONFLICT. Names are paths with `.` or `/` between the parts. Registries are independent of each other.
 */
export class Registry implements Source, Declarers {
  readonly counter: Declarers['counter'] = this.declarer('counter')
  readonly gauge: Declarers['gauge'] = this.declarer('gauge')
  readonly meter: Declarers['meter'] = this.declarer('meter')
  readonly histogram: Declarers['histogram'] = this.declarer('histogram')
  readonly timer: Declarers['timer'] = this.declarer('timer')
  readonly average: Declarers['average'] = this.declarer('average')
  readonly state: Declarers['state'] = this.declarer('state')
  readonly text: Declarers['text'] = this.declarer('text')

  private readonly own: OwnMetrics
  private readonly clearings = new Clearings()
  private readonly host: { clock: Clock; store: Store; readonly heap: Store } & FamilyHost
  private readonly declared = new Map<string, Declared>()
  private sorted: readonly Declared[] | undefined
  private page: RegistryPage | undefined
  private made = 0
  private yields = false
  private countsDropped = true
  /** @internal */
  readonly ticks: Ticks
  private ticking: boolean
  private readonly atTick = new Set<() => void>()

  constructor(options: RegistryOptions = {}) {
    checkOptions('new Registry()', options, { clock: clockLike })
    const { clock = systemClock } = options
    const heap = createHeapStore()
    this.ticks = new Ticks(clock, (time) => this.tickAll(time))
    // With a clock of its own, the caller also controls the ticks.
    this.ticking = clock !== systemClock
    // Their names are reserved, so no error ever has the place.
    this.own = new OwnMetrics((name, extra) => this.declare('counter', define('counter', name, extra), { place: '' }))
    this.host = {
      clock,
      store: heap,
      heap,
      presentTime: () => this.ticks.presentTime(),
      countRejected: (family, reason) => this.own.countRejected(family, reason),
      warn: (warning) => warn(warning),
      countOverflowed: (family) => this.own.countOverflowed(family),
      noteCleared: (family, labels) => {
        const cleared = { cleared: family, ...(labels && { labels }), time: clock.unixTime() }
        this.clearings.add(cleared, this.host.store)
      },
      countDropped: () => {
        if (this.countsDropped) this.own.countDropped()
      },
      countFailed: (family, reason) => this.own.countFailed(family, reason),
      needTicks: () => this.needTicks(),
      renewPage: () => this.page?.renew(),
    }
  }

  /**
   * Declares constants of this process, such as versions, or finds them:
   * `registry.info('build', { version: '1.2.0', revision: 'f3a9c01' })`. The names are labels.
   */
  info(name: string, constants: Readonly<Record<string, LabelValue>>, options: InfoOptions = {}): Info {
    const definition = defineInfo(name, constants, options)
    const info = this.declare('info', refuseReserved(definition)).labels(constants)
    const texts = labelTexts(Object.values(constants), () => {})
    info.constants = Object.fromEntries(definition.labelNames.map((label, i) => [label, texts[i] as string]))
    return info
  }

  /**
   * All metrics now, as plain data: as with every {@link Source}, such as a page or a fleet. Cost grows with the number of
   * series, some 100 ns for each counter; recording goes on untouched. A selection is read at the cost of what it names.
   */
  read(selection?: Selection): Snapshot {
    this.sorted ??= [...this.declared.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1))
    const takenAt = this.host.clock.unixTime()
    const at = this.ticks.presentTime()
    const parts = partsOf(selection)
    const chosen = chosenFamilies(selection, this.declared)
    const families: FamilySnapshot[] = []
    for (const { definition, family } of this.sorted) {
      if (chosen?.has(definition.name) !== false) families.push(family.read(at, parts, chosen?.get(definition.name)))
    }
    const pages = this.page === undefined ? [] : [this.page.describe()]
    return { version: 1, takenAt, pages, families }
  }

  /**
   * Brings rates, windows and whatever else depends on time up to date, at once. The registry does so itself every 5 seconds,
   * once it has a metric that needs it, and then about a millisecond of it at a time; call it where a clock of your own was
   * given.
   */
  tick(): void {
    this.ticks.runWhole()
  }

  /**
   * Takes a metric away, or a family with all its series, as {@link Family.remove} takes a series away. Declared again, it
   * is a new one. A name that is not there changes nothing.
   */
  remove(name: string): void {
    const path = toPath(name)
    const declared = this.declared.get(path)
    if (declared === undefined || path.startsWith(reservedPrefix)) return
    this.declared.delete(path)
    this.sorted = undefined
    declared.family.close()
  }

  /**
   * @internal Takes all metrics to another store, or back to the heap when none is given. False where readers could not be
   * told of them.
   */
  useStore(store: Store = this.host.heap, page?: RegistryPage): boolean {
    // First, while there is room: the counter of series without room.
    const dropped = this.own.dropped()
    this.host.store = store
    this.page = page
    return store.transaction(() => {
      dropped.move()
      for (const { family } of this.declared.values()) if (family !== dropped) family.move()
      this.clearings.move(store)
      return true
    })
  }

  /** @internal Adds the metrics whose series readers see; returns the number of their cells. */
  collectShown(shown: Set<Metric>): number {
    return [...this.declared.values()].reduce((cells, { family }) => cells + family.collectShown(shown), 0)
  }

  /**
   * @internal Takes all metrics to a store that takes the place of the present one: first those that readers see, then the
   * others, as far as there is room. False if there was no room to announce that.
   */
  useSuccessor(store: Store, page: RegistryPage, shown: ReadonlySet<Metric>): boolean {
    const move = (isShown: boolean) => (): boolean => {
      for (const { family } of this.declared.values()) family.move((metric) => shown.has(metric) === isShown)
      if (!isShown) this.clearings.move(store)
      return true
    }
    // What finds no room must not stay where it was.
    this.useStore()
    this.host.store = store
    this.page = page
    const isAnnounced = store.transaction(move(true), true)
    // For the others, it was counted before that there is no room.
    this.countsDropped = false
    store.transaction(move(false))
    this.countsDropped = true
    return isAnnounced
  }

  /** @internal Whether nothing is declared in it. */
  get isEmpty(): boolean {
    return this.declared.size === 0
  }

  /** @internal Calls a function, which must not throw, at the beginning of each tick. Returns a function that stops it. */
  onTick(call: () => void): () => void {
    this.atTick.add(call)
    this.needTicks()
    return () => this.atTick.delete(call)
  }

  /** @internal The page that it is in; `undefined` while its metrics are on the heap. */
  get currentPage(): RegistryPage | undefined {
    return this.page
  }

  /** @internal Whether this family is still the one of its name. */
  has(family: Family<Metric>): boolean {
    return this.declared.get(family.description.name)?.family === family
  }

  /**
   * @internal Calls a function whose metrics make way: an app that declares one of their names differently gets its own. It does
   * not know of them where `plimsoll/register` observes the process, and must not fail because of that.
   */
  declareYielding<Result>(declare: () => Result): Result {
    this.yields = true
    try {
      return declare()
    } finally {
      this.yields = false
    }
  }

  /** @internal Whether a name is that of a metric that does not make way. */
  isTaken(name: string): boolean {
    return this.declared.get(name)?.yields === false
  }

  /** @internal What the methods named after kinds do. */
  declareAs(
    kind: keyof MetricOf,
    name: string,
    options: Partial<Labelled<string>> = {},
    extras?: DeclareExtras,
  ): Metric | Family<Metric> {
    const family = this.declare(
      kind,
      refuseReserved({ ...define(kind, name, options), sparse: extras?.sparse }),
      extras,
    )
    // By the presence of the option, not its length: a list of labels from a configuration may be empty.
    return options.labels === undefined ? family.labels({}) : family
  }

  /** @internal Declares a metric of plimsoll itself, whose name begins with `plimsoll.`. */
  declareOwn<K extends keyof MetricOf>(
    kind: K,
    name: string,
    options: Labelled<string> & { readonly help: string; readonly unit?: string },
  ): Family<MetricOf[K]> {
    return this.declare(kind, define(kind, name, options))
  }

  private declarer<K extends NamedKind>(kind: K): Declarers[K] {
    const declare = (name: string, options?: object): Metric | Family<Metric> => this.declareAs(kind, name, options)
    return declare as Declarers[K]
  }

  private declare<K extends keyof MetricOf>(
    kind: K,
    definition: Definition,
    extras: DeclareExtras = {},
  ): Family<MetricOf[K]> {
    const { name } = definition
    const known = this.declared.get(name)
    if (known !== undefined) {
      const differs = difference(known.definition, definition) ?? differenceOfFactories(known.factory, extras.factory)
      if (differs === undefined) return known.family as unknown as Family<MetricOf[K]>
      const places = { here: extras.place ?? callSite(), there: known.place }
      if (!known.yields || this.yields)
        throw new PlimsollError('PLIMSOLL_FAMILY_CONFLICT', { name, ...differs, ...places })
      this.remove(name)
    }
    const full = withDefaults(definition)
    const { maxSeries, ...others } = full
    // JSON has no infinity.
    const limit = maxSeries === defaultMaxSeries ? {} : { maxSeries: Math.min(maxSeries, Number.MAX_SAFE_INTEGER) }
    const description = { id: this.made++, ...others, ...limit }
    const { factory } = extras
    const make = (factory ?? kinds[kind])(full) as MetricKind<MetricOf[K]>
    const FamilyClass = full.sparse ? SparseFamily : Family
    const family = new FamilyClass<MetricOf[K]>(description, maxSeries, make, this.host)
    const { yields } = this
    // What makes way is never named in an error, and there are dozens of it while an app starts.
    const place = extras.place ?? (yields ? '' : callSite())
    this.declared.set(name, { definition: full, place, factory, yields, family: family as unknown as Family<Metric> })
    this.sorted = undefined
    return family
  }

  /** Families that come or go meanwhile are met or not. */
  private *tickAll(time: Tick): Generator<void> {
    for (const call of this.atTick) yield call()
    for (const { family } of this.declared.values()) yield* family.tick(time)
    this.page?.renew()
  }

  private needTicks(): void {
    if (this.ticking) return
    this.ticking = true
    startTicking(this)
  }
}

function refuseReserved(definition: Definition): Definition {
  if (!definition.name.startsWith(reservedPrefix)) return definition
  throw new PlimsollError('PLIMSOLL_NAME_RESERVED', { name: definition.name })
}
