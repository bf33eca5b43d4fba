import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { openPage } from 'plimsoll/page'
import {
  type DistributionSeries,
  matchSelector,
  mergeSnapshots,
  parseSelectors,
  quantile,
  type Selection,
  type Snapshot,
  type Source,
  selectionFor,
  selectSnapshot,
  standardDeviation,
} from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

const shares = [0, 0.5, 0.9, 0.99, 0.999, 1]

/** A registry with all that a selection can leave out, two minutes after its start. */
function newShop(): { registry: Registry; clock: ManualClock } {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const requests = registry.counter('http.requests', { labels: ['status'], exemplars: true })
  const busy = registry.gauge('busy', { extremes: true })
  const latency = registry.timer('http.latency', { labels: ['route'], exemplars: true })
  const size = registry.histogram('size', { buckets: [1, 10, 100] })
  registry.text('phase').set('open')
  registry.histogram('empty')
  let random = 1
  for (let second = 0; second < 120; second += 5) {
    for (let i = 0; i < 40; i++) {
      random = (random * 48271) % 2147483647
      latency
        .labels({ route: i % 2 ? '/' : '/cart' })
        .recordWithExemplar(Math.exp((random / 2147483647) * 12 - 8), { trace: `${i}` })
      size.record(random % 130)
      requests.labels({ status: i % 10 ? '200' : '500' }).addWithExemplar(1, { trace: `${i}` })
    }
    latency.labels({ route: '/' }).record(0)
    busy.set(second)
    clock.advance(5)
    registry.tick()
  }
  return { registry, clock }
}

function newPage(t: TestContext): { registry: Registry; clock: ManualClock; file: string; dir: string } {
  const { registry, clock } = newShop()
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-selection-'))
  const publication = publish({ registry, dir, app: 'shop' })
  t.after(() => {
    publication.close()
    rmSync(dir, { recursive: true })
  })
  assert.ok(publication.file, String(publication.error))
  return { registry, clock, file: publication.file, dir }
}

function namesOf({ families }: Snapshot): string[] {
  return families.map(({ name }) => name).filter((name) => !name.startsWith('plimsoll.'))
}

function distribution(snapshot: Snapshot, name: string, i = 0): DistributionSeries {
  return snapshot.families.find((family) => family.name === name)?.series[i] as DistributionSeries
}

/** Everything that a table shows of the distributions of a snapshot. */
function shown({ families }: Snapshot): unknown {
  return families
    .filter(({ kind }) => kind === 'timer' || kind === 'histogram')
    .map(({ name, series }) => {
      return (series as readonly DistributionSeries[]).map((one) => [
        name,
        one.labels,
        [one.count, one.sum, one.min, one.max, one.last, one.rates],
        shares.map((q) => quantile(one, q)),
        Object.entries(one.recent ?? {}).map(([window, recent]) => [
          [window, recent.seconds, recent.count, recent.sum],
          shares.map((q) => quantile(recent, q, one)),
        ]),
      ])
    })
}

const sources: Readonly<Record<string, (t: TestContext) => { source: Source; close?: () => void }>> = {
  'a registry': () => ({ source: newShop().registry }),
  'a page': (t) => {
    const { file, clock } = newPage(t)
    const page = openPage(file, { clock })
    return { source: page, close: () => page.close() }
  },
  'a fleet': (t) => {
    const { dir, clock } = newPage(t)
    const shop = fleet('shop', { dir, clock })
    return { source: shop, close: () => shop.close() }
  },
  'a fleet by worker': (t) => {
    const { dir, clock } = newPage(t)
    const shop = fleet('shop', { dir, clock, by: 'worker' })
    return { source: shop, close: () => shop.close() }
  },
}

for (const [name, make] of Object.entries(sources)) {
  test(`${name} has the same counts, sums and quantiles without buckets as with them`, async (t) => {
    const { source, close } = make(t)
    const all = await source.read()
    const selected = await source.read({ quantiles: shares, recent: ['1m', '5m'] })
    assert.deepEqual(shown(selected), shown(all))
    assert.ok(distribution(all, 'http.latency').recent?.['1m'], 'the test needs recent windows')
    for (const series of [distribution(selected, 'http.latency'), distribution(selected, 'size')]) {
      assert.ok(series.count > 0)
      assert.ok(series.buckets.counts.every((n) => n === 0))
    }
    assert.deepEqual(namesOf(selected), namesOf(all))
    close?.()
  })

  test(`${name} has only the families, series and parts that are selected`, async (t) => {
    const { source, close } = make(t)
    const selected = await source.read({ families: ['http.*{status=5*}', 'http.latency{route=/}', 'busy', 'phase'] })
    assert.deepEqual(namesOf(selected), ['busy', 'http.latency', 'http.requests', 'phase'])
    const [requests] = selected.families.filter(({ name }) => name === 'http.requests')
    assert.deepEqual(
      requests?.series.map((one) => [one.labels.status, (one as { value: number }).value]),
      [['500', 96]],
    )
    const latency = distribution(selected, 'http.latency')
    assert.deepEqual(
      [latency.labels.route, latency.recent, latency.exemplars, latency.quantiles, quantile(latency, 0.5)],
      ['/', undefined, undefined, undefined, undefined],
    )
    const [busy] = selected.families.filter(({ name }) => name === 'busy')
    assert.deepEqual(
      busy?.series.map((one) => 'extremes' in one),
      [false],
    )
    const withMore = await source.read({ families: ['http.latency'], buckets: true, exemplars: true, recent: ['5m'] })
    const more = distribution(withMore, 'http.latency')
    assert.deepEqual(Object.keys(more.recent ?? {}), ['5m'])
    assert.ok((more.exemplars?.length ?? 0) > 0)
    assert.ok(more.buckets.counts.some((n) => n > 0))
    const lately = distribution(
      await source.read({ families: ['http.latency'], buckets: 'recent', recent: ['1m'] }),
      'http.latency',
    )
    const all = distribution(await source.read(), 'http.latency')
    assert.ok(lately.buckets.counts.every((n) => n === 0))
    assert.deepEqual([lately.count, lately.sum, lately.max], [all.count, all.sum, all.max])
    assert.deepEqual(lately.recent, { '1m': all.recent?.['1m'] })
    close?.()
  })

  test(`${name} refuses a selection that is not one`, async (t) => {
    const { source, close } = make(t)
    for (const [given, code] of [
      [{ family: ['x'] }, 'PLIMSOLL_OPTION_UNKNOWN'],
      [{ families: 'x' }, 'PLIMSOLL_OPTION_INVALID'],
      [{ families: ['x{'] }, 'PLIMSOLL_OPTION_INVALID'],
      [{ quantiles: [99] }, 'PLIMSOLL_OPTION_INVALID'],
      [{ recent: ['1h'] }, 'PLIMSOLL_OPTION_INVALID'],
      [{ buckets: 1 }, 'PLIMSOLL_OPTION_INVALID'],
      [{ buckets: 'all' }, 'PLIMSOLL_OPTION_INVALID'],
    ] as const) {
      assert.throws(() => source.read(given as unknown as Selection), { code })
    }
    close?.()
  })
}

test('A page that is open shows what was added, removed and declared since, also to a selection that was read before', (t) => {
  const { registry, clock, file } = newPage(t)
  const page = openPage(file, { clock })
  const selection: Selection = { families: ['http.requests', 'late.*', 'http.latency.p99'], quantiles: [0.99] }
  assert.deepEqual(namesOf(page.read(selection)), ['http.latency', 'http.requests'])
  registry.counter('late.arrival').add(7)
  registry
    .counter('http.requests', { labels: ['status'], exemplars: true })
    .labels({ status: '404' })
    .add(3)
  registry.counter('http.requests', { labels: ['status'], exemplars: true }).remove({ status: '500' })
  registry
    .timer('http.latency', { labels: ['route'], exemplars: true })
    .labels({ route: '/new' })
    .record(1e9)
  const later = page.read(selection)
  assert.deepEqual(
    later.families.map(({ name, series }) => [name, series.map((one) => one.labels.status ?? one.labels.route)]),
    [
      ['http.latency', ['/cart', '/', '/new']],
      ['http.requests', ['200', '404']],
      ['late.arrival', [undefined]],
    ],
  )
  assert.deepEqual(shown(later), shown(selectSnapshot(page.read(), selection)))
  // The whole name of a family is meant before a name and a statistic.
  registry.gauge('http.latency.p99').set(1)
  assert.deepEqual(namesOf(page.read(selection)), ['http.latency.p99', 'http.requests', 'late.arrival'])
  page.close()
})

test('The quantiles of a fleet are those of all its processes, not of one of them', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-selection-'))
  t.after(() => rmSync(dir, { recursive: true, maxRetries: 10 }))
  for (const seconds of [0.001, 1]) {
    const registry = new Registry()
    for (let i = 0; i < 100; i++) registry.timer('took').record(seconds)
    const publication = publish({ registry, dir, app: 'shop' })
    t.after(() => publication.close())
  }
  const shop = fleet('shop', { dir })
  const selection: Selection = { families: ['took'], quantiles: [0.25, 0.75] }
  const took = distribution(shop.read(selection), 'took')
  const all = distribution(shop.read(), 'took')
  assert.deepEqual(took.quantiles, { 0.25: quantile(all, 0.25), 0.75: quantile(all, 0.75) })
  assert.ok((quantile(all, 0.75) ?? 0) / (quantile(all, 0.25) ?? 1) > 900)
  const { parts } = shop.readParts(selection)
  assert.deepEqual(parts.map(namesOf), [['took'], ['took']])
  shop.close()
})

test('selectSnapshot() makes of a whole snapshot what a source makes of the selection', () => {
  const { registry } = newShop()
  const selection: Selection = {
    families: ['http.*', 'busy', 'size'],
    quantiles: [0.5, 0.999],
    recent: ['1m'],
    exemplars: true,
  }
  const before = JSON.stringify(registry.read())
  assert.deepEqual(selectSnapshot(registry.read(), selection), registry.read(selection))
  assert.deepEqual(selectSnapshot(registry.read(), undefined), registry.read())
  assert.equal(JSON.stringify(registry.read()), before)
})

test('What has no buckets has no quantile that was not asked for, and no standard deviation', () => {
  const { registry } = newShop()
  const series = distribution(registry.read({ quantiles: [0.5] }), 'http.latency')
  assert.equal(quantile(series, 0.75), undefined)
  assert.equal(standardDeviation(series), undefined)
  assert.ok((quantile(series, 0.5) ?? 0) > 0)
  const merged = distribution(
    mergeSnapshots([registry.read({ quantiles: [0.5] }), registry.read({ quantiles: [0.5] })]),
    'http.latency',
  )
  assert.equal(merged.count, 2 * series.count)
  assert.equal(quantile(merged, 0.5), undefined)
  assert.equal(quantile(distribution(registry.read({}), 'empty'), 0.5), undefined)
})

test('selectionFor() has what selectors need for their statistics, and no more', () => {
  const { registry } = newShop()
  const text = 'http.latency.1m.p99 > 0, http.latency.p99.9, size.stddev, http.requests{status=500}, busy'
  const selection = selectionFor(text)
  assert.deepEqual(selection, {
    families: parseSelectors(text),
    recent: ['1m'],
    quantiles: [0.99, 99.9 / 100],
    buckets: true,
  })
  for (const one of [text.split(', '), ['http.latency.p99.9'], ['http.latency{}.5m.p50']].flat()) {
    const values = (snapshot: Snapshot) =>
      matchSelector(one, snapshot).map(({ series }) => series.map(({ value }) => value))
    assert.deepEqual(values(registry.read(selectionFor(one))), values(registry.read()), one)
    assert.ok(
      values(registry.read())
        .flat()
        .every((value) => value !== undefined),
    )
  }
  assert.deepEqual(selectionFor('http.requests'), { families: parseSelectors('http.requests') })
})

test('Series by worker are chosen by labels that they only have there', (t) => {
  const { dir, clock } = newPage(t)
  const shop = fleet('shop', { dir, clock, by: 'worker' })
  const { pid } = process
  const { families } = shop.read({ families: [`http.requests{pid=${pid},status=200}`, 'busy{pid=1}'] })
  assert.deepEqual(
    families.map(({ name, series }) => [name, series.length]),
    [
      ['busy', 0],
      ['http.requests', 1],
    ],
  )
  shop.close()
})
