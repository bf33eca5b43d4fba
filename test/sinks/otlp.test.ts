import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import type { PlimsollError } from 'plimsoll'
import { type OtlpSinkOptions, openSink, otlp, type Sink, type SinkErrorDetails } from 'plimsoll/sinks'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { everyMeasure } from '../support/measures.ts'
import { attributesOf, decodeOtlp, metricsOf, type OtlpMessage, parseOtlpJson, pointsOf } from '../support/otlp.ts'
import { decoded } from '../support/otlp-requests.ts'
import { deliver, deliveryFor, family, many, snapshotAt } from './deliveries.ts'
import { type HttpReceiver, startHttpReceiver } from './receivers/http-receiver.ts'

const receiver: HttpReceiver = await startHttpReceiver()
const sinks: Sink[] = []

function open(options: OtlpSinkOptions = {}, to = `otlp+http://127.0.0.1:${receiver.port}`): Sink {
  const sink = otlp(to, options)
  sinks.push(sink)
  return sink
}

beforeEach(() => {
  receiver.received.length = 0
  receiver.answers.length = 0
})
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
})
after(() => receiver.stop())

function details(error: Error | undefined): SinkErrorDetails & PlimsollError {
  return error as SinkErrorDetails & PlimsollError
}

function last(): OtlpMessage {
  const { body = new Uint8Array(), headers } = receiver.received.at(-1) ?? {}
  return headers?.['content-type'] === 'application/json' ? parseOtlpJson(body) : decodeOtlp(body)
}

/** Names of metrics to labels and values of their points, the start as it is. */
function numbers(message = last()): unknown {
  return metricsOf(message).map((metric) => [
    metric['name'],
    pointsOf(metric).map((point) => [
      attributesOf(point),
      Number(point['asDouble'] ?? point['asInt'] ?? point['count']),
    ]),
  ])
}

function counterAt(takenAt: number, value: number, pages: readonly PageInfo[] = []): Snapshot {
  return { ...snapshotAt(takenAt, family('counter', 'jobs', [[{}, value]])), pages }
}

describe('otlp()', () => {
  test('posts a request in protobuf or JSON, in gzip, with what describes the app', async () => {
    for (const encoding of ['protobuf', 'json'] as const) {
      const sink = open({ encoding, resource: { 'deployment.environment.name': 'test' }, headers: { 'X-Key': 'k' } })
      const delivered = await deliver(sink, everyMeasure)
      assert.equal(delivered.error, undefined)
      const [{ method, path, headers } = assert.fail('no request')] = receiver.received.slice(-1)
      assert.deepEqual([method, path], ['POST', '/v1/metrics'])
      assert.equal(headers['content-type'], encoding === 'json' ? 'application/json' : 'application/x-protobuf')
      assert.equal(headers['content-encoding'], 'gzip')
      assert.equal(headers['x-key'], 'k')
      assert.equal(delivered.bytes, Number(headers['content-length']))
      const [part = {}] = last()['resourceMetrics'] as OtlpMessage[]
      const resource = attributesOf(part['resource'] as OtlpMessage)
      assert.equal(resource['service.name'], 'shop')
      assert.equal(resource['deployment.environment.name'], 'test')
      assert.ok(resource['service.instance.id'])
      assert.deepEqual(metricsOf(last()), metricsOf(decoded(everyMeasure)))
    }
    assert.equal(receiver.connections, 2)
  })

  test('sends nothing where there is nothing to send', async () => {
    const delivered = await deliver(open(), snapshotAt(5))
    assert.deepEqual(delivered, { bytes: 0, lost: {} })
    assert.deepEqual(receiver.received, [])
  })

  test('sends the same request again after 429, 502, 503 and 504, and after the pause that was asked for', async () => {
    const again = { headers: { 'Retry-After': '0' } }
    receiver.answers.push({ status: 429, ...again }, { status: 503, ...again }, { status: 200 })
    assert.equal((await deliver(open(), counterAt(5, 1))).error, undefined)
    const bodies = receiver.received.map(({ body }) => Buffer.from(body).toString('hex'))
    assert.equal(bodies.length, 3)
    assert.equal(new Set(bodies).size, 1)

    receiver.received.length = 0
    receiver.answers.splice(0, Infinity, { status: 503, headers: { 'Retry-After': '60' } })
    const { error } = await deliver(open(), counterAt(5, 1))
    assert.match(String(error), /status 503/)
    assert.equal(details(error).retryAfterMs, 60_000)
    assert.equal(details(error).isPermanent, undefined)
    assert.equal(receiver.received.length, 1)
  })

  test('does not send again what was refused for good', async () => {
    for (const status of [400, 401, 404, 413, 500, 301]) {
      receiver.received.length = 0
      receiver.answers.splice(0, Infinity, { status, body: 'bad thing\nand more' })
      const { error, lost } = await deliver(open(), counterAt(5, 1))
      assert.match(String(error), new RegExp(`status ${status}: bad thing\\.`))
      assert.equal(details(error).isPermanent, true)
      assert.equal(receiver.received.length, 1)
      // The next total contains it.
      assert.deepEqual(lost, {})
    }
  })

  test('counts as lost what a receiver rejects of a request that it accepts', async () => {
    const json = JSON.stringify({ partialSuccess: { rejectedDataPoints: '3', errorMessage: 'too old' } })
    // partial_success { rejected_data_points: 300, error_message: "x" }
    const protobuf = Uint8Array.of(10, 6, 8, 172, 2, 18, 1, 120)
    for (const [encoding, body, rejected] of [
      ['json', json, 3],
      ['protobuf', protobuf, 300],
      ['protobuf', 'no protobuf', undefined],
      ['json', '', undefined],
    ] as const) {
      receiver.received.length = 0
      receiver.answers.splice(0, Infinity, { status: 200, body })
      const { error, lost } = await deliver(open({ encoding }), counterAt(5, 1))
      assert.equal(error, undefined)
      assert.deepEqual(lost, rejected === undefined ? {} : { rejected })
      assert.equal(receiver.received.length, 1)
    }
  })

  test('delta: sends what came since the last send that was acknowledged, and what failed once more', async () => {
    const sink = open({ temporality: 'delta' })
    const at = (takenAt: number, jobs: number, size: number): Snapshot =>
      snapshotAt(takenAt, family('counter', 'jobs', [[{}, jobs]]), family('gauge', 'size', [[{}, size]]))
    await deliver(sink, at(10, 1000, 1))
    assert.deepEqual(numbers(), [['size', [[{}, 1]]]])
    await deliver(sink, at(20, 1007, 2))
    assert.deepEqual(numbers(), [
      ['jobs', [[{}, 7]]],
      ['size', [[{}, 2]]],
    ])
    const [jobs] = metricsOf(last())
    assert.equal(((jobs as OtlpMessage)['sum'] as OtlpMessage)['aggregationTemporality'], 1)
    assert.equal(pointsOf(jobs as OtlpMessage)[0]?.['startTimeUnixNano'], '10000000000')
    receiver.answers.push({ status: 503, headers: { 'retry-after': '9' } }, { status: 200 })
    assert.match(String((await deliver(sink, at(30, 1010, 2))).error), /503/)
    await deliver(sink, at(40, 1012, 2))
    assert.deepEqual(numbers(), [
      ['jobs', [[{}, 5]]],
      ['size', [[{}, 2]]],
    ])
    assert.equal(pointsOf(metricsOf(last())[0] as OtlpMessage)[0]?.['startTimeUnixNano'], '20000000000')
  })

  test('delta: counts what was refused as lost, and does not send it again', async () => {
    const sink = open({ temporality: 'delta' })
    await deliver(sink, counterAt(10, 0))
    receiver.answers.push({ status: 400 }, { status: 200 })
    assert.deepEqual((await deliver(sink, counterAt(20, 5))).lost, { refused: 1 })
    await deliver(sink, counterAt(30, 6))
    assert.deepEqual(numbers(), [['jobs', [[{}, 1]]]])
  })

  test('cumulative: the start is that of the first page ever seen, and moves when a value falls', async () => {
    const sink = open()
    const page = (startedAt: number): PageInfo => ({ ...(everyMeasure.pages[0] as PageInfo), startedAt })
    const startOf = async (takenAt: number, value: number, ...starts: number[]): Promise<unknown> => {
      await deliver(sink, counterAt(takenAt, value, starts.map(page)))
      return pointsOf(metricsOf(last())[0] as OtlpMessage)[0]?.['startTimeUnixNano']
    }
    assert.equal(await startOf(100, 5, 20, 10), '10000000000')
    assert.equal(await startOf(110, 6, 20), '10000000000')
    assert.equal(await startOf(120, 2, 20), '110000000000')
    assert.equal(await startOf(130, 3, 20), '110000000000')
  })

  test('splits what is beyond 20 MiB, and leaves out a point that is larger', async () => {
    const labels = (size: number, count: number) =>
      Array.from({ length: count }, (_, i) => [{ n: String(i).padEnd(size, 'x') }, i] as const)
    const sink = open({ compression: 'none' })
    const large = snapshotAt(5, family('counter', 'large', labels(2 ** 20, 25)), family('gauge', 'last', [[{}, 1]]))
    assert.equal((await deliver(sink, large)).error, undefined)
    const sizes = receiver.received.map(({ body }) => body.length)
    assert.equal(sizes.length, 2)
    assert.ok(sizes.every((size) => size <= 20 * 2 ** 20))
    const points = receiver.received.flatMap(({ body }) => metricsOf(decodeOtlp(body)).flatMap(pointsOf))
    assert.deepEqual(
      points.map(({ asDouble }) => asDouble),
      [...Array.from({ length: 25 }, (_, i) => i), 1],
    )

    const tooLarge = snapshotAt(
      6,
      family('counter', 'large', labels(21 * 2 ** 20, 1)),
      family('gauge', 'last', [[{}, 1]]),
    )
    assert.deepEqual((await deliver(sink, tooLarge)).lost, { 'too large': 1 })
    assert.deepEqual(numbers(), [['last', [[{}, 1]]]])
  })

  test('connects again after a connection that was closed in the middle, hung or never came about', async () => {
    const sink = open()
    receiver.answers.push((request) => request.destroy())
    assert.match(String((await deliver(sink, counterAt(1, 1))).error), /hang up|ECONNRESET|EPIPE/)
    receiver.answers.splice(0, Infinity, (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      response.destroy()
    })
    assert.ok((await deliver(sink, counterAt(2, 1))).error)
    receiver.answers.splice(0, Infinity, () => {})
    const { error } = await deliver(sink, counterAt(3, 1), 0.3)
    assert.match(String(error), /timeout/)
    receiver.answers.splice(0, Infinity, { status: 200 })
    assert.equal((await deliver(sink, counterAt(4, 1))).error, undefined)
    assert.deepEqual(numbers(), [['jobs', [[{}, 1]]]])

    const nowhere = await deliver(open({}, 'otlp+http://plimsoll.invalid:4318'), counterAt(5, 1))
    assert.match(String(nowhere.error), /plimsoll\.invalid/)
    assert.equal(details(nowhere.error).isPermanent, undefined)
  })

  test('uses one connection, also after the receiver closed it while it was idle', async () => {
    const sink = open()
    const before = receiver.connections
    for (let i = 1; i <= 3; i++) await deliver(sink, counterAt(i, i))
    assert.equal(receiver.connections, before + 1)
  })

  test('the last values go over the open connection while the process ends', async () => {
    const sink = open()
    const lost = { bytes: 0, lost: {} }
    sink.sendAtExit?.(counterAt(1, 1), deliveryFor(lost))
    assert.deepEqual(lost.lost, { 'no connection at exit': 1 })
    await deliver(sink, counterAt(1, 1))
    const delivered = { bytes: 0, lost: {} }
    sink.sendAtExit?.(counterAt(2, 9), deliveryFor(delivered))
    await receiver.waitFor(2)
    assert.deepEqual(numbers(), [['jobs', [[{}, 9]]]])
    assert.ok(delivered.bytes > 0)
    assert.deepEqual(delivered.lost, {})
  })

  test('takes URLs with and without a path, and refuses others', async () => {
    for (const [to, path] of [
      [`otlp+http://127.0.0.1:${receiver.port}/`, '/v1/metrics'],
      [`http://127.0.0.1:${receiver.port}/api/otlp?compression=none`, '/api/otlp'],
    ] as const) {
      const sink = await openSink(to.replace(/^http:/, 'otlp+http:'))
      sinks.push(sink)
      await deliver(sink, counterAt(1, 1))
      assert.equal(receiver.received.at(-1)?.path, path)
    }
    assert.equal(receiver.received.at(-1)?.headers['content-encoding'], undefined)
    for (const to of ['ftp://x', 'otlp://host:4318', 'x']) {
      assert.throws(() => otlp(to), { code: 'PLIMSOLL_OPTION_INVALID' }, to)
    }
    const invalid: unknown[] = [
      { encoding: 'grpc' },
      { maxBuckets: 1 },
      { headers: { 'Content-Length': '1' } },
      { headers: { a: 'b\n' } },
    ]
    for (const options of invalid) {
      assert.throws(() => otlp('otlp:', options as OtlpSinkOptions), { code: 'PLIMSOLL_OPTION_INVALID' })
    }
  })

  test('10,000 series arrive complete', async () => {
    const snapshot = snapshotAt(
      5,
      family(
        'counter',
        'jobs',
        many(10_000, (i) => i),
      ),
    )
    await deliver(open(), snapshot)
    const values = metricsOf(last())
      .flatMap(pointsOf)
      .map(({ asDouble }) => asDouble)
    assert.deepEqual(
      values,
      Array.from({ length: 10_000 }, (_, i) => i),
    )
  })
})
