import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Meter } from '@opentelemetry/api'
import { AggregationType, createDenyListAttributesProcessor, InstrumentType } from '@opentelemetry/sdk-metrics'
import { MeterProvider, type ViewOptions } from 'plimsoll/opentelemetry'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { createTestRegistry } from 'plimsoll/testing'
import { collectDiagnostics } from './diagnostics.ts'

const reported = collectDiagnostics()

function begin(...views: ViewOptions[]): {
  meter: Meter
  families(): FamilySnapshot[]
  series(name: string): readonly object[]
} {
  const { registry } = createTestRegistry()
  const provider = new MeterProvider({ registry, scopeLabels: false, views })
  const families = (): FamilySnapshot[] => [...registry.read().families]
  const series = (name: string): readonly object[] => families().find((one) => one.name === name)?.series ?? []
  return { meter: provider.getMeter('shop', '1'), families, series }
}

test('A view gives an instrument another name, description, buckets and fewer attributes', () => {
  const { meter, families, series } = begin(
    { instrumentName: 'old.name', name: 'new.name', description: 'New', attributeKeys: ['to'] },
    {
      instrumentName: 'sizes',
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [5, 1] } },
    },
  )
  const old = meter.createCounter('old.name', { description: 'Old' })
  old.add(1, { id: 1, to: 'crew' })
  old.add(1, { id: 2, to: 'crew', other: true })
  old.add(1, { id: 3 })
  meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [7] } }).record(3)
  assert.deepEqual(series('new.name'), [
    { labels: { to: 'crew' }, value: 2 },
    { labels: {}, value: 1 },
  ])
  const [renamed, sizes] = families()
  assert.deepEqual([renamed?.name, renamed?.help, renamed?.labelNames], ['new.name', 'New', ['to']])
  const [size] = sizes?.series ?? []
  assert.deepEqual(size && 'buckets' in size && size.buckets, { bounds: [1, 5], counts: [0, 1, 0] })
})

test('An instrument is recorded by each view that is about it, or not at all', () => {
  const { meter, families, series } = begin(
    { instrumentName: 'http.*', attributeKeys: ['route'] },
    { instrumentName: 'http.requests', name: 'http.requests.total' },
    { instrumentType: InstrumentType.HISTOGRAM, aggregation: { type: AggregationType.DROP } },
  )
  const requests = meter.createCounter('http.requests')
  requests.add(1, { route: '/', id: 7 })
  meter.createHistogram('http.sizes').record(5)
  meter.createHistogram('sizes').record(5)
  meter.createCounter('others').add(1, { id: 7 })
  assert.deepEqual(series('http.requests'), [{ labels: { route: '/' }, value: 1 }])
  assert.deepEqual(series('http.requests.total'), [{ labels: { id: '7', route: '/' }, value: 1 }])
  assert.deepEqual(series('others'), [{ labels: { id: '7' }, value: 1 }])
  const names = families().map(({ name }) => name)
  assert.deepEqual(names, ['http.requests', 'http.requests.total', 'http.sizes', 'others'])
})

test('Each kind of instrument can be added up, kept as its last value or distributed', () => {
  const type = ['sum', 'last_value', 'explicit_bucket_histogram', 'exponential_histogram'] as const
  const kinds = type.map((one) => {
    const { meter, families } = begin({ instrumentName: '*', aggregation: { type: one } })
    meter.createCounter('counter').add(2)
    meter.createUpDownCounter('down').add(2)
    meter.createGauge('gauge').record(2)
    meter.createHistogram('histogram').record(2)
    return families().map(({ kind, series: [first] }) => {
      const { value, count, sum } = first as { value?: number; count?: number; sum?: number }
      return [kind, value ?? `${count} of ${sum}`]
    })
  })
  const histograms = Array.from({ length: 4 }, () => ['histogram', '1 of 2'])
  assert.deepEqual(kinds, [
    [
      ['counter', 2],
      ['gauge', 2],
      ['gauge', 2],
      ['counter', 2],
    ],
    Array.from({ length: 4 }, () => ['gauge', 2]),
    histograms,
    histograms,
  ])
})

test('A view chooses by meter, unit and kind, and limits series', () => {
  const rest = { instrumentName: 'orders', aggregationCardinalityLimit: 2 }
  const { meter, series } = begin(
    { ...rest, meterName: 'shop', meterVersion: '1', instrumentUnit: '1', instrumentType: 'COUNTER' },
    { meterName: 'other', aggregation: { type: 'drop' } },
  )
  for (const to of ['a', 'b', 'c']) meter.createCounter('orders', { unit: '1' }).add(1, { to })
  assert.deepEqual(series('orders'), [
    { labels: { to: 'a' }, value: 1 },
    { labels: { overflow: 'true' }, value: 2 },
  ])
})

test('Attributes processors of the SDK change attributes first', () => {
  const { meter, series } = begin({
    instrumentName: '*',
    attributesProcessors: [createDenyListAttributesProcessor(['id']), { process: (all) => ({ ...all, zone: 'b' }) }],
  })
  meter.createCounter('orders').add(1, { id: 1, to: 'crew' })
  meter.createCounter('orders').add(1)
  assert.deepEqual(series('orders'), [
    { labels: { to: 'crew', zone: 'b' }, value: 1 },
    { labels: { zone: 'b' }, value: 1 },
  ])
})

test('An attribute that a view leaves out takes no memory, however many values it has', () => {
  const { meter, series } = begin({ instrumentName: 'orders', attributeKeys: ['to'] })
  const orders = meter.createCounter('orders')
  for (let id = 0; id < 50_000; id++) orders.add(1, { id, to: 'crew' })
  assert.deepEqual(series('orders'), [{ labels: { to: 'crew' }, value: 50_000 }])
  assert.deepEqual(reported, [])
})

test('A view must choose, and one with a name must choose one instrument', () => {
  const invalid: ViewOptions[] = [
    {},
    { name: 'new' },
    { name: 'new', instrumentName: 'old.*' },
    { instrumentName: 'a', aggregation: { type: 7 } },
    { instrumentName: 'a', instrumentType: 'METER' },
    { instrumentName: 'a', aggregationCardinalityLimit: 0 },
  ]
  for (const view of invalid) assert.throws(() => begin(view), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => begin({ instrumentNames: 'a' } as ViewOptions), {
    code: 'PLIMSOLL_OPTION_UNKNOWN',
    message: /Did you mean "instrumentName"/,
  })
})
