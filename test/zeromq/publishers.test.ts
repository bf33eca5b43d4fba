import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { mergeSnapshots, type PageInfo, type Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { Publishers } from '#src/zeromq/publishers.ts'
import { formatState, parseState } from '#src/zeromq/state.ts'
import { valueIn } from './peers.ts'
import { decoded, page, Sender } from './sender.ts'

const limits = { goneAfterMs: 10_000, maxGone: 2, maxPublishers: 100 }

/** A publisher with a counter and a gauge, whose messages arrive at once. */
function newShop(publishers: Publishers, id: number) {
  const registry = new Registry()
  const orders = registry.counter('orders')
  registry.gauge('busy').set(1)
  const sender = new Sender(id.toString(16).padStart(32, '0'))
  const bytes = (isLast = false): Buffer => sender.nextPage(registry, isLast)
  const send = (now: number, isLast = false) => publishers.take(decoded(bytes(isLast)), now)
  return { orders, sender, bytes, send }
}

type Shop = ReturnType<typeof newShop>

function sumOf(publishers: Publishers, now: number): Record<string, unknown> {
  const sum = mergeSnapshots([...publishers.read(now)])
  const { live, gone, archived, returned } = publishers.counts
  return { orders: valueIn(sum, 'orders'), busy: valueIn(sum, 'busy'), live, gone, archived, returned }
}

test('A publisher that was silent for long comes back with all that it counted, and counts once', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  shop.send(0)
  const counts = { archived: 0, returned: 0 }
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
    archived: 998,
    returned: 0,
  })
  assert.deepEqual(
    [...publishers.read(now)].map(({ pages }) => pages.map(({ state }) => state).join()),
    ['archived', 'killed', 'killed'],
  )
})

test('One that comes back after it was archived is not counted twice, and the sum says that a share is missing', () => {
  const publishers = new Publishers({ ...limits, maxGone: 0 })
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  shop.send(0)
  assert.deepEqual(sumOf(publishers, 20_000), {
    orders: 5,
    busy: undefined,
    live: 0,
    gone: 0,
    archived: 1,
    returned: 0,
  })
  shop.orders.add(100)
  const { outcome, ask } = shop.send(30_000)
  assert.deepEqual([outcome, ask], ['gap', true])
  shop.sender.ask()
  shop.send(31_000)
  shop.orders.add(2)
  shop.send(32_000)
  assert.deepEqual(sumOf(publishers, 32_000), { orders: 7, busy: 1, live: 1, gone: 0, archived: 1, returned: 1 })
})

test('One that comes back after it was archived with all that it has is not counted twice either', () => {
  const publishers = new Publishers({ ...limits, maxGone: 0 })
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  shop.send(0)
  sumOf(publishers, 20_000)
  shop.sender.ask()
  shop.send(30_000)
  assert.deepEqual(sumOf(publishers, 30_000), { orders: 5, busy: 1, live: 1, gone: 0, archived: 1, returned: 1 })
})

test('One that has said goodbye is archived at once, and a message of it that comes late changes nothing', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  shop.orders.add(5)
  const first = shop.bytes()
  shop.send(1000, true)
  const counts = { live: 0, gone: 0, archived: 1, returned: 0 }
  assert.deepEqual(sumOf(publishers, 1000), { orders: 5, busy: undefined, ...counts })
  assert.equal(publishers.take(decoded(first), 1000).outcome, 'repeated')
  assert.deepEqual(sumOf(publishers, 1000), { orders: 5, busy: undefined, ...counts })
})

test('More publishers than there may be are refused until one leaves', () => {
  const publishers = new Publishers({ ...limits, maxPublishers: 1 })
  assert.equal(newShop(publishers, 1).send(0).outcome, 'taken')
  const second = newShop(publishers, 2)
  assert.deepEqual(second.send(1000), { outcome: 'crowded', ask: false })
  second.sender.ask()
  assert.equal(second.send(12_000).outcome, 'taken')
})

test('The age of a page grows while nothing comes, and shows messages that were long under way', () => {
  const publishers = new Publishers(limits)
  const shop = newShop(publishers, 1)
  const ageAt = (now: number): number => [...publishers.read(now)][0]?.pages[0]?.heartbeatAge ?? Number.NaN
  const start = 1_000_000
  // The sender's clock reads 1, 2, 3 ms as it sends.
  shop.send(start + 1)
  assert.deepEqual([ageAt(start + 1), ageAt(start + 501)], [0, 0.5])
  shop.send(start + 2002)
  assert.ok(Math.abs(ageAt(start + 2002) - 1.998) < 0.01, `${ageAt(start + 2002)}`)
})

test('A publisher whose full messages are not understood is asked for another one now and then only', () => {
  const publishers = new Publishers(limits)
  const sender = new Sender('1'.repeat(32))
  const bytes = (): Buffer => sender.next(new Registry().read())
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

/** A process that sends for others: what the fleet of a host has counted, which goes on when it is started anew. */
function newSidecar(publishers: Publishers, id: number, pages: readonly PageInfo[]) {
  const registry = new Registry()
  const sender = new Sender(id.toString(16).padStart(32, '0'))
  sender.pages = pages
  return {
    sender,
    orders: registry.counter('orders'),
    send: (now: number, isLast = false) => publishers.take(decoded(sender.next(registry.read(), isLast)), now),
  }
}

const workers: readonly PageInfo[] = [8, 9].map((pid) => ({ ...page, pid, startedAt: pid }))
const archive: PageInfo = { ...page, pid: 0, startedAt: 8, state: 'archived' }

for (const [what, isLast] of [
  ['said goodbye', true],
  ['was killed', false],
] as const) {
  test(`What sends for others and ${what} does not count twice when it is started anew, nor when it runs twice`, () => {
    const publishers = new Publishers(limits)
    const first = newSidecar(publishers, 1, workers)
    first.orders.add(5)
    first.send(0, isLast)
    assert.equal(sumOf(publishers, 1).orders, 5)
    // By then a worker was replaced, and what it counted is in the archive.
    const second = newSidecar(publishers, 2, [archive, { ...page, pid: 10, startedAt: 10 }])
    second.orders.add(7)
    second.send(1000)
    assert.equal(sumOf(publishers, 1000).orders, 7)
    const twin = newSidecar(publishers, 3, second.sender.pages)
    twin.orders.add(8)
    twin.send(1500)
    assert.equal(sumOf(publishers, 1500).orders, 8)
    // One that is heard of but has told nothing new does not take the place of who has.
    second.sender.next(new Registry().read())
    second.send(1600)
    assert.equal(sumOf(publishers, 1600).orders, 8)
    // The host was started anew, and counts from 0 on.
    const other = newSidecar(publishers, 4, [{ ...page, pid: 8, startedAt: 30 }])
    other.orders.add(1)
    other.send(30_000)
    assert.equal(sumOf(publishers, 30_000).orders, 9)
  })
}

test('What sends for others and was archived counts from there on when it is started anew', () => {
  const publishers = new Publishers({ ...limits, maxGone: 0 })
  const first = newSidecar(publishers, 1, workers)
  first.orders.add(5)
  first.send(0)
  assert.deepEqual([sumOf(publishers, 20_000).orders, publishers.counts.archived], [5, 1])
  const second = newSidecar(publishers, 2, [archive])
  second.orders.add(7)
  second.send(21_000)
  second.orders.add(2)
  second.send(22_000)
  assert.deepEqual([sumOf(publishers, 22_000).orders, publishers.counts.returned], [7, 1])
})

test('The sums of those that are gone stay within bounds, whatever labels they had, and nothing in them is no number', () => {
  const publishers = new Publishers(limits)
  for (let id = 1; id <= 4; id++) {
    const registry = new Registry()
    const orders = registry.counter('orders', { labels: ['user'], maxSeries: 4000 })
    for (let user = 0; user < 4000; user++) orders.labels({ user: `${id} ${user}` }).inc()
    publishers.take(decoded(new Sender(`${id}`.repeat(32)).next(registry.read(), true)), id * 1000)
  }
  const registry = new Registry()
  registry.counter('mails').add(12_345)
  const bytes = new Sender('5'.repeat(32)).nextPage(registry, true)
  bytes.writeDoubleLE(Number.NaN, bytes.indexOf(Buffer.from(Float64Array.of(12_345).buffer)))
  publishers.take(decoded(bytes), 5000)
  const [archived] = publishers.read(5000)
  const orders = archived?.families.find(({ name }) => name === 'orders')
  assert.equal(orders?.series.length, 10_001)
  assert.equal(valueIn(archived as Snapshot, 'orders', { overflow: 'true' }), 6000)
  assert.equal(valueIn(archived as Snapshot, 'mails'), 0)
})

test('Whoever goes on from what was kept counts nobody twice and loses nobody', () => {
  const before = new Publishers({ ...limits, maxGone: 1 })
  const shops = [1, 2, 3, 4].map((id) => newShop(before, id))
  for (const [i, shop] of shops.entries()) {
    shop.orders.add(10 ** i)
    shop.send(i * 10_000)
  }
  const [archived, gone, live] = shops as [Shop, Shop, Shop]
  assert.deepEqual(sumOf(before, 30_000), { orders: 1111, busy: 2, live: 2, gone: 1, archived: 1, returned: 0 })
  const kept = before.keep(30_000)
  const after = new Publishers({ ...limits, maxGone: 1 })
  after.restore(kept, 1_000_000)
  const counts = { archived: 0, returned: 0 }
  assert.deepEqual(sumOf(after, 1_000_000), { orders: 1111, busy: undefined, live: 2, gone: 1, ...counts })
  for (const shop of [archived, gone, live]) {
    shop.orders.add(5)
    shop.sender.ask()
    assert.equal(after.take(decoded(shop.bytes()), 1_000_000).outcome, 'taken')
  }
  // Of the archived one it is not known how much of the five was in the sums.
  assert.deepEqual(sumOf(after, 1_005_000), { orders: 1121, busy: 3, live: 4, gone: 0, archived: 0, returned: 1 })
  archived.orders.add(5)
  after.take(decoded(archived.bytes()), 1_005_000)
  assert.deepEqual(sumOf(after, 1_011_000), { orders: 1126, busy: 1, live: 1, gone: 1, archived: 2, returned: 1 })
})

/** A process of an app with the clock of the test, which counts for some tenants. */
function newTenants(publishers: Publishers, id: number, clock: ManualClock) {
  const registry = new Registry({ clock })
  const jobs = registry.counter('jobs', { labels: ['tenant'] })
  const sender = new Sender(id.toString(16).padStart(32, '0'))
  const send = (isLast = false, to = publishers) => {
    sender.takenAt = clock.unixTime()
    return to.take(decoded(sender.nextPage(registry, isLast)), clock.now())
  }
  return { jobs, sender, send }
}

function tenantsIn(publishers: Publishers, clock: ManualClock): string[] {
  const { families } = mergeSnapshots([...publishers.read(clock.now())])
  const jobs = families.find(({ name }) => name === 'jobs')
  return (jobs?.series ?? []).map((one) => `${one.labels['tenant']} ${'value' in one && one.value}`).sort()
}

test('What a process removes leaves the sums of those that are archived or gone, and of those found to be gone later', () => {
  const clock = new ManualClock(1000)
  const publishers = new Publishers({ ...limits, maxGone: 100 })
  const [archived, gone, killed, living] = [1, 2, 3, 4].map((id) => newTenants(publishers, id, clock))
  for (const one of [archived, gone, killed, living]) {
    for (const tenant of ['a', 'b', 'c']) one?.jobs.labels({ tenant }).inc()
  }
  archived?.send(true)
  gone?.send()
  clock.advance(11)
  for (const one of [killed, living]) one?.send()
  assert.deepEqual(tenantsIn(publishers, clock), ['a 4', 'b 4', 'c 4'])
  clock.advance(2)
  living?.jobs.remove({ tenant: 'a' })
  living?.send()
  assert.deepEqual(tenantsIn(publishers, clock), ['a 1', 'b 4', 'c 4'], 'that of the one that may live')
  // In the same second, which is all that the header of a page tells.
  living?.jobs.remove({ tenant: 'b' })
  living?.send()
  assert.deepEqual(tenantsIn(publishers, clock), ['a 1', 'b 1', 'c 4'])
  clock.advance(9)
  living?.send()
  assert.deepEqual(tenantsIn(publishers, clock), ['c 4'], 'it is gone')
  // What counts again stays, also at the end of the process that had removed it.
  living?.jobs.labels({ tenant: 'a' }).add(7)
  living?.send(true)
  assert.deepEqual(tenantsIn(publishers, clock), ['a 7', 'c 4'])
  // One that was only cut off has what it counted.
  killed?.send()
  assert.deepEqual(tenantsIn(publishers, clock), ['a 7', 'c 4'])
  killed?.sender.ask()
  assert.deepEqual([killed?.send().outcome, tenantsIn(publishers, clock)], ['taken', ['a 8', 'b 1', 'c 4']])
})

test('What was removed while no collector ran leaves the sums that another one had kept', () => {
  const clock = new ManualClock(1000)
  const first = new Publishers(limits)
  const [ended, silent, living] = [1, 2, 3].map((id) => newTenants(first, id, clock))
  for (const one of [ended, silent, living]) for (const tenant of ['a', 'b']) one?.jobs.labels({ tenant }).inc()
  ended?.send(true)
  silent?.send()
  living?.send()
  const kept = parseState(Buffer.from([...formatState(first.keep(clock.now()))].join('')))
  clock.advance(60)
  living?.jobs.clear()
  living?.jobs.labels({ tenant: 'b' }).inc()
  const next = new Publishers(limits)
  next.restore(kept, clock.now())
  assert.deepEqual(tenantsIn(next, clock), ['a 3', 'b 3'])
  living?.sender.ask()
  assert.equal(living?.send(false, next).outcome, 'taken')
  assert.deepEqual(tenantsIn(next, clock), ['a 1', 'b 2'], 'the silent one may come back')
  clock.advance(11)
  assert.deepEqual(tenantsIn(next, clock), ['b 1'])
  const again = parseState(Buffer.from([...formatState(next.keep(clock.now()))].join('')))
  const names = again.archived.flatMap(({ families }) => families.map(({ name }) => name))
  assert.equal(names.includes('jobs'), false)
})
