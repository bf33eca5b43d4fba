import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { mergeSnapshots } from 'plimsoll/snapshot'
import { Publishers } from '#src/fleet/zeromq/publishers.ts'
import { valueIn } from './peers.ts'
import { decoded, Sender } from './sender.ts'

const limits = { goneAfterMs: 10_000, mostGone: 2, mostPublishers: 100 }

/** A publisher with a counter and a gauge, whose messages arrive at once. */
function newShop(publishers: Publishers, id: number) {
  const registry = new Registry()
  const orders = registry.counter('orders')
  registry.gauge('busy').set(1)
  const sender = new Sender(id.toString(16).padStart(32, '0'))
  const bytes = (isLast = false): Buffer => sender.next(registry.read(), isLast)
  const send = (now: number, isLast = false) => publishers.take(decoded(bytes(isLast)), now)
  return { orders, sender, bytes, send }
}

function sumOf(publishers: Publishers, now: number): Record<string, unknown> {
  const sum = mergeSnapshots(publishers.read(now))
  const { live, gone, folded, returned } = publishers.counts
  return { orders: valueIn(sum, 'orders'), busy: valueIn(sum, 'busy'), live, gone, folded, returned }
}

test('A publisher that was silent for long comes back with all that it counted, and counts once', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  shop.send(0)
  const counts = { folded: 0, returned: 0 }
  assert.deepEqual(sumOf(publishers, 10_000), { orders: 5, busy: 1, live: 1, gone: 0, ...counts })
  assert.deepEqual(sumOf(publishers, 10_001), { orders: 5, busy: undefined, live: 0, gone: 1, ...counts })
  shop.orders.add(2)
  shop.send(60_000)
  assert.deepEqual(sumOf(publishers, 60_000), { orders: 7, busy: 1, live: 1, gone: 0, ...counts })
})

test('Of publishers that are gone a few are kept by themselves, of the others the sums, whatever the churn', () => {
  const publishers = new Publishers(limits)
  for (let id = 1; id <= 1000; id++) {
    const shop = newShop(publishers, id)
    shop.orders.add(id)
    shop.send(id * 11_000)
  }
  const now = 1002 * 11_000
  assert.deepEqual(sumOf(publishers, now), {
    orders: 500_500,
    busy: undefined,
    live: 0,
    gone: 2,
    folded: 998,
    returned: 0,
  })
  assert.deepEqual(
    publishers.read(now).map(({ pages }) => pages.map(({ state }) => state).join()),
    ['folded', 'exited', 'exited'],
  )
})

test('One that comes back after it was folded is not counted twice, and the sum says that a share is missing', () => {
  const publishers = new Publishers({ ...limits, mostGone: 0 })
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  shop.send(0)
  assert.deepEqual(sumOf(publishers, 20_000), { orders: 5, busy: undefined, live: 0, gone: 0, folded: 1, returned: 0 })
  shop.orders.add(100)
  const { outcome, ask } = shop.send(30_000)
  assert.deepEqual([outcome, ask], ['gap', true])
  shop.sender.ask()
  shop.send(31_000)
  shop.orders.add(2)
  shop.send(32_000)
  assert.deepEqual(sumOf(publishers, 32_000), { orders: 7, busy: 1, live: 1, gone: 0, folded: 1, returned: 1 })
})

test('One that has said goodbye is folded at once, and a message of it that comes late changes nothing', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  const first = shop.bytes()
  shop.send(1000, true)
  const counts = { live: 0, gone: 0, folded: 1, returned: 0 }
  assert.deepEqual(sumOf(publishers, 1000), { orders: 5, busy: undefined, ...counts })
  assert.equal(publishers.take(decoded(first), 1000).outcome, 'repeated')
  assert.deepEqual(sumOf(publishers, 1000), { orders: 5, busy: undefined, ...counts })
})

test('More publishers than there may be are refused until one leaves', () => {
  const publishers = new Publishers({ ...limits, mostPublishers: 1 })
  assert.equal(newShop(publishers, 1).send(0).outcome, 'taken')
  const second = newShop(publishers, 2)
  assert.deepEqual(second.send(1000), { outcome: 'crowded', ask: false })
  second.sender.ask()
  assert.equal(second.send(12_000).outcome, 'taken')
})

test('The age of a page grows while nothing comes, and shows messages that were long under way', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  const ageAt = (now: number): number => publishers.read(now)[0]?.pages[0]?.heartbeatAge ?? Number.NaN
  const start = 1_000_000
  // The sender's clock reads 1, 2, 3 ms as it sends.
  shop.send(start + 1)
  assert.deepEqual([ageAt(start + 1), ageAt(start + 501)], [0, 0.5])
  shop.send(start + 2002)
  assert.ok(Math.abs(ageAt(start + 2002) - 1.998) < 0.01, `${ageAt(start + 2002)}`)
})

test('A publisher whose full messages are not understood is asked for another one now and then only', () => {
  const publishers = new Publishers(limits)
  const { sender, bytes } = newShop(publishers, 1)
  const broken = (): Buffer => {
    sender.ask()
    const message = bytes()
    message[message.length - 1] = 0
    return message
  }
  assert.deepEqual(publishers.take(decoded(broken()), 0), { outcome: 'content', ask: false })
  assert.deepEqual(publishers.take(decoded(bytes()), 1000), { outcome: 'gap', ask: false })
  assert.deepEqual(publishers.take(decoded(bytes()), 10_001), { outcome: 'gap', ask: true })
})
