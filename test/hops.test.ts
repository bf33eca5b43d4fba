import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import {
  type Average,
  type Counter,
  type Gauge,
  type GaugeOptions,
  type Histogram,
  type Meter,
  Registry,
  type State,
  type Text,
  type Timer,
} from 'plimsoll'
import {
  childrenByValue,
  collection,
  type LabelledMetrics,
  Metered,
  metered,
  type ObjectTemplates,
  statsFor,
  sumOfChildren,
  type Template,
  template,
} from 'plimsoll/objects'
import { ManualClock } from 'plimsoll/testing'
import type { Slot, Store } from '#src/snapshot/store.ts'

/** Frames of plimsoll on the stack at each write to the cells of a store, for example `Counter.inc`. */
class WatchedStore implements Store {
  readonly writes: string[][] = []

  allocate(count: number): Slot {
    const cells = new Proxy(new Float64Array(count), {
      get: (target, key) => {
        const value = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
      set: (target, key, value) => {
        this.writes.push(framesOfPlimsoll())
        return Reflect.set(target, key, value)
      },
    })
    return { cells, index: 0 }
  }

  free(): void {}
  freeAnnounced(): void {}
  holds(): boolean {
    return true
  }
  announceFamily(): boolean {
    return true
  }
  announceSeries(): boolean {
    return true
  }
  announceExtension(): boolean {
    return true
  }
  announceCleared(): boolean {
    return true
  }
  announceRemoval(): boolean {
    return true
  }
  transaction(announce: () => boolean): boolean {
    return announce()
  }
}

const built = pathToFileURL('dist/').href

function framesOfPlimsoll(): string[] {
  const lines = new Error().stack?.split('\n') ?? []
  return lines.filter((line) => line.includes(built)).map((line) => line.trim().split(' ')[1] as string)
}

/** The frames at the writes of `record`, each different stack once; what makes parts and sums comes before. */
async function stacksOf(store: WatchedStore, record: () => unknown): Promise<string[][]> {
  for (const _ of [1, 2]) await record()
  store.writes.length = 0
  for (const _ of [1, 2]) await record()
  return [...new Set(store.writes.map((frames) => frames.join(' < ')))].map((text) => text.split(' < '))
}

/** Ways to record a good value, by what is called. */
type Ways<M> = Readonly<Record<string, (metric: M) => unknown>>
type Kind = 'counter' | 'gauge' | 'meter' | 'histogram' | 'timer' | 'average' | 'state' | 'text'

/** A metric as it may be declared. */
interface Kept {
  readonly kind: Kind
  readonly options: object
  // biome-ignore lint/suspicious/noExplicitAny: a table of all kinds.
  readonly ways: Ways<any>
}

/** 0 and 1 in turn: some metrics only write what is new to them. */
let turns = 0
const turn = (): number => turns++ % 2

const ofGauges: Ways<Gauge> = {
  'set()': (gauge) => gauge.set(turn()),
  'set(true)': (gauge) => gauge.set(turn() === 1),
  'add()': (gauge) => {
    gauge.add(1)
    gauge.add(-1)
  },
  'inc() and dec()': (gauge) => {
    gauge.inc()
    gauge.dec()
    gauge.inc(1)
    gauge.dec(1)
  },
  'value =': (gauge) => {
    gauge.value = turn()
  },
}
const ofHistograms: Ways<Histogram> = {
  'record()': (histogram) => histogram.record(3),
  'record(0)': (histogram) => histogram.record(0),
}
const exemplar = { trace_id: '4bf92f35' }
const ofExemplars: Ways<Histogram | Timer> = {
  'recordWithExemplar()': (metric) => metric.recordWithExemplar(3, exemplar),
  'recordWithExemplar(0)': (metric) => metric.recordWithExemplar(0, exemplar),
}
const ofTimers: Ways<Timer> = {
  'record()': (timer) => timer.record(3),
  'record(0)': (timer) => timer.record(0),
  'time()': (timer) => timer.time(() => 1),
  'time() of what throws': (timer) => assert.throws(() => timer.time(() => assert.fail())),
  'time() of a promise': (timer) => timer.time(async () => 1),
  'time() of a promise that is rejected': (timer) =>
    assert.rejects(
      timer.time(async () => {
        throw new Error('late')
      }),
    ),
  'start() and stop()': (timer) => timer.start().stop(),
  'using start()': (timer) => {
    using _ = timer.start()
  },
}
const ofAverages: Ways<Average> = { 'record()': (average) => average.record(3) }

/** All kinds, as each of their classes makes them. */
const all: Readonly<Record<string, Kept>> = {
  counter: kept<Counter>(
    'counter',
    {},
    {
      'inc()': (counter) => counter.inc(),
      'inc(n)': (counter) => counter.inc(2),
      'add()': (counter) => counter.add(2),
      'value =': (counter) => {
        counter.value += 1
      },
    },
  ),
  'counter with exemplars': kept<Counter>(
    'counter',
    { exemplars: true },
    {
      'addWithExemplar()': (counter) => counter.addWithExemplar(2, exemplar),
    },
  ),
  gauge: kept('gauge', {}, ofGauges),
  'gauge of whole numbers': kept('gauge', { type: 'int' }, ofGauges),
  flag: kept('gauge', { type: 'bool' }, ofGauges),
  'gauge with a time': kept('gauge', { aggregation: 'last' }, ofGauges),
  'gauge with extremes': kept<Gauge>(
    'gauge',
    { extremes: true },
    {
      ...ofGauges,
      'set() to what was never before': (gauge) => gauge.set(turns++),
    },
  ),
  meter: kept<Meter>('meter', {}, { 'mark()': (meter) => meter.mark(), 'mark(n)': (meter) => meter.mark(3) }),
  histogram: kept('histogram', {}, ofHistograms),
  'histogram with bounds': kept('histogram', { buckets: [1, 2, 4] }, ofHistograms),
  'histogram with exemplars': kept('histogram', { exemplars: true }, ofExemplars),
  'histogram with bounds and exemplars': kept('histogram', { buckets: [1, 2, 4], exemplars: true }, ofExemplars),
  timer: kept('timer', {}, ofTimers),
  'timer with bounds': kept('timer', { buckets: [1, 2, 4] }, ofTimers),
  'timer with exemplars': kept('timer', { exemplars: true }, ofExemplars),
  average: kept('average', {}, ofAverages),
  'average over values': kept('average', { window: { values: 2 } }, ofAverages),
  'average over seconds': kept('average', { window: { seconds: 60 } }, ofAverages),
  state: kept<State<'a' | 'b'>>(
    'state',
    { states: ['a', 'b'] },
    {
      'set()': (state) => state.set(turn() === 1 ? 'b' : 'a'),
      'acquire() and release()': (state) => state.acquire('b').release(),
      'using acquire()': (state) => {
        using _ = state.acquire('b')
      },
    },
  ),
  text: kept<Text>('text', {}, { 'set()': (text) => text.set(turn() === 1 ? 'words' : 'others') }),
}

function kept<M>(kind: Kind, options: object, ways: Ways<M>): Kept {
  return { kind, options, ways }
}

type Family = LabelledMetrics<unknown, 'of'>

function declare(registry: Registry, { kind, options }: Kept, more: object = {}): unknown {
  return (registry[kind] as (name: string, options: object) => unknown)('m', { ...options, ...more })
}

function templateOf({ kind, options }: Kept, more: object = {}): Template<unknown> {
  return (template[kind] as (options: object) => Template<unknown>)({ ...options, ...more })
}

/** Lets all series go that nothing was recorded into. */
function expire(registry: Registry, clock: ManualClock): void {
  for (const _ of [1, 2, 3]) {
    clock.advance(5)
    registry.tick()
  }
}

const labels = ['of']

/** How a metric is declared, found and kept: gives what finds it for each call, or nothing where a kind has no such form. */
const forms: Readonly<
  Record<string, (one: Kept, registry: Registry, clock: ManualClock) => (() => unknown) | undefined>
> = {
  'by its name': (one, registry) => () => declare(registry, one),
  'by its labels': (one, registry) => {
    const family = declare(registry, one, { labels }) as Family
    return () => family.labels({ of: 'this' })
  },
  'past the limit of its family': (one, registry) => {
    const family = declare(registry, one, { labels, maxSeries: 1 }) as Family
    family.labels({ of: 'another' })
    const overflow = family.labels({ of: 'this' })
    return () => overflow
  },
  'of a family whose series may go': (one, registry) => {
    const family = declare(registry, one, { labels, expireAfterSeconds: 10 }) as Family
    return () => family.labels({ of: 'this' })
  },
  'of a family whose series go at zero': (one, registry) => {
    if (one.kind !== 'gauge') return undefined
    const family = declare(registry, one, { labels, removeAtZero: true }) as Family
    return () => family.labels({ of: 'this' })
  },
  'kept while its series went': (one, registry, clock) => {
    const metric = (declare(registry, one, { labels, expireAfterSeconds: 10 }) as Family).labels({ of: 'this' })
    expire(registry, clock)
    return () => metric
  },
  'kept while another one got its labels': (one, registry, clock) => {
    const family = declare(registry, one, { labels, expireAfterSeconds: 10 }) as Family
    const metric = family.labels({ of: 'this' })
    expire(registry, clock)
    assert.notEqual(family.labels({ of: 'this' }), metric)
    return () => metric
  },
  'of a collection': (one, registry) => {
    const stats = collection('c', { m: templateOf(one) }, { registry })
    return () => stats.m
  },
  'of a class': (one, registry) => {
    class Page extends Metered('c.{}', { m: templateOf(one) }, { registry }) {}
    const page = new Page()
    return () => page.m
  },
  'of a decorated class': (one, registry) => {
    class Page {
      @metered('c.{}.m', templateOf(one), { registry }) readonly m!: unknown
    }
    const page = new Page()
    return () => page.m
  },
  'of an object': (one, registry) => {
    const stats = statsFor({}, 'c', { m: templateOf(one) }, { registry })
    return () => stats.m
  },
  'of an object below two others': (one, registry) => {
    const stats = statsFor({}, 'leaf-{}', { m: templateOf(one) }, { parent: parentOf(one, registry) })
    return () => stats.m
  },
  'of an object below two others, by its labels': (one, registry) => {
    if (one.kind === 'state' || one.kind === 'text') return undefined
    const stats = statsFor(
      {},
      'leaf-{}',
      { m: templateOf(one, { labels }) },
      { parent: parentOf(one, registry, labels) },
    )
    return () => (stats.m as Family).labels({ of: 'this' })
  },
  'of an object below two others, past its limit': (one, registry) => {
    if (one.kind === 'state' || one.kind === 'text') return undefined
    const parent = parentOf(one, registry, labels)
    const stats = statsFor({}, 'leaf-{}', { m: templateOf(one, { labels, maxSeries: 1 }) }, { parent })
    const family = stats.m as Family
    family.labels({ of: 'another' })
    const overflow = family.labels({ of: 'this' })
    return () => overflow
  },
}

/** An object with one above it, which both count what is below them as far as that can be. */
function parentOf(one: Kept, registry: Registry, of?: readonly string[]): object {
  const [top, middle] = [{}, {}]
  const sums = sumsOf(one, of)
  statsFor(top, 'top', sums, { registry })
  statsFor(middle, 'middle', sums, { parent: top })
  return middle
}

function sumsOf(one: Kept, of?: readonly string[]): ObjectTemplates {
  const { extremes, aggregation } = one.options as GaugeOptions
  if (one.kind === 'state' || one.kind === 'text') return { m: childrenByValue() }
  const isSummed = one.kind === 'counter' || (one.kind === 'gauge' && !extremes && aggregation !== 'last')
  return isSummed ? { m: sumOfChildren(templateOf(one, of && { labels: of }) as Template<Counter>) } : {}
}

// Not looked at: what makes a series, a part of one or another page, values that are refused, and a page without room.
describe('From the public method to the store there are at most two frames', () => {
  for (const [form, find] of Object.entries(forms)) {
    test(`for what is recorded into a metric ${form}.`, async () => {
      const deeper: unknown[] = []
      for (const [name, one] of Object.entries(all)) {
        for (const [way, record] of Object.entries(one.ways)) {
          const store = new WatchedStore()
          const clock = new ManualClock()
          const registry = new Registry({ clock })
          registry.useStore(store)
          const metric = find(one, registry, clock)
          if (metric === undefined) continue
          const stacks = await stacksOf(store, () => record(metric()))
          assert.notEqual(stacks.length, 0, `${way} of a ${name} wrote nothing`)
          for (const frames of stacks) if (frames.length > 2) deeper.push({ name, way, frames: frames.join(' < ') })
        }
      }
      assert.deepEqual(deeper, [])
    })
  }

  test('for a run that is told of for being slow.', async () => {
    const store = new WatchedStore()
    const registry = new Registry()
    registry.useStore(store)
    const timer = registry.timer('t')
    for (let i = 0; i < 100; i++) timer.record(1)
    let told = 0
    timer.warnAbove(0.5, () => told++)
    const stacks = await stacksOf(store, () => timer.record(2))
    assert.equal(told, 4)
    assert.deepEqual(
      stacks.filter((frames) => frames.length > 2),
      [],
    )
  })
})
