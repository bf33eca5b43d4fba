import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { ManualClock } from 'plimsoll/testing'
import { mappingUnavailable } from '#src/os/map.ts'
import { until } from '../faults/processes.ts'
import { endPublication } from '../support/ended.ts'
import { newCollector, newPublisher, valueIn } from './peers.ts'

const skip = mappingUnavailable()?.message ?? false

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sources-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

test('A registry that is published and closed while it is sent counts once throughout', { skip }, async (t) => {
  const sum = await newCollector(t)
  const registry = new Registry()
  const orders = registry.counter('orders')
  const counted = (step: string) => {
    orders.inc()
    return until(step, 5, () => valueIn(sum.read(), 'orders') === orders.value)
  }
  await newPublisher(t, sum.endpoint, registry)
  await counted('in memory')
  assert.equal(sum.read().pages[0]?.file, null)
  const publication = publish({ registry, dir: newFolder(t), app: 'shop' })
  await counted('in a file')
  assert.deepEqual(
    sum.read().pages.map((page) => [page.file, page.state]),
    [[publication.file, 'live']],
  )
  publication.close()
  await counted('in memory again')
  assert.deepEqual(
    sum.read().pages.map((page) => [page.file, page.state]),
    [[null, 'live']],
  )
})

test('The apps of a directory that is sent are kept apart, each with its gauges, and a page that is closed leaves them', {
  skip,
}, async (t) => {
  const sum = await newCollector(t)
  const dir = newFolder(t)
  const publications = ['shop', 'mail'].map((app, i) => {
    const registry = new Registry()
    registry.counter('orders').add(i + 1)
    registry.gauge('busy').set(1)
    return publish({ registry, dir, app })
  })
  const source = fleet(dir)
  t.after(() => source.close())
  await newPublisher(t, sum.endpoint, source)
  const seen = (name: string) =>
    ['shop', 'mail'].map((app) => valueIn(sum.readApps().apps.get(app) ?? sum.read(), name))
  await until('both', 5, () => seen('orders').join() === '1,2')
  assert.deepEqual(seen('busy'), [1, 1])
  publications[0]?.close()
  await until('the gauge leaves', 5, () => valueIn(sum.readApps().apps.get('shop') ?? sum.read(), 'busy') === undefined)
  assert.deepEqual(seen('orders'), [1, 2])
  publications[1]?.close()
})

test('A source that is neither a registry nor a fleet is sent as the snapshots that it gives', async (t) => {
  const sum = await newCollector(t)
  const registry = new Registry()
  const orders = registry.counter('orders')
  registry.gauge('busy').set(1)
  await newPublisher(t, sum.endpoint, { read: async () => registry.read() })
  for (const value of [1, 2]) {
    orders.inc()
    await until(`${value}`, 5, () => valueIn(sum.read(), 'orders') === value)
  }
  assert.equal(valueIn(sum.read(), 'busy'), 1)
})

test('Series that are removed while they are sent are gone from the sum, also when the page is replaced by a smaller one', async (t) => {
  const sum = await newCollector(t)
  const registry = new Registry()
  const users = registry.counter('users', { labels: ['user'] })
  const orders = registry.counter('orders')
  await newPublisher(t, sum.endpoint, registry)
  for (let round = 0; round < 4; round++) {
    for (let user = 0; user < 2000; user++) users.labels({ user: `${round} ${user}`.padEnd(100) }).inc()
    orders.inc()
    await until('all users', 10, () => seriesIn() === 2000 && valueIn(sum.read(), 'orders') === orders.value)
    for (let user = 0; user < 2000; user++) users.remove({ user: `${round} ${user}`.padEnd(100) })
  }
  function seriesIn(): number | undefined {
    return sum.read().families.find(({ name }) => name === 'users')?.series.length
  }
  await until('none', 10, () => (seriesIn() ?? 0) === 0)
  assert.equal(valueIn(sum.read(), 'orders'), 4)
})

/** A process of an app that has ended, by its page. */
function endedShop(t: TestContext, dir: string, orders: number): string {
  const registry = new Registry()
  registry.counter('orders').add(orders)
  const publication = publish({ registry, dir, app: 'shop' })
  t.after(() => publication.close())
  const { file } = publication
  if (file === undefined) throw publication.error
  endPublication(publication)
  return file
}

test('How a process ended is known as long as its page is there, also when it is in the archive', {
  skip,
}, async (t) => {
  const sum = await newCollector(t)
  const dir = newFolder(t)
  endedShop(t, dir, 5)
  const source = fleet('shop', { dir, clock: new ManualClock(Date.now() / 1000 + 60) })
  t.after(() => source.close())
  await newPublisher(t, sum.endpoint, source)
  await until('it is sent', 5, () => valueIn(sum.read(), 'orders') === 5)
  assert.deepEqual(sum.readApps().ended, [])
  assert.equal(source.compact().archived.length, 1)
  await until('the archive is sent', 5, () => sum.read().pages.some(({ state }) => state === 'archived'))
  const { ended } = sum.readApps()
  assert.deepEqual([valueIn(sum.read(), 'orders'), ended], [5, [{ app: 'shop', state: 'exited' }]])
})

test('A page that cannot be read any more stays in the sum as it was sent last', { skip }, async (t) => {
  const sum = await newCollector(t)
  const dir = newFolder(t)
  const file = endedShop(t, dir, 5)
  const registry = new Registry()
  const orders = registry.counter('orders')
  const publication = publish({ registry, dir, app: 'shop' })
  t.after(() => publication.close())
  const source = fleet('shop', { dir })
  t.after(() => source.close())
  await newPublisher(t, sum.endpoint, source)
  const counted = (expected: number) => until(`${expected}`, 5, () => valueIn(sum.read(), 'orders') === expected)
  const sums = new Set<number | undefined>()
  await counted(5)
  const whole = readFileSync(file)
  truncateSync(file, 100)
  for (const expected of [6, 7]) {
    orders.inc()
    await until(`${expected}`, 5, () => {
      sums.add(valueIn(sum.read(), 'orders'))
      return sums.has(expected)
    })
  }
  writeFileSync(file, whole)
  orders.inc()
  await counted(8)
  unlinkSync(file)
  await counted(3)
  assert.deepEqual(
    [...sums].filter((value) => (value ?? 0) < 5),
    [],
  )
})
