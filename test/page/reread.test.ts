import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { openPage } from 'plimsoll/page'
import type { DistributionSeries, Selection, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { ReadableFile } from '#src/page/read/readable-file.ts'
import { PageReader } from '#src/page/read/reader.ts'
import { mappedOnly } from '../support/written.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-reread-'))
after(() => rmSync(dir, { recursive: true }))

/** A published registry by a clock of this test. */
function published() {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir, compact: false })
  return { clock, registry, file: publication.file ?? '', close: () => publication.close() }
}

const selections: readonly (Selection | undefined)[] = [
  undefined,
  { quantiles: [0, 0.5, 0.99, 1] },
  { quantiles: [0.9], recent: ['1m', '5m'] },
  { families: ['jobs', 'depth'] },
  { families: ['latency{route=/1}'], buckets: true, recent: ['1m'] },
  { families: ['latency', 'sizes'], buckets: 'recent', recent: ['1m'] },
]

test('a page that is read again and again gives what a reader gives that sees it for the first time', () => {
  let seed = 7
  // Park and Miller's generator: the same steps in each run.
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const { clock, registry, file, close } = published()
  const any = (n: number): number => Math.floor(random() * n)
  const jobs = registry.counter('jobs', { labels: ['route'] })
  const depth = registry.gauge('depth', { labels: ['route'], removeAtZero: true })
  const signed = registry.gauge('signed', { labels: ['route'] })
  const newest = registry.gauge('newest', { labels: ['route'], aggregation: 'last' })
  const latency = registry.timer('latency', { labels: ['route'] })
  const sizes = registry.histogram('sizes', { labels: ['route'], buckets: [1, 10, 100] })
  const state = registry.state('state', { states: ['idle', 'busy'] })
  let late = 0
  const steps: readonly ((route: string) => void)[] = [
    (route) => jobs.labels({ route }).inc(),
    (route) => depth.labels({ route }).set(any(3)),
    (route) => signed.labels({ route }).set(any(2) === 0 ? 0 : -0),
    (route) => newest.labels({ route }).set(any(100)),
    (route) => latency.labels({ route }).record(random() ** 8 * 1000),
    (route) => sizes.labels({ route }).record(any(200)),
    () => state.set(any(2) === 0 ? 'idle' : 'busy'),
    (route) => any(5) === 0 && jobs.remove({ route }),
    (route) => any(9) === 0 && latency.remove({ route }),
    () =>
      any(9) === 0 &&
      registry
        .counter(`late.${late++}`, { labels: ['route'] })
        .labels({ route: '/1' })
        .inc(),
    () => clock.advance(any(15)),
    () => registry.tick(),
  ]
  const reader = openPage(file, { clock })
  for (let round = 0; round < 120; round++) {
    for (let step = any(4); step >= 0; step--) steps[any(steps.length)]?.(`/${any(4)}`)
    for (const selection of selections) {
      const fresh = openPage(file, { clock })
      assert.deepEqual(reader.read(selection), fresh.read(selection), `round ${round}`)
      fresh.close()
    }
  }
  reader.close()
  close()
})

test('series that did not change are the same objects in the next read, and what was read before stays as it was', () => {
  const { clock, registry, file, close } = published()
  const jobs = registry.counter('jobs', { labels: ['route'] })
  for (const route of ['/a', '/b', '/c']) jobs.labels({ route }).add(5)
  registry.gauge('depth').set(4)
  const reader = openPage(file, { clock })
  // What a selection means is known by its object.
  const selection: Selection = { families: ['jobs', 'depth'] }
  const read = () => {
    const { families } = reader.read(selection)
    return {
      depth: families[0],
      jobs: families[1],
      values: families[1]?.series.map((one) => 'value' in one && one.value),
    }
  }
  read()
  const before = read()
  assert.equal(read().jobs, before.jobs)
  jobs.labels({ route: '/b' }).inc()
  const later = read()
  assert.deepEqual(
    [before.values, later.values],
    [
      [5, 5, 5],
      [5, 6, 5],
    ],
  )
  assert.equal(later.depth, before.depth)
  assert.deepEqual(
    later.jobs?.series.map((one, i) => one === before.jobs?.series[i]),
    [true, false, true],
  )
  reader.close()
  close()
})

const median: Selection = { quantiles: [0.5] }

/** The count and the median of the one timer or histogram that is read. */
function countAndMedian(snapshot: Snapshot, name: string) {
  const family = snapshot.families.find((one) => one.name === name)
  const [one] = (family?.series ?? []) as readonly DistributionSeries[]
  return [one?.count, one?.quantiles?.[0.5]]
}

test('selections that differ in distributions alone give the same objects of what has not changed', (t) => {
  const { registry, file, close } = published()
  t.after(close)
  const jobs = registry.counter('jobs', { labels: ['route'] })
  for (const route of ['/a', '/b']) jobs.inc({ route })
  registry.gauge('depth').set(4)
  registry.histogram('sizes').record(2)
  const reader = openPage(file)
  t.after(() => reader.close())
  const numbers: Selection = { families: ['jobs', 'depth'] }
  const all: Selection = { families: ['jobs', 'depth', 'sizes'] }
  const read = (selection: Selection) => {
    const byName = new Map(reader.read(selection).families.map(({ name, series }) => [name, series]))
    return [...(byName.get('depth') ?? []), ...(byName.get('jobs') ?? [])]
  }
  for (const selection of [numbers, all]) read(selection)
  const before = read(numbers)
  assert.ok(read(all).every((one, i) => one === before[i]))
  jobs.inc({ route: '/b' })
  const after = read(all)
  assert.deepEqual(
    after.map((one, i) => one === before[i]),
    [true, true, false],
  )
  assert.deepEqual(
    after.map((one) => 'value' in one && one.value),
    [4, 1, 2],
  )
  assert.ok(read(numbers).every((one, i) => one === after[i]))
  // What is new belongs to both.
  jobs.inc({ route: '/c' })
  assert.equal(read(numbers)[3], read(all)[3])
  assert.equal(read(all).length, 4)
})

test(
  'a value that its writer had not counted yet when it was stopped is among those of a later read',
  mappedOnly,
  (t) => {
    const { clock, registry, file, close } = published()
    t.after(close)
    const sizes = registry.histogram('sizes')
    for (let i = 0; i < 9; i++) sizes.record(i % 2 === 0 ? 3 : 5)
    const before = readFileSync(file)
    sizes.record(3)
    const later = readFileSync(file)
    // The sum of the later page, and the count of the one before: it is one lower in a single cell.
    const between = Buffer.from(later)
    const buckets: number[] = []
    for (let at = 4096; at + 8 <= later.length; at += 8) {
      const [was, is] = [before.readDoubleLE(at), later.readDoubleLE(at)]
      if (is !== was && is === was + 1) buckets.push(between.writeDoubleLE(was, at))
    }
    assert.equal(buckets.length, 1)
    const copy = join(dir, 'copy.page')
    writeFileSync(copy, before)
    const reader = openPage(copy, { clock })
    t.after(() => reader.close())
    const read = (bytes: Buffer) => {
      writeFileSync(copy, bytes, { flag: 'r+' })
      return countAndMedian(reader.read(median), 'sizes')[0]
    }
    assert.deepEqual([read(before), read(before), read(between), read(between)], [9, 9, 9, 9])
    read(later)
    clock.advance(10)
    assert.equal(read(later), 10)
  },
)

test('values that are too small to change a sum are counted in each read', (t) => {
  const { clock, registry, file, close } = published()
  t.after(close)
  const sizes = registry.histogram('sizes')
  sizes.record(1)
  sizes.record(1e17)
  const reader = openPage(file, { clock })
  t.after(() => reader.close())
  for (let count = 2; count < 6; count++) {
    for (let again = 0; again < 3; again++) {
      const [found, middle] = countAndMedian(reader.read(median), 'sizes')
      assert.equal(found, count)
      assert.ok(Math.abs((middle as number) - 1) < 0.02)
    }
    sizes.record(1)
  }
})

test('of many series with octaves all over the page, those that changed are as a first read has them', (t) => {
  const { clock, registry, file, close } = published()
  t.after(close)
  const spread = registry.histogram('spread', { labels: ['route'] })
  const routes = Array.from({ length: 30 }, (_, i) => spread.labels({ route: `/${i}` }))
  // One octave of each after the other: none lies beside another one of its series. One has more than are copied at once.
  for (let exponent = 0; exponent < 12; exponent++) for (const one of routes) one.record(1.5 * 2 ** exponent)
  for (let exponent = -200; exponent < 200; exponent++) routes[0]?.record(1.5 * 2 ** exponent)
  const reader = openPage(file, { clock })
  t.after(() => reader.close())
  for (let round = 0; round < 12; round++) {
    for (let i = round % 3; i < routes.length; i += 7) routes[i]?.record(3 * 2 ** (round % 11))
    // In an octave of its own.
    if (round % 4 === 1) routes[round]?.record(2 ** (20 + round))
    const fresh = openPage(file, { clock })
    assert.deepEqual(reader.read(median), fresh.read(median), `round ${round}`)
    fresh.close()
    clock.advance(3)
  }
})

test('what a writer counts after its cells were copied, and before it closes the page, is in the read that shows its end', (t) => {
  const { registry, file, close } = published()
  const counter = registry.counter('last')
  let end: (() => void) | undefined
  class ClosedFile extends ReadableFile {
    override read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
      if (position === 0) end?.()
      return super.read(target, offset, position)
    }
  }
  const reader = new PageReader(file, new ClosedFile(file), {})
  t.after(() => reader.close())
  counter.add(7)
  assert.deepEqual(stateAndLast(reader), ['live', 7])
  end = () => {
    end = undefined
    counter.inc()
    close()
  }
  assert.deepEqual(stateAndLast(reader), ['exited', 8])
  assert.deepEqual(stateAndLast(reader), ['exited', 8])
})

test(
  'what a process counts after its cells were copied, and before it is killed, is in the read that shows its end',
  mappedOnly,
  (t) => {
    const { registry, file, close } = published()
    t.after(close)
    const counter = registry.counter('last')
    let kill: (() => void) | undefined
    class KilledFile extends ReadableFile {
      override isHeld(): boolean | undefined {
        kill?.()
        return kill === undefined
      }
    }
    const reader = new PageReader(file, new KilledFile(file), {})
    t.after(() => reader.close())
    counter.add(7)
    assert.deepEqual(stateAndLast(reader), ['live', 7])
    let isKilled = false
    kill = () => {
      if (!isKilled) counter.inc()
      isKilled = true
    }
    assert.deepEqual(stateAndLast(reader), ['killed', 8])
    assert.deepEqual(stateAndLast(reader), ['killed', 8])
  },
)

function stateAndLast(reader: PageReader): unknown {
  const { pages, families } = reader.read({ families: ['last'] })
  const [series] = families[0]?.series ?? []
  return [pages[0]?.state, series && 'value' in series && series.value]
}
