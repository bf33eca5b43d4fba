import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { type Snapshot, type Tree, tree } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

describe('The tree of a snapshot', () => {
  test('has metrics of each kind by the parts of their names, with what can be estimated.', () => {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    registry.counter('web.requests').add(3)
    registry.gauge('web.open').set(-1)
    registry.text('web.lastError').set('timeout')
    registry.average('batch.size', { window: { values: 2 } }).record(4)
    registry.state('worker', { states: ['idle', 'busy'] }).set('busy')
    registry.info('build', { version: '1.2.0' })
    const timer = registry.timer('my.timer', { buckets: [1, 2] })
    timer.record(1)
    timer.record(2)
    clock.advance(1)
    const stats: Tree = tree(registry.read())
    assert.equal(stats.web?.requests?.value, 3)
    assert.equal(stats.web?.open?.value, -1)
    assert.equal(stats.web?.lastError?.value, 'timeout')
    assert.equal(stats.batch?.size?.mean, 4)
    assert.deepEqual(stats.worker, { value: 'busy', seconds: { idle: 0, busy: 1 }, processes: { busy: 1 }, users: 0 })
    assert.deepEqual(stats.build?.['1.2.0'], {})
    const { count, sum, min, max, mean, standardDeviation, quantiles, last } = stats.my?.timer ?? {}
    assert.deepEqual([count, sum, min, max, mean, last], [2, 3, 1, 2, 1.5, 2])
    assert(standardDeviation !== undefined && standardDeviation > 0.3 && standardDeviation < 0.5)
    assert.deepEqual(quantiles, { '0.5': 1, '0.75': 2, '0.9': 2, '0.95': 2, '0.99': 2, '0.999': 2 })
  })

  test('has label values behind the name, in the order in which they were declared.', () => {
    const registry = new Registry()
    const requests = registry.counter('web.requests', { labels: ['method', 'route'], maxSeries: 2 })
    requests.labels({ method: 'GET', route: '/' }).inc()
    requests.labels({ route: '/users', method: 'GET' }).add(2)
    requests.labels({ method: 'PUT', route: '/' }).add(3)
    const { web } = tree(registry.read())
    assert.deepEqual(web?.requests, {
      GET: { '/': { value: 1 }, '/users': { value: 2 } },
      'overflow=true': { value: 3 },
    })
  })

  test('has places that are both a metric and above others; a part of a name comes before a field.', () => {
    const registry = new Registry()
    registry.counter('web').add(1)
    registry.counter('web.errors').add(2)
    registry.counter('web.errors.value').add(3)
    assert.deepEqual(tree(registry.read()).web, { value: 1, errors: { value: { value: 3 } } })
  })

  test('is made of plain objects, whatever parts are called.', () => {
    const registry = new Registry()
    const family = registry.counter('constructor', { labels: ['of'] })
    for (const of of ['__proto__', 'toString', '']) family.labels({ of }).inc()
    const [[part, below] = ['', {}], ...others] = Object.entries(tree(registry.read()))
    assert.deepEqual([part, others], ['constructor', []])
    assert.deepEqual(Object.entries(below), [
      ['__proto__', { value: 1 }],
      ['toString', { value: 1 }],
      ['', { value: 1 }],
    ])
    assert.equal(Object.getPrototypeOf(below), Object.prototype)
  })

  test('leaves out what an empty distribution does not have, and tells recent windows.', () => {
    const head = { unit: 's', help: '', labelNames: [] }
    const buckets = { bounds: [1], counts: [0, 0] }
    const recent = { seconds: 60, count: 30, sum: 15, buckets: { bounds: [1], counts: [30, 0] } }
    const snapshot: Snapshot = {
      version: 1,
      takenAt: 0,
      pages: [],
      families: [
        { ...head, name: 'empty', kind: 'timer', series: [{ labels: {}, count: 0, sum: 0, buckets }] },
        {
          ...head,
          name: 'full',
          kind: 'histogram',
          series: [{ labels: {}, count: 0, sum: 0, buckets, recent: { '1m': recent } }],
        },
      ],
    }
    const { empty, full } = tree(snapshot)
    assert.deepEqual(empty, { count: 0, sum: 0 })
    const { count, rate, mean } = full?.recent?.['1m'] ?? {}
    assert.deepEqual([count, rate, mean], [30, 0.5, 0.5])
  })

  test('goes as deep as names do.', () => {
    const depth = 50_000
    const family = { kind: 'counter', unit: '', help: '', labelNames: [], series: [{ labels: {}, value: 7 }] } as const
    const families = [{ ...family, name: Array.from({ length: depth }, () => 'a').join('.') }]
    let place: Tree | undefined = tree({ version: 1, takenAt: 0, pages: [], families })
    for (let i = 0; i < depth; i++) place = place?.a
    assert.deepEqual(place, { value: 7 })
  })
})
