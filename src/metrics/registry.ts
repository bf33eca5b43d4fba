import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { counterCells, explicitCells, exponentialHeadCells, gaugeCells } from '../snapshot/cells.ts'
import type { FamilySnapshot, Kind, PageInfo, Snapshot, Source } from '../snapshot/snapshot.ts'
import type { Store } from '../snapshot/store.ts'
import { callSite } from './call-site.ts'
import { Counter } from './counter.ts'
import {
  type Definition,
  define,
  difference,
  type FamilyOptions,
  type FullDefinition,
  type GaugeOptions,
  type HistogramOptions,
  type Labelled,
  reservedPrefix,
  type TimerOptions,
  withDefaults,
} from './definition.ts'
import { ExplicitHistogram } from './explicit-histogram.ts'
import { ExponentialHistogram } from './exponential-histogram.ts'
import { Family, type FamilyHost, type Metric, type MetricKind } from './family.ts'
import { Gauge } from './gauge.ts'
import { createHeapStore } from './heap-store.ts'
import type { Histogram } from './histogram.ts'
import { OwnMetrics } from './own-metrics.ts'
import { Timer } from './timer.ts'

/** What a registry may be told. */
export interface RegistryOptions {
  /** Where timers and snapshots take time from. Default: the machine's clocks. */
  readonly clock?: Clock
}

/** A metric without labels is itself; one with labels is a family of series. */
export interface Declare<O, M extends Metric> {
  <const L extends string>(name: string, options: O & Labelled<L>): Family<M, L>
  (name: string, options?: O): M
}

interface Declared {
  readonly definition: FullDefinition
  readonly place: string
  readonly family: Family<Metric>
}

/**
 * The metrics of one app, by name. Declaring a name again gives the same metric back; declaring it differently throws
 * PLIMSOLL_FAMILY_CONFLICT. Names are paths with `.` or `/` between the parts. Registries know nothing of each other.
 */
export class Registry implements Source {
  /** Declares a counter, or finds it: `registry.counter('mails.sent').inc()`. */
  readonly counter: Declare<FamilyOptions, Counter>
  /** Declares a gauge, or finds it: `registry.gauge('queue.length').set(3)`. */
  readonly gauge: Declare<GaugeOptions, Gauge>
  /** Declares a histogram, or finds it: `registry.histogram('mails.size', { unit: 'By' }).record(1024)`. */
  readonly histogram: Declare<HistogramOptions, Histogram>
  /** Declares a timer, or finds it: `registry.timer('db.query').time(() => query())`. */
  readonly timer: Declare<TimerOptions, Timer>

  private readonly own: OwnMetrics
  private readonly host: { clock: Clock; store: Store; readonly heap: Store } & FamilyHost
  private readonly declared = new Map<string, Declared>()
  private sorted: readonly Declared[] | undefined
  private describePage: (() => PageInfo) | undefined

  constructor(options: RegistryOptions = {}) {
    const heap = createHeapStore()
    this.own = new OwnMetrics((name, extra) => this.declare(define('counter', name, extra), counterKind))
    this.host = {
      clock: options.clock ?? systemClock,
      store: heap,
      heap,
      countRejected: (family, reason) => this.own.countRejected(family, reason),
      countOverflowed: (family) => this.own.countOverflowed(family),
      countDropped: () => this.own.countDropped(),
    }
    this.counter = this.declarer('counter', () => counterKind)
    this.gauge = this.declarer('gauge', () => gaugeKind)
    this.histogram = this.declarer('histogram', histogramKind)
    this.timer = this.declarer('timer', timerKind)
  }

  /** All metrics now, as plain data. Cost grows with the number of series; recording goes on untouched. */
  read(): Snapshot {
    this.sorted ??= [...this.declared.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1))
    const families: FamilySnapshot[] = this.sorted.map(({ family }) => family.read())
    const pages = this.describePage === undefined ? [] : [this.describePage()]
    return { version: 1, takenAt: this.host.clock.unixTime(), pages, families }
  }

  /** @internal Takes all metrics to another store, or back to the heap when none is given. */
  useStore(store?: Store, describePage?: () => PageInfo): void {
    // First, while there is room: the counter that tells of series without room.
    const dropped = this.own.dropped()
    this.host.store = store ?? this.host.heap
    this.describePage = describePage
    dropped.move()
    for (const { family } of this.declared.values()) if (family !== dropped) family.move()
  }

  private declarer<O, M extends Metric>(kind: Kind, kindFor: (definition: Definition) => MetricKind<M>): Declare<O, M> {
    return (name: string, options?: O) => {
      const definition = define(kind, name, options ?? {})
      if (definition.name.startsWith(reservedPrefix)) {
        throw new PlimsollError('PLIMSOLL_NAME_RESERVED', { name: definition.name })
      }
      const family = this.declare(definition, kindFor(definition))
      // By what was said and not by how many: a list of labels from a configuration may be empty.
      return (
        (options as Partial<Labelled<string>> | undefined)?.labels === undefined ? family.labels({}) : family
      ) as M & Family<M>
    }
  }

  private declare<M extends Metric>(definition: Definition, kind: MetricKind<M>): Family<M> {
    const { name } = definition
    const known = this.declared.get(name)
    if (known !== undefined) {
      const differs = difference(known.definition, definition)
      if (differs === undefined) return known.family as unknown as Family<M>
      const places = { here: callSite(), there: known.place }
      throw new PlimsollError('PLIMSOLL_FAMILY_CONFLICT', { name, ...differs, ...places })
    }
    const { seriesLimit, ...description } = withDefaults(definition)
    const family = new Family<M>({ id: this.declared.size, ...description }, seriesLimit, kind, this.host)
    this.declared.set(name, {
      definition: withDefaults(definition),
      place: callSite(),
      family: family as unknown as Family<Metric>,
    })
    this.sorted = undefined
    return family
  }
}

const counterKind: MetricKind<Counter> = {
  cells: counterCells,
  make: (slot, owner) => new Counter(slot, owner),
}

const gaugeKind: MetricKind<Gauge> = {
  cells: gaugeCells,
  make: (slot, owner) => new Gauge(slot, owner),
}

function histogramKind({ bounds }: Definition): MetricKind<Histogram> {
  if (bounds === undefined) {
    return { cells: exponentialHeadCells, make: (slot, owner) => new ExponentialHistogram(slot, owner) }
  }
  return { cells: explicitCells(bounds.length), make: (slot, owner) => new ExplicitHistogram(slot, owner, bounds) }
}

function timerKind(definition: Definition): MetricKind<Timer> {
  const { cells, make } = histogramKind(definition)
  return { cells, make: (slot, owner) => new Timer(make(slot, owner), owner.clock) }
}
