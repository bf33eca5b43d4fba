import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { formatOtlp, formatPrometheus, type OtlpOptions } from 'plimsoll/formats'
import type { FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'
import { zeroThreshold } from 'plimsoll/snapshot'
import type { OtlpEncoding } from '#src/formats/otlp/encoding.ts'
import { otlpChunks, otlpRequest } from '#src/formats/otlp/otlp.ts'
import { everyMeasure } from '../../support/measures.ts'
import { attributesOf, decodeOtlp, metricsOf, type OtlpMessage, parseOtlpJson, pointsOf } from '../../support/otlp.ts'
import { decoded, one } from '../../support/otlp-requests.ts'

const start = '1789999000250000000'
const time = '1790000000500000000'

test('A request names its resource and plimsoll as its scope', () => {
  const resource = { 'service.name': 'shop', 'process.pid': 7, 'ab.test': true, share: 0.5, below: -1 }
  const message = decoded(one({ kind: 'counter', series: [{ labels: { a: 'b' }, value: 3 }] }), { resource })
  assert.deepEqual(message, {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'shop' } },
            { key: 'process.pid', value: { intValue: '7' } },
            { key: 'ab.test', value: { boolValue: true } },
            { key: 'share', value: { doubleValue: 0.5 } },
            { key: 'below', value: { doubleValue: -1 } },
          ],
        },
        scopeMetrics: [
          {
            scope: { name: 'plimsoll', version: '0.1.0' },
            metrics: [
              {
                name: 'x',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      attributes: [{ key: 'a', value: { stringValue: 'b' } }],
                      startTimeUnixNano: start,
                      timeUnixNano: time,
                      asDouble: 3,
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('Exponential histograms have their buckets, zero threshold, extremes and exemplars', () => {
  const traceId = '0123456789abcdef0123456789abcdef'
  const exemplars = [
    { labels: { trace_id: traceId, span_id: '0123456789ABCDEF', user: 'x' }, value: 0.3, time: 1_789_999_999 },
    { labels: { trace_id: 'short' }, value: 2, time: 1_789_999_998 },
  ]
  const series = { labels: {}, count: 4, sum: 4.5, min: 0, max: 2, exemplars }
  const buckets = { scale: 1, zero: 1, offset: -3, counts: [0, 0, 1, 0, 2, 0] }
  const [metric] = metricsOf(decoded(one({ kind: 'timer', unit: 's', help: 'h', series: [{ ...series, buckets }] })))
  assert.deepEqual(metric, {
    name: 'x',
    description: 'h',
    unit: 's',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          startTimeUnixNano: start,
          timeUnixNano: time,
          count: '4',
          sum: 4.5,
          min: 0,
          max: 2,
          scale: 1,
          zeroCount: '1',
          zeroThreshold,
          positive: { offset: -1, bucketCounts: ['1', '0', '2'] },
          exemplars: [
            {
              timeUnixNano: '1789999999000000000',
              asDouble: 0.3,
              traceId,
              spanId: '0123456789abcdef',
              filteredAttributes: [{ key: 'user', value: { stringValue: 'x' } }],
            },
            {
              timeUnixNano: '1789999998000000000',
              asDouble: 2,
              filteredAttributes: [{ key: 'trace_id', value: { stringValue: 'short' } }],
            },
          ],
        },
      ],
    },
  })
})

test('Histograms with given bounds have those, and no sum where it may sink', () => {
  const buckets = { bounds: [-1, 0.5], counts: [1, 0, 2] }
  const series = [
    { labels: { a: '1' }, count: 3, sum: 5, min: -2, max: 4, buckets },
    { labels: { a: '2' }, count: 3, sum: 5, min: 0, max: 4, buckets: { bounds: [0.5], counts: [2 ** 40, 1] } },
  ]
  const [metric, ...others] = metricsOf(decoded(one({ kind: 'histogram', labelNames: ['a'], series })))
  assert.deepEqual(others, [])
  const points = pointsOf(metric as OtlpMessage)
  assert.deepEqual(points, [
    {
      attributes: [{ key: 'a', value: { stringValue: '1' } }],
      startTimeUnixNano: start,
      timeUnixNano: time,
      count: '3',
      min: -2,
      max: 4,
      bucketCounts: ['1', '0', '2'],
      explicitBounds: [-1, 0.5],
    },
    {
      attributes: [{ key: 'a', value: { stringValue: '2' } }],
      startTimeUnixNano: start,
      timeUnixNano: time,
      count: '3',
      sum: 5,
      min: 0,
      max: 4,
      bucketCounts: [String(2 ** 40), '1'],
      explicitBounds: [0.5],
    },
  ])
})

test('Exponential buckets become those of the Prometheus text where explicit ones are wanted', () => {
  const registry = new Registry()
  const took = registry.timer('took')
  const values = [0, 1e-9, 0.001, 0.02, 0.02, 0.3, 7, 1e6]
  for (const value of values) took.record(value)
  const snapshot = registry.read()
  const [metric, ...others] = metricsOf(decodeOtlp(formatOtlp(snapshot, { histograms: 'explicit' })))
  assert.deepEqual(others, [])
  const [point] = pointsOf(metric as OtlpMessage)
  const { explicitBounds, bucketCounts, count, min, max } = point as Record<string, string[] | string | number>
  const inText = [...formatPrometheus(snapshot).matchAll(/took_seconds_bucket\{le="([^"]+)"\} (\d+)/g)]
  assert.deepEqual(
    (explicitBounds as string[]).map(Number),
    inText.slice(0, -1).map(([, bound]) => Number(bound)),
  )
  let upTo = 0
  assert.deepEqual(
    (bucketCounts as string[]).map((n) => (upTo += Number(n))),
    inText.map(([, , n]) => Number(n)),
  )
  assert.deepEqual([count, min, max], [String(values.length), 0, 1e6])
})

test('A state is processes by state, a sum of seconds and its holders; rates come by option', () => {
  const state = {
    kind: 'state',
    labelNames: ['state'],
    states: ['idle', 'busy'],
    series: [
      { labels: { state: 'a' }, value: 'busy', seconds: { idle: 2.5, busy: 1 }, processes: { busy: 2 }, users: 3 },
    ],
  }
  const meter = { kind: 'meter', series: [{ labels: {}, value: 5, rates: { mean: 1, m1: 2, m5: 3, m15: 4 } }] }
  const told = (snapshot: Snapshot, options?: Partial<OtlpEncoding>): unknown[] =>
    metricsOf(decoded(snapshot, options)).map((metric) => [
      metric['name'],
      metric['unit'] ?? '',
      metric['sum'] === undefined ? 'gauge' : 'sum',
      pointsOf(metric).map((point) => [attributesOf(point), point['asDouble'] ?? point['asInt']]),
    ])
  const own = { label_state: 'a' }
  assert.deepEqual(told(one(state)), [
    [
      'x',
      '',
      'gauge',
      [
        [{ ...own, state: 'idle' }, '0'],
        [{ ...own, state: 'busy' }, '2'],
      ],
    ],
    [
      'x.seconds',
      's',
      'sum',
      [
        [{ ...own, state: 'idle' }, 2.5],
        [{ ...own, state: 'busy' }, 1],
      ],
    ],
    ['x.users', '', 'gauge', [[{ state: 'a' }, '3']]],
  ])
  assert.deepEqual(told(one(meter)), [['x', '', 'sum', [[{}, 5]]]])
  assert.deepEqual(told(one(meter), { rates: true })[1], [
    'x.rate',
    '1/s',
    'gauge',
    [
      [{ window: '1m' }, 2],
      [{ window: '5m' }, 3],
      [{ window: '15m' }, 4],
    ],
  ])
})

test('Integers keep all digits up to 64 bits, and are doubles beyond', () => {
  const series = [
    { labels: { n: '1' }, value: 2 ** 53, exact: '9007199254740993' },
    { labels: { n: '2' }, value: -7 },
    { labels: { n: '3' }, value: 2 ** 70, exact: '1180591620717411303424' },
    { labels: { n: '4' }, value: Number.NaN },
  ]
  const [metric] = metricsOf(
    decoded(one({ kind: 'gauge', type: 'int', aggregation: 'sum', labelNames: ['n'], series })),
  )
  const values = pointsOf(metric as OtlpMessage).map(({ asInt, asDouble }) => asInt ?? asDouble)
  assert.deepEqual(values, ['9007199254740993', '-7', 2 ** 70, 'NaN'])
})

test('An up-down counter is a sum that may fall, and cumulative where others are delta', () => {
  const series = [{ labels: {}, value: -3 }]
  const snapshot = one({ kind: 'gauge', aggregation: 'sum', upDownCounter: true, series })
  for (const encoding of ['protobuf', 'json'] as const) {
    const read = encoding === 'json' ? parseOtlpJson : decodeOtlp
    const sumOf = (options: OtlpOptions): unknown => metricsOf(read(formatOtlp(snapshot, { encoding, ...options })))
    const sum = (startTimeUnixNano: string): unknown => [
      {
        name: 'x',
        sum: {
          aggregationTemporality: 2,
          dataPoints: [{ startTimeUnixNano, timeUnixNano: time, asDouble: -3 }],
        },
      },
    ]
    assert.deepEqual(sumOf({}), sum(start))
    assert.deepEqual(sumOf({ since: 1_789_999_999 }), sum('0'))
  }
})

test('A name that the app declares itself is not taken for the further metrics of a kind', () => {
  const leftOut: unknown[] = []
  const users = {
    name: 'x.users',
    kind: 'counter',
    unit: '',
    help: '',
    labelNames: [],
    series: [{ labels: {}, value: 1 }],
  }
  const state = {
    kind: 'state',
    states: ['a'],
    series: [{ labels: {}, value: 'a', seconds: { a: 1 }, processes: {}, users: 0 }],
  }
  const { families, ...rest } = one(state)
  const snapshot = { ...rest, families: [...families, users as FamilySnapshot] }
  const metrics = metricsOf(decoded(snapshot, { leaveOut: (one) => leftOut.push(one) }))
  assert.deepEqual(
    metrics.map(({ name, sum }) => [name, sum !== undefined]),
    [
      ['x', false],
      ['x.seconds', true],
      ['x.users', true],
    ],
  )
  assert.deepEqual(leftOut, [{ name: 'x', series: 1, reason: 'the app declares a metric x.users as well' }])
})

test('The growth over an interval is delta, without what counted nothing', () => {
  const series = [
    { labels: { a: '1' }, value: 0 },
    {
      labels: { a: '2' },
      value: 4,
      exemplars: [
        { labels: {}, value: 1, time: 10 },
        { labels: {}, value: 2, time: 20 },
      ],
    },
  ]
  const options = { temporality: 'delta', growing: true, exemplarsSince: 15 } as const
  const [metric] = metricsOf(decoded(one({ kind: 'counter', labelNames: ['a'], series }), options))
  const { aggregationTemporality } = (metric as OtlpMessage)['sum'] as OtlpMessage
  assert.equal(aggregationTemporality, 1)
  const points = pointsOf(metric as OtlpMessage)
  assert.deepEqual(points.map(attributesOf), [{ a: '2' }])
  assert.deepEqual(points[0]?.['exemplars'], [{ asDouble: 2, timeUnixNano: '20000000000' }])
  const nothing = one({ kind: 'counter', series: [{ labels: {}, value: 0 }] })
  assert.deepEqual([...otlpChunks(nothing, { encoding: 'json', resource: {}, startOf: () => 0, ...options })], [])
})

test('A series that names its worker counts since the start of its own page, all others since the first', () => {
  const page = everyMeasure.pages[0] as Snapshot['pages'][0]
  const pages = [page, { ...page, pid: 8, startedAt: 1_790_000_000 }]
  const counter = (labels: Labels): object => ({
    kind: 'counter',
    labelNames: Object.keys(labels),
    series: [{ labels, value: 1 }],
  })
  const startOf = (labels: Labels): unknown => {
    const [metric] = metricsOf(decoded({ ...one(counter(labels)), pages }))
    return pointsOf(metric as OtlpMessage)[0]?.['startTimeUnixNano']
  }
  assert.equal(startOf({ worker: '', pid: '8', tid: '0' }), '1790000000000000000')
  assert.equal(startOf({ worker: '', pid: '7', tid: '0' }), start)
  assert.equal(startOf({ route: '/' }), start)
})

test('Long families and long labels are split into chunks that are one request together', () => {
  const series = Array.from({ length: 1000 }, (_, i) => ({ labels: { n: String(i) }, value: i }))
  const long = Array.from({ length: 3 }, (_, i) => ({ labels: { n: `${i}`.repeat(2 ** 20) }, value: i }))
  for (const encoding of ['protobuf', 'json'] as const) {
    const snapshot = one({ kind: 'counter', labelNames: ['n'], series: [...series, ...long] })
    const options = { encoding, temporality: 'cumulative', resource: { a: 'b' }, startOf: () => 5 } as const
    const chunks = [...otlpChunks(snapshot, options)]
    assert.deepEqual(
      chunks.map(({ points }) => points),
      [400, 400, 201, 1, 1],
    )
    const read = encoding === 'json' ? parseOtlpJson : decodeOtlp
    const points = metricsOf(read(otlpRequest(chunks, encoding))).flatMap(pointsOf)
    assert.deepEqual(
      points.map(({ asDouble }) => asDouble),
      snapshot.families[0]?.series.map((one) => (one as { value: number }).value),
    )
  }
})

test('formatOtlp() writes a whole request, or nothing where there is nothing to send', () => {
  const counter = (value: number): Snapshot => one({ kind: 'counter', series: [{ labels: {}, value }] })
  for (const encoding of ['protobuf', 'json'] as const) {
    const read = encoding === 'json' ? parseOtlpJson : decodeOtlp
    const resource = { 'service.name': 'shop' }
    assert.deepEqual(read(formatOtlp(counter(3), { encoding, resource })), decoded(counter(3), { resource }))
    const growth = metricsOf(read(formatOtlp(counter(3), { encoding, since: 1_789_999_999 })))
    assert.deepEqual(growth, [
      {
        name: 'x',
        sum: {
          aggregationTemporality: 1,
          isMonotonic: true,
          dataPoints: [{ startTimeUnixNano: '1789999999000000000', timeUnixNano: time, asDouble: 3 }],
        },
      },
    ])
    assert.equal(formatOtlp(counter(0), { encoding, since: 1_789_999_999 }).length, 0)
  }
  const invalid: unknown[] = [{ encoding: 'xml' }, { resource: { a: {} } }, { maxBuckets: 1 }, { since: Number.NaN }]
  for (const options of invalid) {
    assert.throws(() => formatOtlp(counter(1), options as OtlpOptions), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
})
