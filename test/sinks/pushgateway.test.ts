import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { PlimsollError } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { type PushgatewayOptions, pushgateway, type Sink, type SinkErrorDetails } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'
import { groupingPath } from '#src/sinks/grouping-path.ts'
import { needsPackage } from '../support/debian.ts'
import { everyMeasure } from '../support/measures.ts'
import { parseExposition } from '../support/prometheus-parser.ts'
import { decodeFamilies, type Message } from '../support/protobuf-decoder.ts'
import { deliver, deliveryFor, family, oddValues, snapshotAt } from './deliveries.ts'
import { startHttpReceiver } from './receivers/http-receiver.ts'
import { type Pushgateway, startPushgateway } from './receivers/pushgateway.ts'

const command = needsPackage('prometheus-pushgateway', 'prometheus-pushgateway')

test('The path of a group has base64 where a value needs it', () => {
  const paths: [Record<string, string>, string][] = [
    [{ job: 'shop', instance: 'a:1' }, '/job/shop/instance/a%3A1'],
    [{ job: 'a b', instance: '' }, '/job/a%20b/instance@base64/='],
    [{ job: '/var/tmp' }, '/job@base64/L3Zhci90bXA'],
    [{ job: 'Ω', zone: '..' }, '/job/%CE%A9/zone@base64/Li4'],
    [{ job: '\ud800' }, '/job@base64/77-9'],
  ]
  for (const [labels, path] of paths) assert.equal(groupingPath(labels), path)
})

test('What a gateway refuses is not sent again, and what it cannot take now is', async () => {
  const receiver = await startHttpReceiver()
  const sink = pushgateway(`pushgateway+http://127.0.0.1:${receiver.port}/base`, {
    job: 'x',
    headers: { authorization: 'Basic eA' },
  })
  receiver.answers.push({ status: 400, body: 'pushed metrics are invalid or inconsistent' })
  const { error } = await deliver(sink, everyMeasure)
  assert.match(String(error), /status 400: pushed metrics are invalid/)
  assert.equal((error as PlimsollError & SinkErrorDetails).isPermanent, true)
  receiver.answers.splice(0, Infinity, { status: 503, headers: { 'retry-after': '0' } }, { status: 200 })
  assert.equal((await deliver(sink, everyMeasure)).error, undefined)
  assert.equal(receiver.received.length, 3)
  for (const { method, path, headers } of receiver.received) {
    assert.deepEqual([method, headers.authorization], ['PUT', 'Basic eA'])
    assert.match(path, /^\/base\/metrics\/job\/x\/instance/)
  }
  const delivered = { bytes: 0, lost: {} }
  sink.sendAtExit?.(everyMeasure, deliveryFor(delivered))
  await receiver.waitFor(4)
  assert.deepEqual(receiver.received[3]?.body, receiver.received[2]?.body)
  await sink.close?.(deliveryFor(delivered))
  await receiver.stop()
})

test('Options that no gateway would take are refused', () => {
  const invalid: unknown[] = [
    { job: '' },
    { grouping: { job: 'x' } },
    { grouping: { 'a-b': 'x' } },
    { method: 'PATCH' },
    { format: 'json' },
  ]
  for (const options of invalid) {
    assert.throws(() => pushgateway('http://127.0.0.1', options as PushgatewayOptions), {
      code: 'PLIMSOLL_OPTION_INVALID',
    })
  }
})

describe('pushgateway(), with the Pushgateway', { skip: 'missing' in command && command.missing }, () => {
  let gateway: Pushgateway
  before(async () => {
    gateway = await startPushgateway((command as { path: string }).path)
  })
  after(() => gateway?.stop())

  function open(options: PushgatewayOptions): Sink {
    return pushgateway(gateway.origin, options)
  }

  /** The lines of a job as the gateway has them, without the labels of the group and what it adds itself. */
  async function lines(job: string): Promise<[string, number][]> {
    const text = await gateway.metrics()
    const samples = parseExposition(text, 'prometheus').flatMap((each) => each.samples)
    return samples
      .filter(({ name, labels }) => labels['job'] === job && !name.startsWith('push_'))
      .map(({ name, labels, value }) => [keyOf(name, labels), Number(value)] as [string, number])
      .sort()
  }

  function keyOf(name: string, { job: _, instance: __, ...labels }: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(labels).filter(([, value]) => value !== '')
    return `${name}${JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, value === '+Inf' ? value : Number(value) || value]))}`
  }

  function textOf(snapshot: Snapshot): [string, number][] {
    const samples = parseExposition(formatPrometheus(snapshot), 'prometheus').flatMap((each) => each.samples)
    return samples.map(({ name, labels, value }) => [keyOf(name, labels), Number(value)] as [string, number]).sort()
  }

  test('it has what the Prometheus text says, from text and from protobuf, in gzip or not', async () => {
    for (const format of ['text', 'protobuf'] as const) {
      for (const compression of ['gzip', 'none'] as const) {
        const job = `${format}-${compression}`
        const sink = open({ job, format, compression, grouping: { instance: 'a/b' } })
        const { error, lost, bytes } = await deliver(sink, everyMeasure)
        assert.deepEqual([error, lost], [undefined, {}])
        assert.ok(bytes > 0)
        assert.deepEqual(await lines(job), textOf(everyMeasure), job)
      }
    }
    const groups = (await gateway.groups()).filter(({ job }) => /^(text|protobuf)-/.test(job ?? ''))
    assert.deepEqual(
      groups.map(({ instance }) => instance),
      Array(4).fill('a/b'),
    )
  })

  test('protobuf has native histograms', async () => {
    await deliver(open({ job: 'native', format: 'protobuf' }), everyMeasure)
    const accept = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
    const answer = await fetch(`${gateway.origin}/metrics`, { headers: { accept } })
    const families = decodeFamilies(new Uint8Array(await answer.arrayBuffer()))
    const latency = families.find(({ name }) => name?.[0] === 'web_latency_seconds')
    const metrics = (latency?.['metric'] ?? []) as Message[]
    const [{ histogram: [histogram] = [] } = {}] = metrics.filter(({ label = [] }) =>
      (label as Message[]).some(({ value }) => value?.[0] === 'native'),
    )
    const { schema, positive_delta: deltas } = histogram as Message
    assert.deepEqual([schema, deltas], [[1], [1, -1, 2]])
  })

  test('PUT replaces the metrics of the group, POST those of the same names', async () => {
    const one = snapshotAt(1, family('counter', 'one', [[{}, 1]]))
    const two = snapshotAt(1, family('counter', 'two', [[{}, 2]]))
    for (const [method, names] of [
      ['PUT', ['two_total[]']],
      ['POST', ['one_total[]', 'two_total[]']],
    ] as const) {
      const sink = open({ job: method, method })
      await deliver(sink, one)
      await deliver(sink, two)
      assert.deepEqual(
        (await lines(method)).map(([name]) => name),
        names,
      )
    }
  })

  test('close() deletes the group where that is wanted, and else leaves it', async () => {
    for (const deleteAtClose of [true, false]) {
      const job = `closed-${deleteAtClose}`
      const sink = open({ job, deleteAtClose, grouping: { empty: '', slash: 'a/b' } })
      await deliver(sink, everyMeasure)
      const isThere = async (): Promise<boolean> => (await gateway.groups()).some((labels) => labels['job'] === job)
      assert.equal(await isThere(), true)
      await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
      assert.equal(await isThere(), !deleteAtClose)
    }
  })

  test('odd label values, also of a label that the group has, arrive as they are', async () => {
    const values = oddValues.map((value, i) => [{ odd: value, instance: 'own' }, i] as const)
    const { error } = await deliver(open({ job: 'odd' }), snapshotAt(1, family('counter', 'odd', values)))
    assert.equal(error, undefined)
    const all = parseExposition(await gateway.metrics(), 'prometheus').flatMap(({ samples }) => samples)
    const found = all.filter(({ name }) => name === 'odd_total')
    assert.ok(found.every(({ labels }) => labels['exported_instance'] === 'own'))
    assert.equal(found.length, oddValues.length)
  })

  test('a metric whose type clashes with that of another group is refused', async () => {
    await deliver(open({ job: 'type-a' }), snapshotAt(1, family('gauge', 'clash_total', [[{}, 1]])))
    const { error } = await deliver(open({ job: 'type-b' }), snapshotAt(1, family('counter', 'clash', [[{}, 1]])))
    assert.match(String(error), /status 400/)
    assert.equal((error as SinkErrorDetails).isPermanent, true)
  })
})
