import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { collection, counter, gauge, Metered, Registry, statsFor, sumOfChildren } from 'plimsoll'
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

  giveBack(): void {}
  reuse(): void {}
  holds(): boolean {
    return true
  }
  announceFamily(): boolean {
    return true
  }
  announceSeries(): boolean {
    return true
  }
  announcePart(): boolean {
    return true
  }
  announceRemoval(): boolean {
    return true
  }
  together(announce: () => boolean): boolean {
    return announce()
  }
}

const built = pathToFileURL('dist/').href

function framesOfPlimsoll(): string[] {
  const lines = new Error().stack?.split('\n') ?? []
  return lines.filter((line) => line.includes(built)).map((line) => line.trim().split(' ')[1] as string)
}

/** The frames at the writes of `record`, each different stack once; set-up and a first call come before. */
async function stacksOf(record: (registry: Registry) => () => unknown): Promise<string[][]> {
  const store = new WatchedStore()
  const registry = new Registry()
  registry.useStore(store)
  const once = record(registry)
  await once()
  store.writes.length = 0
  await once()
  return [...new Set(store.writes.map((frames) => frames.join(' < ')))].map((text) => text.split(' < '))
}

/** Every public way to record a good value. */
const ways: Readonly<Record<string, (registry: Registry) => () => unknown>> = {
  'Counter.inc': (registry) => {
    const counter = registry.counter('c')
    return () => counter.inc()
  },
  'Counter.add': (registry) => {
    const counter = registry.counter('c')
    return () => counter.add(2)
  },
  'Family.labels().inc': (registry) => {
    const family = registry.counter('c', { labels: ['route'] })
    return () => family.labels({ route: '/' }).inc()
  },
  'Gauge.set': (registry) => {
    const gauge = registry.gauge('g')
    return () => gauge.set(1)
  },
  'Gauge.add': (registry) => {
    const gauge = registry.gauge('g')
    return () => gauge.add(-1)
  },
  'Gauge.inc': (registry) => {
    const gauge = registry.gauge('g')
    return () => gauge.inc()
  },
  'Gauge.dec': (registry) => {
    const gauge = registry.gauge('g')
    return () => gauge.dec()
  },
  'Gauge.set with extremes': (registry) => {
    const gauge = registry.gauge('g', { extremes: true, aggregation: 'last', type: 'int' })
    let value = 0
    return () => gauge.set(++value)
  },
  'Gauge.add with extremes': (registry) => {
    const gauge = registry.gauge('g', { extremes: true, aggregation: 'last', type: 'int' })
    return () => gauge.add(2)
  },
  'Gauge.inc with extremes': (registry) => {
    const gauge = registry.gauge('g', { extremes: true, aggregation: 'last', type: 'int' })
    return () => gauge.inc()
  },
  'Gauge.dec with extremes': (registry) => {
    const gauge = registry.gauge('g', { extremes: true, aggregation: 'last', type: 'int' })
    return () => gauge.dec(2)
  },
  'Histogram.record': (registry) => {
    const histogram = registry.histogram('h')
    return () => histogram.record(3)
  },
  'Histogram.record with bounds': (registry) => {
    const histogram = registry.histogram('h', { bounds: [1, 2, 4] })
    return () => histogram.record(3)
  },
  'Timer.record': (registry) => {
    const timer = registry.timer('t')
    return () => timer.record(3)
  },
  'Timer.time': (registry) => {
    const timer = registry.timer('t', { bounds: [1, 2, 4] })
    return () => timer.time(() => 1)
  },
  'Timer.time of what throws': (registry) => {
    const timer = registry.timer('t', { bounds: [1, 2, 4] })
    const fail = (): void => timer.time(() => assert.fail())
    return () => assert.throws(fail)
  },
  'Timer.time of a promise': (registry) => {
    const timer = registry.timer('t', { bounds: [1, 2, 4] })
    return () => timer.time(async () => 1)
  },
  'Timer.record of a slow run': (registry) => {
    const timer = registry.timer('t')
    for (let i = 0; i < 100; i++) timer.record(1)
    timer.warnAbove(0.5, () => {})
    return () => timer.record(2)
  },
  'State.set': (registry) => {
    const state = registry.state('s', { states: ['a', 'b'] })
    return () => state.set(state.value === 'a' ? 'b' : 'a')
  },
  'State.acquire and Holder.release': (registry) => {
    const state = registry.state('s', { states: ['a', 'b'] })
    return () => state.acquire('b').release()
  },
  'Text.set': (registry) => {
    const text = registry.text('t')
    return () => text.set('words')
  },
  'Stopwatch.stop': (registry) => {
    const timer = registry.timer('t', { bounds: [1, 2, 4] })
    return () => {
      timer.start().stop()
    }
  },
  'Meter.mark': (registry) => {
    const meter = registry.meter('m')
    return () => meter.mark()
  },
  'Meter.mark of many': (registry) => {
    const meter = registry.meter('m')
    return () => meter.mark(3)
  },
  'Average.record': (registry) => {
    const average = registry.average('a')
    return () => average.record(3)
  },
  'Average.record over values': (registry) => {
    const average = registry.average('a', { over: { values: 2 } })
    return () => average.record(3)
  },
  'Counter.inc in a collection': (registry) => {
    const stats = collection('c', { hits: counter() }, { registry })
    return () => stats.hits.inc()
  },
  'Counter.value of a collection': (registry) => {
    const stats = collection('c', { hits: counter() }, { registry })
    return () => {
      stats.hits.value += 1
    }
  },
  'Gauge.value of a collection': (registry) => {
    const stats = collection('c', { open: gauge() }, { registry })
    return () => {
      stats.open.value -= 1
    }
  },
  'Counter.inc of a class': (registry) => {
    class Page extends Metered('c.{}', { hits: counter() }, { registry }) {}
    const page = new Page()
    return () => page.hits.inc()
  },
  'Counter.inc of an object': (registry) => {
    const stats = statsFor({}, 'c', { hits: counter() }, { registry })
    return () => stats.hits.inc()
  },
  'Counter.inc of an object below others': (registry) => {
    const { hits } = statsBelow(registry)
    return () => hits.inc()
  },
  'Gauge.set of an object below others': (registry) => {
    const { open } = statsBelow(registry)
    let value = 0
    return () => open.set(value++)
  },
}

/** An object with two above it that sum it up. */
function statsBelow(registry: Registry) {
  const [top, middle] = [{}, {}]
  const sums = { hits: sumOfChildren(counter()), open: sumOfChildren(gauge()) }
  statsFor(top, 'top', sums, { registry })
  statsFor(middle, 'middle', sums, { parent: top })
  return statsFor({}, 'leaf-{}', { hits: counter(), open: gauge() }, { parent: middle })
}

describe('From the public method to the store there are at most two frames', () => {
  for (const [way, record] of Object.entries(ways)) {
    test(`for ${way}.`, async () => {
      const stacks = await stacksOf(record)
      assert.notEqual(stacks.length, 0, 'nothing was written')
      assert.deepEqual(
        stacks.filter((frames) => frames.length > 2),
        [],
      )
    })
  }
})
