import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as immediate } from 'node:timers/promises'
import type { Meter, ObservableResult } from '@opentelemetry/api'
import { ValueType } from '@opentelemetry/api'
import { MeterProvider, type MeterProviderOptions } from 'plimsoll/opentelemetry'
import { createTestRegistry, type TestRegistry } from 'plimsoll/testing'
import { collectDiagnostics } from './diagnostics.ts'

const reported = collectDiagnostics()

interface Begun extends TestRegistry {
  readonly meter: Meter
  readonly provider: MeterProvider
  values(name: string): unknown[]
}

function begin(options: MeterProviderOptions = {}): Begun {
  const testing = createTestRegistry()
  const provider = new MeterProvider({ registry: testing.registry, scopeLabels: false, ...options })
  const values = (name: string): unknown[] => {
    const family = testing.registry.read().families.find((one) => one.name === name)
    return (family?.series ?? []).map((one) => [one.labels, 'value' in one ? one.value : 'count' in one && one.count])
  }
  return { ...testing, provider, meter: provider.getMeter('shop'), values }
}

test('Callbacks are called at each tick, and their values are there for readers of the page', () => {
  const { meter, advance, publish, values } = begin()
  const page = publish()
  let sold = 3
  meter.createObservableCounter('sold').addCallback((result) => result.observe(sold, { to: 'crew' }))
  meter.createObservableGauge('load').addCallback((result) => result.observe(0.5))
  meter.createObservableUpDownCounter('waiting').addCallback((result) => result.observe(-2))
  assert.deepEqual([values('sold'), values('load')], [[], []])
  advance(5)
  assert.deepEqual(values('sold'), [[{ to: 'crew' }, 3]])
  assert.deepEqual([values('load'), values('waiting')], [[[{}, 0.5]], [[{}, -2]]])
  sold = 10.1
  advance(5)
  const shown = page.read().families.find(({ name }) => name === 'sold')?.series
  assert.deepEqual(shown, [{ labels: { to: 'crew' }, value: 10.1 }])
  assert.deepEqual(reported, [])
})

test('Callbacks are called soon after they were added, but not at once', async () => {
  const { meter, values } = begin()
  meter.createObservableGauge('load').addCallback((result) => result.observe(1))
  assert.deepEqual(values('load'), [])
  await immediate()
  assert.deepEqual(values('load'), [[{}, 1]])
})

test('A total that falls has begun again, and counts on', () => {
  const { meter, advance, values } = begin()
  let total = 5
  meter.createObservableCounter('sold').addCallback((result) => result.observe(total))
  for (const next of [5, 8, 2, 2, 4]) {
    total = next
    advance(5)
  }
  assert.deepEqual(values('sold'), [[{}, 12]])
})

test('Gauges that are not observed any more are gone, totals stay', () => {
  const { meter, advance, values, publish } = begin()
  const page = publish()
  let rooms = ['a', 'b']
  const observe = (result: ObservableResult): void => rooms.forEach((room, i) => void result.observe(i, { room }))
  const gauge = meter.createObservableGauge('people')
  gauge.addCallback(observe)
  meter.createObservableCounter('visits').addCallback(observe)
  advance(5)
  rooms = ['b']
  advance(5)
  assert.deepEqual(values('people'), [[{ room: 'b' }, 0]])
  assert.deepEqual(values('visits'), [
    [{ room: 'a' }, 0],
    [{ room: 'b' }, 1],
  ])
  rooms = ['a', 'b']
  advance(5)
  assert.deepEqual(
    new Set(values('people')),
    new Set([
      [{ room: 'b' }, 1],
      [{ room: 'a' }, 0],
    ]),
  )
  const series = (): number | undefined => page.read().families.find(({ name }) => name === 'people')?.series.length
  assert.equal(series(), 2)
  gauge.removeCallback(observe)
  advance(5)
  assert.equal(series(), 0)
})

test('A callback that throws, rejects or does not end is counted, and values stay', async () => {
  const { meter, advance, values } = begin()
  let end = (): void => {}
  let fails = false
  meter.createObservableGauge('load').addCallback((result) => {
    if (fails) throw new Error('no load')
    result.observe(1)
  })
  meter.createObservableGauge('slow').addCallback(async (result) => {
    await new Promise<void>((resolve) => {
      end = resolve
    })
    result.observe(2)
  })
  meter.createObservableGauge('rejecting').addCallback(() => Promise.reject(new Error('no')))
  advance(5)
  end()
  await immediate()
  assert.deepEqual([values('load'), values('slow')], [[[{}, 1]], [[{}, 2]]])
  fails = true
  advance(10)
  await immediate()
  assert.deepEqual([values('load'), values('slow')], [[[{}, 1]], [[{}, 2]]])
  const failed = new Map(
    (values('plimsoll.failed') as [{ family: string }, number][]).map(([{ family }, n]) => [family, n]),
  )
  assert.equal(failed.get('load'), 2)
  assert.equal(failed.get('slow'), 1)
  assert.ok((failed.get('rejecting') ?? 0) >= 2)
  assert.match(reported.join('\n'), /A callback of load failed: no load/)
})

test('A batch callback observes its instruments, and no others', () => {
  const { meter, advance, values } = begin()
  const [a, b, other] = ['a', 'b', 'other'].map((name) => meter.createObservableGauge(name)) as [never, never, never]
  let calls = 0
  const callback = (result: { observe(metric: never, value: number, attributes?: object): void }): void => {
    calls++
    result.observe(a, 1)
    result.observe(b, 2, { to: 'crew' })
    result.observe(other, 3)
    result.observe(undefined as never, 3)
  }
  meter.addBatchObservableCallback(callback as never, [a, b])
  meter.addBatchObservableCallback(callback as never, [b, a])
  advance(5)
  assert.deepEqual([calls, values('a'), values('b'), values('other')], [1, [[{}, 1]], [[{ to: 'crew' }, 2]], []])
  meter.removeBatchObservableCallback(callback as never, [a])
  advance(5)
  assert.equal(calls, 2)
  meter.removeBatchObservableCallback(callback as never, [a, b])
  advance(5)
  assert.deepEqual([calls, values('a')], [2, []])
  meter.addBatchObservableCallback(callback as never, [])
  assert.match(reported.at(-1) ?? '', /needs a function and observable instruments/)
})

test('The same callback of one instrument is called once, the last value of the same attributes counts', () => {
  const { meter, advance, values } = begin()
  const callback = (result: ObservableResult): void => {
    result.observe(9, { to: 'crew' })
    result.observe(2, { to: 'crew' })
  }
  const counter = meter.createObservableCounter('sold', { valueType: ValueType.INT })
  counter.addCallback(callback)
  meter.createObservableCounter('sold', { valueType: ValueType.INT }).addCallback(callback)
  counter.addCallback((result) => {
    result.observe(2.5, { to: 'purser' })
    for (const wrong of [-1, Number.NaN, '3', undefined]) result.observe(wrong as number, { to: 'nobody' })
  })
  advance(10)
  assert.deepEqual(values('sold'), [
    [{ to: 'crew' }, 2],
    [{ to: 'purser' }, 2],
  ])
  counter.addCallback('no function' as never)
  assert.match(reported.at(-1) ?? '', /must be a function/)
})

test('Past the limit, what is observed is added up in the overflow series', () => {
  const { meter, advance, values } = begin({ cardinalityLimit: 2 })
  const observe = (result: ObservableResult): void =>
    ['a', 'b', 'c'].forEach((id, i) => void result.observe(i + 1, { id }))
  meter.createObservableCounter('sold').addCallback(observe)
  meter.createObservableUpDownCounter('waiting').addCallback(observe)
  advance(10)
  const expected = [
    [{ id: 'a' }, 1],
    [{ overflow: 'true' }, 5],
  ]
  assert.deepEqual([values('sold'), values('waiting')], [expected, expected])
})

test('Of what several callbacks observe of one series the last holds, in each round', () => {
  const { meter, advance, values } = begin()
  const total = meter.createObservableCounter('sold')
  total.addCallback((result) => result.observe(5))
  meter.createObservableCounter('sold').addCallback((result) => result.observe(2))
  advance(5)
  advance(5)
  assert.deepEqual(values('sold'), [[{}, 2]])
})

test('forceFlush calls all callbacks and waits for them; after shutdown none is called', async () => {
  const { meter, provider, advance, values } = begin()
  let calls = 0
  meter.createObservableGauge('load').addCallback(async (result) => {
    await immediate()
    result.observe(++calls)
  })
  await provider.forceFlush()
  assert.deepEqual(values('load'), [[{}, 1]])
  await provider.shutdown()
  assert.deepEqual(values('load'), [[{}, 2]])
  advance(10)
  await provider.forceFlush()
  assert.equal(calls, 2)
})

test('A view makes distributions of what is observed, or drops it', () => {
  const { meter, advance, values } = begin({
    views: [
      { instrumentName: 'depth', aggregation: { type: 'explicit_bucket_histogram', options: { boundaries: [1] } } },
      { instrumentName: 'noise', aggregation: { type: 'drop' } },
    ],
  })
  let calls = 0
  meter.createObservableGauge('depth').addCallback((result) => result.observe(2))
  meter.createObservableGauge('noise').addCallback((result) => {
    calls++
    result.observe(1)
  })
  advance(10)
  assert.deepEqual([values('depth'), values('noise'), calls], [[[{}, 2]], [], 2])
})
