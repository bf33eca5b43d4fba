import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import type { PlimsollError } from 'plimsoll'
import { type RemoteWriteSinkOptions, remoteWrite, type Sink, type SinkErrorDetails } from 'plimsoll/sinks'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { decodeMetadata, decodeWriteRequest, uncompressed, type WrittenSeries } from '../support/remote-write.ts'
import { deliver, deliveryFor, family, many, snapshotAt } from './deliveries.ts'
import { type HttpReceiver, startHttpReceiver } from './receivers/http-receiver.ts'

const receiver: HttpReceiver = await startHttpReceiver()
const sinks: Sink[] = []

function open(options: RemoteWriteSinkOptions = {}, to = `remote-write+http://127.0.0.1:${receiver.port}`): Sink {
  const sink = remoteWrite(to, options)
  sinks.push(sink)
  return sink
}

beforeEach(() => {
  receiver.received.length = 0
  receiver.answers.length = 0
})
afterEach(async () => {
  receiver.answers.splice(0)
  for (const sink of sinks.splice(0)) await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
})
after(() => receiver.stop())

function received(i: number): WrittenSeries[] {
  return decodeWriteRequest(uncompressed(receiver.received.at(i)?.body ?? assert.fail('no request')))
}

/** Name, all labels but `job` and `instance`, and value. */
function told({ labels, value, time }: WrittenSeries): unknown {
  const { job: _, instance: __, __name__: name, ...others } = Object.fromEntries(labels)
  return [name, others, value, time]
}

function counter(takenAt: number, ...values: number[]): Snapshot {
  return snapshotAt(
    takenAt,
    family(
      'counter',
      'jobs',
      values.map((value, i) => [{ n: String(i) }, value] as const),
    ),
  )
}

describe('remoteWrite()', () => {
  test('posts snappy with the headers of remote write 1.0, and labels that say whose the series are', async () => {
    const sink = open({ job: 'shop', instance: 'a:1', labels: { zone: 'eu' }, headers: { 'X-Scope-OrgID': 't' } })
    const delivered = await deliver(sink, counter(5, 3))
    assert.equal(delivered.error, undefined)
    const [{ method, path, headers } = assert.fail('no request')] = receiver.received
    assert.deepEqual([method, path], ['POST', '/api/v1/write'])
    assert.equal(headers['content-type'], 'application/x-protobuf')
    assert.equal(headers['content-encoding'], 'snappy')
    assert.equal(headers['x-prometheus-remote-write-version'], '0.1.0')
    assert.match(headers['user-agent'] ?? '', /^plimsoll\//)
    assert.equal(headers['x-scope-orgid'], 't')
    assert.equal(delivered.bytes, Number(headers['content-length']))
    const labels = [
      ['__name__', 'jobs_total'],
      ['instance', 'a:1'],
      ['job', 'shop'],
      ['n', '0'],
      ['zone', 'eu'],
    ]
    assert.deepEqual(received(0), [{ labels, value: 3, time: 5000, exemplars: [] }])
  })

  test('sends the same bytes again after 429 and 5xx, and no other time', async () => {
    receiver.answers.push({ status: 500 }, { status: 429, headers: { 'retry-after': '0' } }, { status: 204 })
    assert.equal((await deliver(open(), counter(5, 1))).error, undefined)
    assert.equal(receiver.received.length, 3)
    assert.equal(new Set(receiver.received.map(({ body }) => Buffer.from(body).toString('hex'))).size, 1)
    for (const status of [401, 404, 413, 422]) {
      receiver.received.length = 0
      receiver.answers.splice(0, Infinity, { status, body: 'no' })
      const { error, lost } = await deliver(open(), counter(5, 1))
      assert.equal((error as PlimsollError & SinkErrorDetails).isPermanent, true)
      assert.match(String(error), new RegExp(`status ${status}: no`))
      assert.equal(receiver.received.length, 1)
      assert.deepEqual(lost, { refused: 1 })
      receiver.answers.splice(0)
    }
  })

  test('a receiver that always fails is left alone after three times', async () => {
    receiver.answers.push({ status: 500, headers: { 'retry-after': '0' } })
    const { error, lost } = await deliver(open(), counter(5, 1))
    assert.match(String(error), /status 500/)
    assert.equal((error as SinkErrorDetails).isPermanent, undefined)
    assert.equal(receiver.received.length, 3)
    assert.deepEqual(lost, {})
  })

  test('type, help and unit come with the first values and each minute, and again where they were not accepted', async () => {
    const sink = open()
    const metadata = async (takenAt: number): Promise<unknown[]> => {
      receiver.received.length = 0
      await deliver(sink, counter(takenAt, 1))
      const { body = new Uint8Array() } = receiver.received.at(-1) ?? {}
      return (await decodeMetadata(uncompressed(body))).map((one) => ({ ...one }))
    }
    const jobs = [{ type: 1, metricFamilyName: 'jobs_total' }]
    receiver.answers.push({ status: 400 })
    assert.deepEqual(await metadata(0), jobs)
    receiver.answers.splice(0)
    assert.deepEqual(await metadata(10), jobs)
    assert.deepEqual(await metadata(20), [])
    assert.deepEqual(await metadata(69), [])
    assert.deepEqual(await metadata(70), jobs)
    assert.deepEqual(await metadata(80), [])
  })

  test('a bad sample costs the request that it is in, and not the others', async () => {
    const snapshot = snapshotAt(
      5,
      family(
        'counter',
        'jobs',
        many(10_000, (i) => i),
      ),
    )
    receiver.answers.push({ status: 204 }, { status: 400, body: 'out of order sample' }, { status: 204 })
    const { error, lost } = await deliver(open(), snapshot)
    assert.match(String(error), /status 400: out of order sample/)
    assert.equal((error as SinkErrorDetails).isPermanent, true)
    assert.equal(receiver.received.length, 5)
    assert.deepEqual(lost, { refused: 2000 })
    const values = receiver.received.flatMap((_, i) => received(i)).map(({ value }) => value)
    assert.deepEqual(
      values,
      Array.from({ length: 10_000 }, (_, i) => i),
    )
  })

  test('times only rise, whatever the clock does', async () => {
    const sink = open()
    for (const takenAt of [100, 100, 50, 100.0001, 101]) await deliver(sink, counter(takenAt, 1))
    const times = receiver.received.map((_, i) => received(i)[0]?.time)
    assert.deepEqual(times, [100_000, 100_002, 100_004, 100_006, 101_000])
  })

  test('series that are gone end, before others begin under their name, and all of them at close()', async () => {
    const sink = open()
    await deliver(sink, counter(1, 1, 2))
    await deliver(sink, counter(2, 1))
    assert.deepEqual(received(1).map(told), [
      ['jobs_total', { n: '1' }, Number.NaN, 1999],
      ['jobs_total', { n: '0' }, 1, 2000],
    ])
    const text = (takenAt: number, value: string): Snapshot =>
      snapshotAt(takenAt, {
        kind: 'text',
        name: 'version',
        unit: '',
        help: '',
        labelNames: [],
        series: [{ labels: {}, value }],
      })
    await deliver(sink, text(3, 'a'))
    await deliver(sink, text(4, 'b'))
    assert.deepEqual(received(3).map(told), [
      ['version_info', { value: 'a' }, Number.NaN, 3999],
      ['version_info', { value: 'b' }, 1, 4000],
    ])
    const gauge = {
      kind: 'gauge',
      name: 'version_info',
      unit: '',
      help: '',
      labelNames: ['value'],
      aggregation: 'sum',
    } as const
    await deliver(sink, snapshotAt(5, { ...gauge, series: [{ labels: { value: 'b' }, value: 7 }] }))
    assert.deepEqual(received(4).map(told), [
      ['version_info', { value: 'b' }, Number.NaN, 4999],
      ['version_info', { value: 'b' }, 7, 5000],
    ])
    await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
    assert.deepEqual(received(5).map(told), [['version_info', { value: 'b' }, Number.NaN, 5001]])
  })

  test('an end that did not arrive is sent again; with endSeries: false there are none', async () => {
    const sink = open()
    await deliver(sink, counter(1, 1, 2))
    receiver.answers.push({ status: 503, headers: { 'retry-after': '9' } }, { status: 204 })
    assert.ok((await deliver(sink, counter(2, 1))).error)
    await deliver(sink, counter(3, 1))
    assert.deepEqual(received(2).map(told)[0], ['jobs_total', { n: '1' }, Number.NaN, 2999])
    receiver.received.length = 0
    const other = open({ endSeries: false })
    await deliver(other, counter(1, 1, 2))
    await deliver(other, counter(2, 1))
    await other.close?.(deliveryFor({ bytes: 0, lost: {} }))
    assert.equal(receiver.received.length, 2)
    assert.equal(received(1).length, 1)
  })

  test('an exemplar is sent once', async () => {
    const sink = open()
    const at = (takenAt: number, ...times: number[]): Snapshot => {
      const exemplars = times.map((time) => ({ labels: { trace_id: String(time) }, value: 1, time }))
      const counters = family('counter', 'jobs', [[{}, takenAt]])
      return snapshotAt(takenAt, { ...counters, series: [{ labels: {}, value: takenAt, exemplars }] } as FamilySnapshot)
    }
    receiver.answers.push({ status: 204 }, { status: 503, headers: { 'retry-after': '9' } }, { status: 204 })
    await deliver(sink, at(10, 9))
    await deliver(sink, at(20, 9, 15))
    await deliver(sink, at(30, 9, 15))
    const counts = receiver.received.map((_, i) => received(i)[0]?.exemplars.length)
    assert.deepEqual(counts, [1, 1, 1])
  })

  test('the last values and the ends go over the open connection while the process ends', async () => {
    const sink = open()
    await deliver(sink, counter(1, 1))
    const delivered = { bytes: 0, lost: {} }
    sink.sendAtExit?.(counter(2, 9), deliveryFor(delivered))
    await receiver.waitFor(2)
    assert.deepEqual(received(1).map(told), [
      ['jobs_total', { n: '0' }, 9, 2000],
      ['jobs_total', { n: '0' }, Number.NaN, 2001],
    ])
    assert.deepEqual(delivered.lost, {})
  })

  test('connects again after a connection that hung or was closed', async () => {
    const sink = open()
    receiver.answers.push((request) => request.destroy())
    assert.ok((await deliver(sink, counter(1, 1))).error)
    receiver.answers.splice(0, Infinity, () => {})
    assert.match(String((await deliver(sink, counter(2, 1), 0.3)).error), /timeout/)
    receiver.answers.splice(0, Infinity, { status: 204 })
    assert.equal((await deliver(sink, counter(3, 1))).error, undefined)
  })

  test('refuses options that no receiver would take', () => {
    const invalid: unknown[] = [
      { labels: { 'a-b': '1' } },
      { labels: { __name__: 'x' } },
      { histograms: 'both' },
      { buckets: { x: [2, 1] } },
      { headers: { 'content-encoding': 'gzip' } },
    ]
    for (const options of invalid) {
      assert.throws(() => remoteWrite('http://127.0.0.1', options as RemoteWriteSinkOptions), {
        code: 'PLIMSOLL_OPTION_INVALID',
      })
    }
    assert.throws(() => remoteWrite('udp://127.0.0.1'), { code: 'PLIMSOLL_OPTION_INVALID' })
  })
})
