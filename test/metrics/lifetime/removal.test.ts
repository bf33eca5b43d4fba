import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Family, Registry } from 'plimsoll'
import type { FamilySnapshot } from 'plimsoll/snapshot'

function seriesOf(registry: Registry, name: string): readonly unknown[] | undefined {
  return registry.read().families.find((family) => family.name === name)?.series
}

/** A family of each kind, with the label `to`, and how to record into one of its series. */
const kinds = {
  counter: (registry: Registry) => recorder(registry.counter('all', labelled), (metric) => metric.inc()),
  gauge: (registry: Registry) => recorder(registry.gauge('all', labelled), (metric) => metric.set(7)),
  meter: (registry: Registry) => recorder(registry.meter('all', labelled), (metric) => metric.mark()),
  histogram: (registry: Registry) => recorder(registry.histogram('all', labelled), (metric) => metric.record(1500)),
  bounded: (registry: Registry) =>
    recorder(registry.histogram('all', { ...labelled, buckets: [1, 2] }), (metric) => metric.record(1.5)),
  timer: (registry: Registry) => recorder(registry.timer('all', labelled), (metric) => metric.record(0.25)),
  average: (registry: Registry) => recorder(registry.average('all', labelled), (metric) => metric.record(3)),
  state: (registry: Registry) =>
    recorder(registry.state('all', { ...labelled, states: ['idle', 'busy'] }), (metric) => metric.set('busy')),
  text: (registry: Registry) => recorder(registry.text('all', labelled), (metric) => metric.set('Ahoy')),
}
const labelled = { labels: ['to'] } as const

interface Recorder {
  readonly family: Pick<Family<never, 'to'>, 'remove' | 'clear' | 'seriesCount'>
  /** Records into the series of this label; the handle is got anew, or kept. */
  record(to: string): void
  keep(to: string): () => void
}

function recorder<M>(
  family: { labels(values: { to: string }): M } & Recorder['family'],
  record: (metric: M) => void,
): Recorder {
  return {
    family,
    record: (to) => record(family.labels({ to })),
    keep: (to) => {
      const metric = family.labels({ to })
      return () => record(metric)
    },
  }
}

for (const [kind, make] of Object.entries(kinds)) {
  describe(`A ${kind} with labels`, () => {
    test('that is removed is in no snapshot, and made anew when it is asked for again', () => {
      const [registry, same] = [new Registry(), new Registry()]
      const { family, record } = make(registry)
      for (const to of ['crew', 'crew', 'crew', 'cook']) record(to)
      family.remove({ to: 'crew' })
      make(same).record('cook')
      assert.equal(family.seriesCount, 1)
      assert.deepEqual(withoutTimes(seriesOf(registry, 'all')), withoutTimes(seriesOf(same, 'all')))
      record('crew')
      make(same).record('crew')
      assert.deepEqual(withoutTimes(sorted(registry)), withoutTimes(sorted(same)))
    })

    test('whose metric was kept records into no other series after its removal', () => {
      const registry = new Registry()
      const { family, record, keep } = make(registry)
      const kept = keep('crew')
      kept()
      family.remove({ to: 'crew' })
      for (let i = 0; i < 100; i++) record(`${i}`)
      const before = withoutTimes(seriesOf(registry, 'all'))
      for (let i = 0; i < 100; i++) kept()
      assert.deepEqual(withoutTimes(seriesOf(registry, 'all')), before)
    })

    test('past the limit goes to one overflow series, and the family that did it is named', () => {
      const registry = new Registry()
      const make = { ...labelled, maxSeries: 3 }
      const family = declareLimited(kind, registry, make)
      for (let i = 0; i < 10; i++) family(`${i}`)
      const series = seriesOf(registry, 'all') as readonly { labels: unknown }[]
      assert.deepEqual(
        series.map(({ labels }) => labels),
        [{ to: '0' }, { to: '1' }, { to: '2' }, { overflow: 'true' }],
      )
      assert.deepEqual(seriesOf(registry, 'plimsoll.overflowed'), [{ labels: { family: 'all' }, value: 7 }])
    })
  })
}

test('A family that is cleared has no series, not even those that stand for others, and room for new ones', () => {
  const registry = new Registry()
  const calls = registry.counter('calls', { labels: ['to'], maxSeries: 2 })
  for (const to of ['a', 'b', 'c']) calls.labels({ to }).inc()
  calls.clear()
  assert.deepEqual([calls.seriesCount, seriesOf(registry, 'calls')], [0, []])
  for (const to of ['c', 'd']) calls.labels({ to }).inc()
  assert.deepEqual(seriesOf(registry, 'calls'), [
    { labels: { to: 'c' }, value: 1 },
    { labels: { to: 'd' }, value: 1 },
  ])
})

test('A series is removed by whatever spelling of its labels, and all spellings are forgotten', () => {
  const registry = new Registry()
  const calls = registry.counter('calls', { labels: ['status', 'ok'] })
  for (const [status, ok] of [
    [200, true],
    ['200', 'true'],
    [200n as unknown as number, true],
  ] as const) {
    calls.labels({ status, ok }).inc()
    calls.labels({ status, ok }).inc()
  }
  calls.remove({ status: '200', ok: 'true' })
  for (const [status, ok] of [
    [200, true],
    ['200', 'true'],
    [200n as unknown as number, true],
  ] as const) {
    calls.labels({ status, ok }).inc()
  }
  assert.deepEqual(seriesOf(registry, 'calls'), [{ labels: { status: '200', ok: 'true' }, value: 3 }])
})

test('To remove what is not there changes nothing, whatever it is', () => {
  const registry = new Registry()
  const calls = registry.counter('calls', { labels: ['to'] })
  calls.labels({ to: 'crew' }).inc()
  for (const wrong of [{ to: 'cook' }, {}, null, undefined, 7]) calls.remove(wrong as { to: string })
  assert.deepEqual(seriesOf(registry, 'calls'), [{ labels: { to: 'crew' }, value: 1 }])
})

test('A removed series gives its place below the limit to another one', () => {
  const registry = new Registry()
  const calls = registry.counter('calls', { labels: ['to'], maxSeries: 1 })
  calls.labels({ to: 'crew' }).inc()
  calls.remove({ to: 'crew' })
  calls.labels({ to: 'cook' }).inc()
  assert.deepEqual(seriesOf(registry, 'calls'), [{ labels: { to: 'cook' }, value: 1 }])
})

test('A metric that is removed by its name can be declared anew and otherwise; one that was kept goes on unseen', () => {
  const registry = new Registry()
  const calls = registry.counter('web.calls', { labels: ['to'] })
  calls.labels({ to: 'crew' }).inc()
  const time = registry.timer('web.time')
  registry.remove('/web/calls')
  registry.remove('web.time')
  registry.remove('web.never')
  calls.labels({ to: 'cook' }).inc()
  time.record(1)
  const gauge = registry.gauge('web.calls')
  gauge.set(2)
  assert.deepEqual(
    registry.read().families.filter(({ name }) => name.startsWith('web')),
    [registry.gauge('web.calls')].map(() => ({
      name: 'web.calls',
      kind: 'gauge',
      unit: '',
      help: '',
      labelNames: [],
      aggregation: 'sum',
      series: [{ labels: {}, value: 2 }],
    })),
  )
})

test("plimsoll's own counters cannot be removed", () => {
  const registry = new Registry()
  registry.counter('calls').add(-1)
  registry.remove('plimsoll.rejected')
  assert.deepEqual(seriesOf(registry, 'plimsoll.rejected'), [
    { labels: { family: 'calls', reason: 'value' }, value: 1 },
  ])
})

function declareLimited(kind: string, registry: Registry, options: { labels: readonly ['to']; maxSeries: number }) {
  const limited = new Proxy(registry, {
    get: (target, key) => {
      const method = Reflect.get(target, key)
      if (typeof method !== 'function') return method
      return (name: string, more: object) => method.call(target, name, { ...more, maxSeries: options.maxSeries })
    },
  })
  return kinds[kind as keyof typeof kinds](limited).record
}

function sorted(registry: Registry): unknown {
  const series = seriesOf(registry, 'all') as FamilySnapshot['series'][number][]
  return [...series].sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1))
}

/** States say for how long they were. */
function withoutTimes(series: unknown): unknown {
  return JSON.parse(JSON.stringify(series, (key, value) => (key === 'seconds' ? Object.keys(value) : value)))
}
