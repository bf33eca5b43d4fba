import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
  MeterProvider as SdkMeterProvider,
} from '@opentelemetry/sdk-metrics'
import { formatOtlp } from 'plimsoll/formats'
import { MeterProvider, PlimsollMetricProducer } from 'plimsoll/opentelemetry'
import { mergeSnapshots } from 'plimsoll/snapshot'
import { createTestRegistry } from 'plimsoll/testing'

/** What an SDK that has a counter of its own exports with this producer. */
async function exported(producer: PlimsollMetricProducer): Promise<ResourceMetrics> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // As the types of the SDK have it, which nothing in plimsoll imports.
  const typed: MetricProducer = producer
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000, metricProducers: [typed] })
  const sdk = new SdkMeterProvider({ readers: [reader] })
  sdk.getMeter('own').createCounter('own').add(1)
  await sdk.forceFlush()
  const [metrics] = exporter.getMetrics()
  await sdk.shutdown()
  return metrics ?? assert.fail('nothing was exported')
}

/** Points of a request in JSON by metric and attributes, without times. */
function points(request: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>()
  const { resourceMetrics } = request as { resourceMetrics: { scopeMetrics: { metrics: Record<string, never>[] }[] }[] }
  for (const { metrics } of resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics)) {
    for (const { name, unit = '', description: _, ...data } of metrics as Record<string, unknown>[]) {
      for (const [type, body] of Object.entries(data) as [string, { dataPoints: Record<string, unknown>[] }][]) {
        for (const {
          attributes = [],
          startTimeUnixNano: __,
          timeUnixNano: ___,
          exemplars: ____,
          ...point
        } of body.dataPoints) {
          found.set(`${name} ${unit} ${type} ${JSON.stringify(attributes)}`, normal(point))
        }
      }
    }
  }
  return found
}

/** Protocol Buffers in JSON may have integers as numbers or texts, and leave out what is empty or zero. */
function normal(point: Record<string, unknown>): Record<string, unknown> {
  const { zeroThreshold: _, flags: __, asInt, negative: ___, ...rest } = point
  const all = { ...rest, ...(asInt !== undefined && { asDouble: asInt }) }
  return JSON.parse(
    JSON.stringify(all, (_key, value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
  )
}

test('An SDK exports plimsoll beside its own metrics, as formatOtlp() does', async () => {
  const { registry, publish } = createTestRegistry()
  registry
    .counter('mails', { help: 'Mails sent', labels: ['to'] })
    .labels({ to: 'crew' })
    .add(3)
  registry.gauge('queue', { unit: '1', type: 'int' }).set(7)
  registry.meter('visits').mark(2)
  const latency = registry.timer('latency')
  for (const seconds of [0, 0.1, 0.2, 3]) latency.record(seconds)
  registry.histogram('sizes', { unit: 'By', buckets: [10, 100] }).record(50)
  registry.average('batch').record(4)
  registry.state('pump', { states: ['off', 'on'] }).set('on')
  registry.text('version').set('1.2')
  registry.info('build', { revision: 'f3a9' })
  publish()
  const metrics = await exported(new PlimsollMetricProducer(registry))
  const sent = JSON.parse(new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(metrics))) as object
  const found = points(sent)
  assert.ok([...found.keys()].some((key) => key.startsWith('own ')))
  const own = points(JSON.parse(new TextDecoder().decode(formatOtlp(registry.read(), { encoding: 'json' }))))
  assert.ok(own.size >= 12, `only ${own.size}`)
  for (const [key, value] of own) {
    // The SDK has one count where there are no bounds.
    const expected = key.startsWith('batch') ? { ...(value as object), bucketCounts: [1] } : value
    assert.deepEqual(found.get(key), expected, key)
  }
})

test('Series of meters have their scope again, and the overflow series the name that OpenTelemetry has for it', async () => {
  const { registry } = createTestRegistry()
  const provider = new MeterProvider({ registry, cardinalityLimit: 3 })
  const count = (name: string, version?: string): void =>
    provider.getMeter(name, version).createCounter('orders').add(1, { to: name })
  count('a', '1')
  count('b')
  count('c')
  registry.counter('native').add(2)
  const { resourceMetrics, errors } = await new PlimsollMetricProducer(registry).collect()
  assert.deepEqual(errors, [])
  const found = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => [
    scope.name,
    scope.version,
    metrics
      .filter(({ descriptor }) => !descriptor.name.startsWith('plimsoll.'))
      .map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => [attributes, value]),
      ]),
  ])
  const { version } = await import('plimsoll')
  assert.deepEqual(found.sort(), [
    ['a', '1', [['orders', [[{ to: 'a' }, 1]]]]],
    ['b', undefined, [['orders', [[{ to: 'b' }, 1]]]]],
    [
      'plimsoll',
      version,
      [
        ['native', [[{}, 2]]],
        ['orders', [[{ 'otel.metric.overflow': true }, 1]]],
      ],
    ],
  ])
})

test('A sum of processes is exported with the start of the oldest, exemplars included', async () => {
  const begun = [createTestRegistry(), createTestRegistry()]
  for (const { registry, advance, publish } of begun) {
    const orders = registry.counter('orders', { exemplars: true })
    publish()
    advance(begun.length * 10)
    orders.addWithExemplar(2, { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: '00f067aa0ba902b7', to: 'crew' })
  }
  const source = { read: async () => mergeSnapshots(begun.map(({ publish }) => publish().read())) }
  const { scopeMetrics } = (await new PlimsollMetricProducer(source).collect()).resourceMetrics
  const orders = scopeMetrics[0]?.metrics.find(({ descriptor }) => descriptor.name === 'orders')
  const exemplar = {
    filteredAttributes: { to: 'crew' },
    value: 2,
    timestamp: [1_700_000_020, 0],
    spanId: '00f067aa0ba902b7',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  }
  const [startTime, endTime] = [
    [1_700_000_000, 0],
    [1_700_000_020, 0],
  ]
  assert.deepEqual(orders?.dataPoints, [{ startTime, endTime, attributes: {}, value: 4, exemplars: [exemplar] }])
})

test('A source that cannot be read is an error of the collection, and not of the app', async () => {
  const failure = new Error('no directory')
  const { resourceMetrics, errors } = await new PlimsollMetricProducer({
    read: () => Promise.reject(failure),
  }).collect()
  assert.deepEqual([resourceMetrics.scopeMetrics, errors], [[], [failure]])
  assert.throws(() => new PlimsollMetricProducer({} as never), { code: 'PLIMSOLL_OPTION_INVALID' })
})
