import {
  type Counter,
  collection,
  counter,
  Metered,
  metered,
  type ObjectStats,
  statsFor,
  sumOfChildren,
  type Template,
} from 'plimsoll'
import { type Contender, emptyCall, measureCalls, type Subject } from './calls.ts'
import { own } from './own.ts'
import { newName, publishedRegistry } from './published.ts'
import { mustEqual, tell } from './result.ts'
import { bareRivals } from './rivals/bare.ts'

const registry = publishedRegistry()

type Stats = ObjectStats<{ readonly hits: Template<Counter> }>

/** The statistics of an object that has so many objects above it, which all sum its counter up. */
function statsBelow(levels: number): Stats {
  let parent: object | undefined
  for (let i = 0; i < levels; i++) {
    const object = {}
    const place = parent === undefined ? { registry } : { parent }
    statsFor(object, parent === undefined ? newName() : 'level-{}', { hits: sumOfChildren(counter()) }, place)
    parent = object
  }
  return statsFor({}, newName(), { hits: counter() }, parent === undefined ? { registry } : { parent })
}

/** Each contender has a `call` of its own: V8 keeps what it knows of objects by the place in the code. */
function subject(counted: Counter, call: () => void): Subject {
  return { call, verify: ({ calls }) => mustEqual('ways to declare', counted.value, calls) }
}

const contenders: readonly Contender[] = [
  {
    name: 'collection',
    make: () => {
      const stats = collection(newName(), { misses: counter(), hits: counter() }, { registry })
      return subject(stats.hits, () => stats.hits.inc())
    },
  },
  {
    name: 'extends Metered',
    make: () => {
      class Cache extends Metered(newName(), { misses: counter(), hits: counter() }, { registry }) {}
      const cache = new Cache()
      return subject(cache.hits, () => cache.hits.inc())
    },
  },
  {
    name: '@metered',
    make: () => {
      class Cache {
        @metered(newName(), counter(), { registry }) readonly misses!: Counter
        @metered(newName(), counter(), { registry }) readonly hits!: Counter
      }
      const cache = new Cache()
      return subject(cache.hits, () => cache.hits.inc())
    },
  },
  {
    name: 'statsFor',
    make: () => {
      const stats = statsBelow(0)
      return subject(stats.hits, () => stats.hits.inc())
    },
  },
  {
    name: 'statsFor with a parent',
    make: () => {
      const stats = statsBelow(1)
      return subject(stats.hits, () => stats.hits.inc())
    },
  },
  {
    name: 'statsFor with a parent and its parent',
    make: () => {
      const stats = statsBelow(2)
      return subject(stats.hits, () => stats.hits.inc())
    },
  },
]

const within = (contender: string, most: number) => {
  return { contender, text: `within ${most.toFixed(2)} x inc() of one by name`, most, times: 'plimsoll inc()' } as const
}

tell(
  await measureCalls({
    title: 'Ways to declare',
    note: 'Counts one in a counter that is a property: of a collection, of an object whose class has it, of the statistics of an object.',
    reference: 'plimsoll inc()',
    bars: [
      ...['collection', 'extends Metered', '@metered', 'statsFor'].map((contender) => within(contender, 1.1)),
      within('statsFor with a parent', 2),
      within('statsFor with a parent and its parent', 2.5),
    ],
    contenders: [emptyCall, bareRivals(registry).cell, own(registry).inc, ...contenders],
  }),
)
