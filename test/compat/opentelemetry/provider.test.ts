import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Meter, metrics, ValueType } from '@opentelemetry/api'
import { defaultRegistry, type Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { MeterProvider, type MeterProviderOptions } from 'plimsoll/opentelemetry'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { createTestRegistry } from 'plimsoll/testing'
import { collectDiagnostics } from './diagnostics.ts'

const reported = collectDiagnostics()
const scope = { otel_scope_name: 'shop', otel_scope_version: '1.2.0' }

function begin(options: MeterProviderOptions = {}): { registry: Registry; meter: Meter; provider: MeterProvider } {
  const { registry } = createTestRegistry()
  const provider = new MeterProvider({ registry, ...options })
  return { registry, provider, meter: provider.getMeter('shop', '1.2.0') }
}

function family({ families }: Snapshot, name: string): FamilySnapshot {
  return families.find((one) => one.name === name) ?? assert.fail(`no ${name}`)
}

/** Values of a counter or gauge by what is left of their labels without those of the scope. */
function values(snapshot: Snapshot, name: string): unknown[] {
  return (family(snapshot, name).series as readonly { labels: object; value: number }[]).map(({ labels, value }) => {
    const { otel_scope_name: _, otel_scope_version: __, ...own } = labels as Record<string, string>
    return [own, value]
  })
}

test('Instruments are families: counters, up-down counters, gauges and histograms, with unit and description', () => {
  const { registry, meter } = begin()
  meter.createCounter('orders', { description: 'Orders taken', unit: '{order}' }).add(2, { to: 'crew' })
  const waiting = meter.createUpDownCounter('orders.waiting')
  waiting.add(3)
  waiting.add(-1)
  const load = meter.createGauge('load', { unit: '1' })
  load.record(0.25)
  load.record(-0.5)
  meter.createHistogram('orders.duration', { unit: 's' }).record(0.3)
  const advice = { explicitBucketBoundaries: [10, 100] }
  meter.createHistogram('orders.size', { unit: 'By', advice }).record(50)
  const snapshot = registry.read()
  const { series, ...orders } = family(snapshot, 'orders') as FamilySnapshot & { kind: 'counter' }
  assert.deepEqual(series, [{ labels: { ...scope, to: 'crew' }, value: 2 }])
  assert.deepEqual(orders, {
    name: 'orders',
    kind: 'counter',
    unit: '{order}',
    help: 'Orders taken',
    labelNames: ['otel_scope_name', 'otel_scope_version', 'to'],
  })
  assert.deepEqual(values(snapshot, 'orders.waiting'), [[{}, 2]])
  assert.deepEqual(values(snapshot, 'load'), [[{}, -0.5]])
  const gauges = ['orders.waiting', 'load'].map((name) => family(snapshot, name))
  assert.deepEqual(
    gauges.map((gauge) => 'aggregation' in gauge && gauge.aggregation),
    ['sum', 'process'],
  )
  const [duration, size] = ['orders.duration', 'orders.size'].map((name) => family(snapshot, name).series[0])
  assert.deepEqual([duration && 'count' in duration && duration.count, size && 'sum' in size && size.sum], [1, 50])
  assert.deepEqual(size && 'buckets' in size && size.buckets, { bounds: [10, 100], counts: [0, 1, 0] })
  assert.deepEqual(reported, [])
})

test('Attributes are labels, whatever their type, and in whatever order', () => {
  const { registry, meter } = begin()
  const orders = meter.createCounter('orders')
  orders.add(1, { 'http.route': '/', status: 200, paid: true })
  orders.add(1, { paid: 'true', status: '200', 'http.route': '/' })
  orders.add(1, { tags: ['a', 'b'], count: [1, 2] })
  orders.add(1, { tags: ['a', 'b'], count: [1, 2] })
  orders.add(1, { missing: undefined, empty: '' })
  orders.add(1, {})
  orders.add(1)
  assert.deepEqual(values(registry.read(), 'orders'), [
    [{ 'http.route': '/', paid: 'true', status: '200' }, 2],
    [{ count: '[1,2]', tags: '["a","b"]' }, 2],
    [{}, 3],
  ])
})

test('An attribute object that was changed since the last call is another series', () => {
  const { registry, meter } = begin()
  const orders = meter.createCounter('orders')
  const attributes: Record<string, string | string[]> = { to: 'crew' }
  orders.add(1, attributes)
  attributes.to = 'purser'
  orders.add(2, attributes)
  attributes.tags = ['a']
  orders.add(3, attributes)
  ;(attributes.tags as string[]).push('b')
  orders.add(4, attributes)
  assert.deepEqual(values(registry.read(), 'orders'), [
    [{ to: 'crew' }, 1],
    [{ to: 'purser' }, 2],
    [{ tags: '["a"]', to: 'purser' }, 3],
    [{ tags: '["a","b"]', to: 'purser' }, 4],
  ])
})

test('A long text is cut, and looked up each time', () => {
  const { registry, meter } = begin()
  const orders = meter.createCounter('orders')
  for (let i = 0; i < 2; i++) orders.add(1, { agent: `${'x'.repeat(2000)}${i}` })
  assert.deepEqual(values(registry.read(), 'orders'), [[{ agent: 'x'.repeat(1024) }, 2]])
})

test('Attribute objects that come again, and ones that do not, are told apart by what they contain', () => {
  const { registry, meter } = begin()
  const orders = meter.createCounter('orders')
  const constants = Array.from({ length: 300 }, (_, i) => ({ to: `${i % 3}`, id: i % 2 }))
  for (let round = 0; round < 4; round++) for (const one of constants) orders.add(1, one)
  for (let i = 0; i < 600; i++) orders.add(1, { to: `${i % 3}`, id: i % 2 })
  for (const one of constants) one.id = 5
  for (const one of constants) orders.add(1, one)
  for (const odd of ['', null, 'text', 5]) orders.add(1, odd as never)
  for (const odd of ['', null]) orders.add(1, odd as never)
  const expected = [0, 1, 2, 3, 4, 5].map((i) => [{ to: `${i % 3}`, id: `${i % 2}` }, 300] as const)
  const changed = [0, 1, 2].map((i) => [{ to: `${i}`, id: '5' }, 100] as const)
  const sorted = (all: readonly unknown[]): unknown[] => all.map((one) => JSON.stringify(one)).sort()
  const all = [...expected, ...changed].map(([{ to, id }, count]) => [{ id, to }, count])
  assert.deepEqual(sorted(values(registry.read(), 'orders')), sorted([...all, [{}, 6]]))
})

test('Keys that no label can have are spelled otherwise; those that come out alike share a label', () => {
  const { registry, meter } = begin()
  meter
    .createCounter('orders')
    .add(1, { 'user agent': 'b', user_agent: 'c', 'user-agent': 'a', le: '1', '1st': 'x', __p: 'y' })
  meter.createCounter('orders').add(1, { otel_scope_name: 'mine' })
  meter.createGauge('load').record(1, { process: 'mine', constructor: 'other' })
  const snapshot = registry.read()
  assert.deepEqual(values(snapshot, 'orders'), [
    [{ label___p: 'y', label_1st: 'x', label_le: '1', user_agent: 'b;a;c' }, 1],
    [{ label_otel_scope_name: 'mine' }, 1],
  ])
  assert.deepEqual(values(snapshot, 'load'), [[{ constructor: 'other', label_process: 'mine' }, 1]])
})

test('What is no number, negative or not finite is dropped, counted and reported, and makes no series', () => {
  const { registry, meter } = begin()
  const orders = meter.createCounter('orders')
  const sizes = meter.createHistogram('sizes')
  const load = meter.createGauge('load')
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined, null]) {
    orders.add(wrong as number, { to: 'crew' })
    sizes.record(wrong as number)
  }
  load.record(Number.NaN)
  const snapshot = registry.read()
  for (const name of ['orders', 'sizes', 'load']) assert.deepEqual(family(snapshot, name).series, [])
  assert.deepEqual(values(snapshot, 'plimsoll.rejected'), [
    [{ family: 'orders', reason: 'value' }, 6],
    [{ family: 'sizes', reason: 'value' }, 6],
    [{ family: 'load', reason: 'value' }, 1],
  ])
  assert.equal(reported.length, 13)
  assert.match(reported[0] ?? '', /^orders takes numbers of at least 0: -1 was dropped$/)
})

test('An instrument of integers takes the whole part of a fraction, and reports it', () => {
  const { registry, meter } = begin()
  const options = { valueType: ValueType.INT }
  const orders = meter.createCounter('orders', options)
  orders.add(2.9)
  orders.add(-0.5)
  meter.createUpDownCounter('waiting', options).add(-2.9)
  assert.deepEqual([values(registry.read(), 'orders'), values(registry.read(), 'waiting')], [[[{}, 2]], [[{}, -2]]])
  assert.equal(reported.length, 3)
})

test('Attributes that throw are reported, and the app goes on', () => {
  const { registry, meter } = begin()
  const hostile = Object.defineProperty({}, 'to', {
    enumerable: true,
    get() {
      throw new Error('no value')
    },
  })
  meter.createCounter('orders').add(1, hostile)
  meter.createHistogram('sizes').record(1, hostile)
  meter.createGauge('load').record(1, hostile)
  assert.deepEqual(reported, [
    'orders could not record: no value',
    'sizes could not record: no value',
    'load could not record: no value',
  ])
  meter.createCounter('orders').add(1, { odd: { a: 1 } as never, none: null as never })
  meter.createCounter('orders').add(1, 'text' as never)
  assert.deepEqual(values(registry.read(), 'orders'), [[{}, 2]])
  assert.deepEqual(values(registry.read(), 'plimsoll.rejected'), [[{ family: 'orders', reason: 'label' }, 2]])
})

test('An instrument that is created again is the same, whatever the case of its name', () => {
  const { registry, meter, provider } = begin()
  meter.createCounter('Orders', { description: 'first' }).add(1)
  meter.createCounter('orders', { description: 'second' }).add(1)
  provider.getMeter('shop', '1.2.0').createCounter('Orders', { description: 'first' }).add(1)
  assert.deepEqual(values(registry.read(), 'Orders'), [[{}, 3]])
  assert.equal(family(registry.read(), 'Orders').help, 'first')
  assert.deepEqual(reported, ['orders keeps the description that it was created with first'])
})

test('An instrument that is created as another kind, or with another unit, is recorded under a name beside it', () => {
  const { registry, meter } = begin()
  meter.createCounter('orders').add(1)
  meter.createUpDownCounter('orders').add(2)
  meter.createCounter('orders', { unit: 'ms' }).add(3)
  meter.createCounter('orders', { unit: 's' }).add(4)
  meter.createCounter('orders', { unit: 's' }).add(5)
  const snapshot = registry.read()
  const names = snapshot.families.map(({ name }) => name)
  assert.deepEqual(names, ['orders', 'orders.counter', 'orders.counter_seconds', 'orders.up_down_counter'])
  assert.deepEqual(
    names.map((name) => values(snapshot, name)),
    [[[{}, 1]], [[{}, 3]], [[{}, 9]], [[{}, 2]]],
  )
  assert.match(
    reported[0] ?? '',
    /^The instrument orders is recorded as orders\.up_down_counter: Conflicting declarations of orders: kind/,
  )
})

test('A metric of the app with the name of an instrument stays as it is', () => {
  const { registry, meter } = begin()
  const own = registry.counter('orders', { labels: ['to'] })
  own.labels({ to: 'crew' }).inc()
  meter.createCounter('orders').add(5, { to: 'crew' })
  const snapshot = registry.read()
  assert.deepEqual(
    [values(snapshot, 'orders'), values(snapshot, 'orders.counter')],
    [[[{ to: 'crew' }, 1]], [[{ to: 'crew' }, 5]]],
  )
})

test('Two meters with an instrument of one name share a family, and their series have the scope as labels', () => {
  const { registry, provider } = begin()
  provider.getMeter('a').createCounter('orders').add(1)
  provider.getMeter('b', '2', { schemaUrl: 'https://example.com/s' }).createCounter('orders').add(2)
  assert.equal(provider.getMeter('a'), provider.getMeter('a'))
  assert.deepEqual(family(registry.read(), 'orders').series, [
    { labels: { otel_scope_name: 'a' }, value: 1 },
    {
      labels: { otel_scope_name: 'b', otel_scope_version: '2', otel_scope_schema_url: 'https://example.com/s' },
      value: 2,
    },
  ])
  const plain = begin({ scopeLabels: false })
  plain.provider.getMeter('a').createCounter('orders').add(1)
  plain.provider.getMeter('b').createCounter('orders').add(2)
  assert.deepEqual(family(plain.registry.read(), 'orders').series, [{ labels: {}, value: 3 }])
})

test('A name that OpenTelemetry does not allow is reported, and recorded under one that a family can have', () => {
  const { registry, meter } = begin()
  for (const name of ['1st', 'with space', 'a/b', 'a..b.', 'plimsoll.own', 'é', 'x'.repeat(300)])
    meter.createCounter(name).add(1)
  meter.createCounter('').add(1)
  meter.createCounter(undefined as never).add(1)
  const names = registry.read().families.map(({ name }) => name)
  const expected = ['a.b', 'metric_1st', 'metric__', 'plimsoll_own', 'undefined', 'with_space', 'x'.repeat(200)]
  assert.deepEqual(names, expected.sort())
  assert.deepEqual(values(registry.read(), 'a.b'), [[{}, 2]])
  assert.equal(reported.filter((line) => line.startsWith('Invalid name')).length, 5)
  assert.equal(reported.filter((line) => line.includes('is not recorded')).length, 1)
})

test('Past its limit, all further attributes are one series, which the limit counts', () => {
  const { registry, meter } = begin({ cardinalityLimit: 3 })
  const orders = meter.createCounter('orders')
  for (const to of ['a', 'b', 'c', 'd', 'a', 'c']) orders.add(1, { to })
  orders.add(1, { another: 'key' })
  const { series, labelNames } = family(registry.read(), 'orders')
  assert.deepEqual(series, [
    { labels: { ...scope, to: 'a' }, value: 2 },
    { labels: { ...scope, to: 'b' }, value: 1 },
    { labels: { overflow: 'true' }, value: 4 },
  ])
  assert.deepEqual(labelNames, ['otel_scope_name', 'otel_scope_version', 'to'])
})

test('Histograms without advice have the bounds of the SDK where that is asked for, and none where it advises none', () => {
  const { registry, meter } = begin({ histograms: 'explicit' })
  meter.createHistogram('sizes').record(6)
  meter.createHistogram('total', { advice: { explicitBucketBoundaries: [] } }).record(6)
  meter.createHistogram('odd', { advice: { explicitBucketBoundaries: [5, 1, 5, Number.POSITIVE_INFINITY] } }).record(6)
  const snapshot = registry.read()
  const [sizes, odd] = ['sizes', 'odd'].map((name) => family(snapshot, name).series[0])
  const bounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
  assert.deepEqual(sizes && 'buckets' in sizes && 'bounds' in sizes.buckets && sizes.buckets.bounds, bounds)
  assert.deepEqual(odd && 'buckets' in odd && odd.buckets, { bounds: [1, 5], counts: [0, 0, 1] })
  const { kind, series } = family(snapshot, 'total')
  assert.deepEqual([kind, series], ['average', [{ labels: scope, count: 1, sum: 6 }]])
})

test('Names, units and scopes come out as OpenTelemetry has them for Prometheus', () => {
  const { registry, meter } = begin()
  meter.createCounter('http.server.requests', { unit: '{request}' }).add(1, { 'http.response.status_code': 200 })
  meter.createGauge('cpu.utilization', { unit: '1' }).record(0.5)
  meter.createUpDownCounter('queue.size', { unit: 'By' }).add(5)
  meter.createGauge('throughput', { unit: '{packet}/s' }).record(5)
  const lines = formatPrometheus(registry.read()).split('\n')
  const labels = 'otel_scope_name="shop",otel_scope_version="1.2.0"'
  for (const line of [
    `http_server_requests_total{${labels},http_response_status_code="200"} 1`,
    `cpu_utilization_ratio{${labels}} 0.5`,
    `queue_size_bytes{${labels}} 5`,
    `throughput_per_second{${labels}} 5`,
  ])
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`)
})

test('The provider is that of the API, and records into the default registry', () => {
  metrics.setGlobalMeterProvider(new MeterProvider())
  try {
    metrics.getMeter('global').createCounter('global.orders').add(2)
    assert.deepEqual(family(defaultRegistry.read(), 'global.orders').series, [
      { labels: { otel_scope_name: 'global' }, value: 2 },
    ])
  } finally {
    metrics.disable()
    defaultRegistry.remove('global.orders')
  }
})

test('After shutdown, new meters record nothing, and instruments go on', async () => {
  const { registry, meter, provider } = begin()
  const orders = meter.createCounter('orders')
  await provider.shutdown()
  orders.add(1)
  provider.getMeter('shop', '1.2.0').createCounter('others').add(1)
  assert.deepEqual(
    registry.read().families.map(({ name }) => name),
    ['orders'],
  )
  assert.deepEqual(reported, ['A meter provider that was shut down has no meters that record'])
})

test('Options of the SDK that are not needed are named with what takes their place', () => {
  const expected = { code: 'PLIMSOLL_OPTION_UNKNOWN', message: /Metrics are read from the page, without a reader/ }
  assert.throws(() => new MeterProvider({ readers: [] } as MeterProviderOptions), expected)
  assert.throws(() => new MeterProvider({ cardinalityLimit: 1 }), { code: 'PLIMSOLL_OPTION_INVALID' })
})
