import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { collector, newKeyPair, publisher } from 'plimsoll/zeromq'
import { answerByKeys } from '#src/zeromq/authentication.ts'
import { loadZeroMq } from '#src/zeromq/load.ts'
import { until } from '../faults/processes.ts'
import { newCollector, newPublisher, valueIn } from './peers.ts'

const isRefused = { code: 'PLIMSOLL_KEYS_MISSING' }
const isWrong = { code: 'PLIMSOLL_OPTION_INVALID' }

function registryOf(orders: number): Registry {
  const registry = new Registry()
  registry.counter('orders').add(orders)
  return registry
}

test('Endpoints that other machines or other users reach are refused without keys', async () => {
  const open = [
    'tcp://*:7548',
    'tcp://0.0.0.0:7548',
    'tcp://10.0.0.7:7548',
    'tcp://eth0:7548',
    'tcp://[::]:7548',
    'ipc://@name',
  ]
  for (const bind of open) await assert.rejects(collector({ bind: ['tcp://127.0.0.1:*', bind] }), isRefused, bind)
  for (const connect of ['tcp://10.0.0.7:7548', 'tcp://example.org:7548', 'tcp://[2001:db8::1]:7548', 'ipc://@name']) {
    await assert.rejects(publisher({ connect }), isRefused, connect)
  }
})

test('What is no endpoint is refused, with or without keys', async () => {
  const { publicKey, secretKey } = await newKeyPair()
  const none = [
    '',
    'ipc://',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:99999',
    'udp://127.0.0.1:1',
    'inproc://a',
    'tcp://a;b:1',
  ]
  for (const given of [...none, `ipc://${'x'.repeat(108)}`]) {
    await assert.rejects(collector({ bind: given, curve: { secretKey } }), isWrong, given)
    await assert.rejects(publisher({ connect: given, curve: { serverKey: publicKey } }), isWrong, given)
  }
  await assert.rejects(publisher({ connect: 'tcp://127.0.0.1:*' }), isWrong)
})

test('A key that is none is refused, and the message does not show it', async () => {
  const secretKey = 'not a key at all'
  await assert.rejects(collector({ bind: 'tcp://127.0.0.1:*', curve: { secretKey } }), (error: Error) => {
    return !error.message.includes(secretKey) && error.message.includes('16 characters')
  })
})

test('With keys only those publishers arrive that know the key of the collector and are in its list, if it has one', async (t) => {
  const [own, known, unknown, other] = await Promise.all([newKeyPair(), newKeyPair(), newKeyPair(), newKeyPair()])
  const open = await newCollector(t, { curve: { secretKey: own.secretKey } })
  const closed = await newCollector(t, { curve: { secretKey: own.secretKey, publishers: [known.publicKey] } })
  const serverKey = own.publicKey
  await newPublisher(t, open.endpoint, registryOf(1), { curve: { serverKey } })
  await newPublisher(t, open.endpoint, registryOf(10), { curve: { serverKey: other.publicKey } })
  await newPublisher(t, open.endpoint, registryOf(100))
  await newPublisher(t, closed.endpoint, registryOf(1), { curve: { serverKey, own: known } })
  await newPublisher(t, closed.endpoint, registryOf(10), { curve: { serverKey, own: unknown } })
  await newPublisher(t, closed.endpoint, registryOf(100), { curve: { serverKey } })
  for (const sum of [open, closed]) {
    await until('one came and two were refused', 5, () => {
      const seen = sum.read()
      return valueIn(seen, 'orders') === 1 && (valueIn(seen, 'plimsoll.zeromq.handshakes_refused') ?? 0) >= 2
    })
    assert.equal(sum.read().pages.length, 1)
  }
})

test('A collector without keys takes nothing from a publisher that wants keys', async (t) => {
  const sum = await newCollector(t)
  const { publicKey } = await newKeyPair()
  await newPublisher(t, sum.endpoint, registryOf(10), { curve: { serverKey: publicKey } })
  await newPublisher(t, sum.endpoint, registryOf(1))
  await until('one came and one was refused', 5, () => {
    const seen = sum.read()
    return valueIn(seen, 'orders') === 1 && (valueIn(seen, 'plimsoll.zeromq.handshakes_refused') ?? 0) >= 1
  })
})

test('Questions whether publishers may connect that are under way when the collector closes are dropped', async () => {
  const zeromq = loadZeroMq()
  for (let turns = 0; turns < 12; turns++) {
    const context = new zeromq.Context()
    const asking = new zeromq.Dealer({ context, linger: 0 })
    asking.connect('inproc://zeromq.zap.01')
    for (let i = 0; i < 20; i++) await asking.send(['', '1.0', `${i}`, 'plimsoll', '', '', 'CURVE', Buffer.alloc(32)])
    const answering = await answerByKeys(zeromq, context, [])
    for (let i = 0; i < turns; i++) await null
    answering.close()
    asking.close()
  }
})
