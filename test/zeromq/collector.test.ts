import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'plimsoll'
import { formatJson } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import { Dealer } from 'zeromq'
import { until } from '../faults/processes.ts'
import {
  intervalMs,
  messagesIn,
  newCollector,
  newIpc,
  newLine,
  newMiddleman,
  newPublisher,
  newShop,
  valueIn,
} from './peers.ts'
import { Sender } from './sender.ts'

const goneAfterMs = 400

test('Publishers on ipc and tcp become one, late joiners as well: counts and distributions add up, gauges as declared', async (t) => {
  const sum = await newCollector(t, { bind: [newIpc(t), 'tcp://127.0.0.1:*'] })
  const registries = [new Registry(), new Registry(), new Registry()]
  for (const [i, registry] of registries.entries()) {
    if (i === 2) await until('two publishers', 5, () => valueIn(sum.read(), 'orders', { route: '/' }) === 3)
    registry
      .counter('orders', { labels: ['route'] })
      .labels({ route: '/' })
      .add(i + 1)
    registry.gauge('busy', { aggregation: 'max' }).set(i)
    registry.histogram('size', { buckets: [1, 2] }).record(i)
    registry.timer('took').record(i)
    await newPublisher(t, sum.endpoints[i % 2] as string, registry)
  }
  await until('three publishers', 5, () => valueIn(sum.read(), 'orders', { route: '/' }) === 6)
  const { pages, families } = sum.readApps().apps.get('shop') as Snapshot
  assert.deepEqual(
    families.filter(({ name }) => !name.startsWith('plimsoll.')).map(({ name, series }) => [name, series]),
    [
      ['busy', [{ labels: {}, value: 2, processes: 3 }]],
      ['orders', [{ labels: { route: '/' }, value: 6 }]],
      ['size', [{ labels: {}, count: 3, sum: 3, min: 0, max: 2, buckets: { bounds: [1, 2], counts: [2, 1, 0] } }]],
      ['took', families.find(({ name }) => name === 'took')?.series],
    ],
  )
  assert.deepEqual(
    pages.map(({ app, pid, state }) => ({ app, pid, state })),
    Array(3).fill({ app: 'shop', pid: process.pid, state: 'live' }),
  )
})

test('A collector that is started anew has all that its publishers count, soon', async (t) => {
  const bind = newIpc(t)
  const first = await newCollector(t, { bind })
  const shop = await newShop(t, bind)
  await shop.count(5)
  await until('the first sum', 5, () => valueIn(first.read(), 'orders') === 5)
  await first.close()
  await shop.count(2)
  const second = await newCollector(t, { bind })
  await until('the second sum', 5, () => valueIn(second.read(), 'orders') === 7)
  assert.equal(valueIn(second.read(), 'busy'), 1)
})

test('A source that is sent again after its publisher was closed counts once, also what came in between', async (t) => {
  const bind = newIpc(t)
  let sum = await newCollector(t, { bind })
  const registry = new Registry()
  const orders = registry.counter('orders')
  orders.add(10)
  for (let round = 1; round <= 3; round++) {
    const one = await newPublisher(t, bind, registry)
    const expected = 7 + 3 * round
    await until(`round ${round}`, 5, () => valueIn(sum.read(), 'orders') === expected)
    await one.close()
    await until('it is archived', 5, () => sum.read().pages.every(({ state }) => state === 'archived'))
    orders.add(3)
  }
  await sum.close()
  // One that knows nothing of what was before gets all of it.
  sum = await newCollector(t, { bind })
  await newPublisher(t, bind, registry)
  await until('the new sum', 5, () => valueIn(sum.read(), 'orders') === 19)
})

test('What a killed process counted stays in the sum, its gauges leave, and the next process adds to it', async (t) => {
  const sum = await newCollector(t, { goneAfterMs })
  const killed = await newShop(t, sum.endpoint)
  await killed.count(5)
  await until('the first process', 5, () => valueIn(sum.read(), 'orders') === 5)
  await killed.kill()
  await until('the gauge leaves', 5, () => valueIn(sum.read(), 'busy') === undefined)
  assert.deepEqual(
    sum.read().pages.map(({ state }) => state),
    ['killed'],
  )
  const next = await newShop(t, sum.endpoint)
  await next.count(2)
  await until('both', 5, () => valueIn(sum.read(), 'orders') === 7 && valueIn(sum.read(), 'took') === 7)
  assert.equal(valueIn(sum.read(), 'busy'), 1)
})

test('A process that ends by itself leaves all that it counted, to the last', async (t) => {
  const sum = await newCollector(t)
  const shop = await newShop(t, sum.endpoint, '1000')
  await until('it is there', 5, () => valueIn(sum.read(), 'busy') === 1)
  await shop.count(5)
  shop.child.stdin?.end()
  await once(shop.child, 'exit')
  await until('its last message', 5, () => valueIn(sum.read(), 'orders') === 5)
  assert.equal(valueIn(sum.read(), 'busy'), undefined)
  assert.equal(valueIn(sum.read(), 'plimsoll.zeromq.archived'), 1)
})

test('Messages that are lost or come twice make no sum wrong', async (t) => {
  const sum = await newCollector(t)
  // Of five messages one is lost, and one comes three times.
  const fates = [1, 1, 0, 1, 3]
  let message = 0
  const middleman = await newMiddleman(t, sum.endpoint, () => fates[message++ % fates.length] as number)
  const registry = new Registry()
  const orders = registry.counter('orders', { labels: ['route'] })
  await newPublisher(t, middleman.endpoint, registry)
  for (let i = 1; i <= 30; i++) {
    orders.labels({ route: `/${i % 4}` }).inc()
    await wait(intervalMs / 2)
    const counted = [0, 1, 2, 3].map((route) => valueIn(sum.read(), 'orders', { route: `/${route}` }) ?? 0)
    assert.ok(counted.reduce((a, b) => a + b, 0) <= i, `${counted}`)
  }
  await until('all of it', 5, () => {
    const counted = [0, 1, 2, 3].map((route) => valueIn(sum.read(), 'orders', { route: `/${route}` }))
    return counted.join() === '7,8,8,7'
  })
  const seen = sum.read()
  assert.ok((messagesIn(seen, 'gap') ?? 0) > 0 && (messagesIn(seen, 'repeated') ?? 0) > 0)
  assert.equal(messagesIn(seen, 'content'), 0)
})

test('A cut line makes values late, which their age shows, and nothing is missing once it is whole again', async (t) => {
  const sum = await newCollector(t, { goneAfterMs })
  const line = await newLine(t, sum.endpoint)
  const registry = new Registry()
  const orders = registry.counter('orders')
  registry.gauge('busy').set(1)
  await newPublisher(t, line.endpoint, registry)
  orders.inc()
  await until('the first', 5, () => valueIn(sum.read(), 'orders') === 1)
  for (const breakIt of [() => line.block(true), () => line.cut()]) {
    await breakIt()
    orders.add(2)
    const { value } = orders
    await until('the gauge leaves', 5, () => valueIn(sum.read(), 'busy') === undefined)
    assert.equal(valueIn(sum.read(), 'orders'), value - 2)
    assert.ok((sum.read().pages[0]?.heartbeatAge ?? 0) >= goneAfterMs / 1000)
    line.block(false)
    if (breakIt.toString().includes('cut')) await line.open()
    await until('all of it', 8, () => valueIn(sum.read(), 'orders') === value && valueIn(sum.read(), 'busy') === 1)
    assert.equal(sum.read().pages.length, 1)
    await until('it is on time', 8, () => (sum.read().pages[0]?.heartbeatAge ?? 9) < 0.3)
  }
})

test('All publishers may be cut off at once and come back, and nothing is missing', async (t) => {
  const sum = await newCollector(t, { goneAfterMs: 100 })
  const dealer = new Dealer({ linger: 0 })
  t.after(() => dealer.close())
  dealer.connect(sum.endpoint)
  const registry = new Registry()
  const orders = registry.counter('orders')
  // The interval, of which three must pass, is that of the messages.
  const senders = Array.from({ length: 150 }, (_, i) => new Sender(i.toString(16).padStart(32, '0'), intervalMs))
  for (const value of [1, 2]) {
    orders.inc()
    for (const sender of senders) {
      sender.ask()
      await dealer.send(sender.next(registry.read()))
    }
    await until('all of them', 5, () => valueIn(sum.read(), 'orders') === value * senders.length)
    await until('all are gone', 5, () => valueIn(sum.read(), 'plimsoll.zeromq.publishers', { state: 'live' }) === 0)
  }
  assert.equal(valueIn(sum.read(), 'plimsoll.zeromq.archived'), 0)
})

test('Whatever strangers send is counted and harms nothing', async (t) => {
  const sum = await newCollector(t)
  const registry = new Registry()
  registry.counter('orders').add(3)
  await newPublisher(t, sum.endpoint, registry)
  await until('the publisher', 5, () => valueIn(sum.read(), 'orders') === 3)
  const stranger = new Dealer({ linger: 0 })
  t.after(() => stranger.close())
  stranger.connect(sum.endpoint)
  const version = Buffer.alloc(64)
  version.write('PLZM')
  version[4] = 2
  const content = Buffer.alloc(64, 1)
  for (const parts of [[''], ['short'], [version], [content], ['two', 'parts']]) await stranger.send(parts)
  await until('all of it', 5, () => {
    const seen = sum.read()
    return ['length', 'version', 'content'].map((result) => messagesIn(seen, result)).join() === '2,1,2'
  })
  assert.equal(valueIn(sum.read(), 'orders'), 3)
  assert.doesNotThrow(() => formatJson(sum.read()))
})
