import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { publish, Registry } from 'plimsoll'
import { openPage, type PageReader } from 'plimsoll/page'
import type { Selection } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { leftInCells } from '#src/snapshot/selection.ts'
import type { PageInfo } from '#src/snapshot/snapshot.ts'
import { endPublication } from '../support/ended.ts'

const skip = mappingUnavailable()?.message ?? false
const labels = ['to'] as const

/** A page whose distributions a history takes as cells, and another one with the counts of their buckets. */
class World {
  readonly clock = new ManualClock()
  readonly registry = new Registry({ clock: this.clock })
  readonly #dir = mkdtempSync(join(tmpdir(), 'plimsoll-in-cells-'))
  readonly #publication = publish({ registry: this.registry, dir: this.#dir, app: 'shop', compact: false })
  readonly #sides = [leftInCells({ buckets: true }), { buckets: true }].map((selection: Selection) => {
    return { selection, page: this.#open(), store: new HistoryStore(2 ** 24) }
  })

  #open(): PageReader {
    return openPage(this.#publication.file ?? '', { clock: this.clock })
  }

  take(): void {
    const tick = Math.floor(this.clock.unixTime())
    for (const { selection, page, store } of this.#sides) {
      const snapshot = page.read(selection)
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, tick)
    }
    const [inCells, counted] = this.#sides.map(({ store }) => shown(store))
    assert.deepEqual(inCells, counted)
  }

  /** Reads the page from its beginning. */
  reopen(): void {
    for (const side of this.#sides) {
      side.page.close()
      side.page = this.#open()
    }
  }

  end(): void {
    for (const { page } of this.#sides) page.close()
    endPublication(this.#publication)
    rmSync(this.#dir, { recursive: true })
  }
}

function shown(store: HistoryStore): unknown {
  const all = [...store.tracks(() => true)]
  return all.map(([{ statistic, track }, { family, series }]) => [
    family.family.name,
    series.labels,
    statistic,
    track.value,
    track.since(0),
    series.heat?.heat.since(0),
  ])
}

type Step = (world: World) => void

const to = fc.integer({ min: 0, max: 4 }).map((number) => ({ to: `${number}` }))
// Over 128 octaves, buckets that are counted are wider.
const amount = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
  fc.constantFrom(1e-310, 2 ** -10, 2 ** 10),
)
const timers = ['took', 'took.expiring'] as const
const declare = {
  took: ({ registry }: World) => registry.timer('took', { labels }),
  'took.expiring': ({ registry }: World) => registry.timer('took.expiring', { labels, expireAfterSeconds: 60 }),
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((world) => world.take()) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom(...timers), to, amount).map(
      ([name, one, value]): Step =>
        (world) =>
          declare[name](world).labels(one).record(value),
    ),
  },
  {
    weight: 2,
    arbitrary: amount.map(
      (value): Step =>
        ({ registry }) =>
          registry.histogram('size').record(value),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(to, amount).map(
      ([one, value]): Step =>
        ({ registry }) =>
          registry
            .histogram('length', { labels, buckets: [1, 2, 100] })
            .labels(one)
            .record(value),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(to, fc.integer({ min: 0, max: 2 })).map(
      ([one, value]): Step =>
        ({ registry }) =>
          registry.gauge('depth', { labels }).labels(one).set(value),
    ),
  },
  {
    weight: 1,
    arbitrary: to.map(
      (one): Step =>
        (world) =>
          declare.took(world).remove(one),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 1, 1, 5, 40, 100).map(
      (seconds): Step =>
        ({ clock, registry }) => {
          clock.advance(seconds)
          registry.tick()
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.reopen()) },
)

test('a history of distributions in cells is that of distributions with counts', { skip }, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 80 }), (steps) => {
      const world = new World()
      try {
        for (const act of steps) act(world)
        world.take()
      } finally {
        world.end()
      }
    }),
    { numRuns: 25 },
  )
})

test('so is that of more series than are kept one by one', { skip }, () => {
  const world = new World()
  try {
    for (let second = 0; second < 6; second++) {
      for (let i = second; i < 230; i += 2)
        declare
          .took(world)
          .labels({ to: `${i}` })
          .record((i + 1) / 100)
      world.take()
      world.clock.advance(1)
    }
  } finally {
    world.end()
  }
})
