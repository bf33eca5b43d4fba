import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Registry } from 'plimsoll'
import { collection, statsFor, sumOfChildren, template } from 'plimsoll/objects'
import { createTestRegistry } from 'plimsoll/testing'

test('An object that keeps its metrics can be written as JSON, with what each of them says.', () => {
  const { registry } = createTestRegistry()
  const job = {
    id: 7,
    stats: collection(
      'job',
      {
        runs: template.counter(),
        open: template.gauge(),
        rolling: template.gauge({ extremes: true }),
        marks: template.meter(),
        sizes: template.histogram(),
        waits: template.timer({ buckets: [1] }),
        mean: template.average({ window: { values: 2 } }),
        phase: template.state({ states: ['idle', 'busy'] }),
        says: template.text(),
        build: template.info({ version: '1' }),
        byPath: template.counter({ labels: ['path'] }),
      },
      { registry },
    ),
  }
  job.stats.runs.inc(2)
  job.stats.byPath.labels({ path: '/' }).inc()
  const { id, stats } = JSON.parse(JSON.stringify(job))
  assert.equal(id, 7)
  assert.deepEqual(stats.runs, { value: 2 })
  assert.deepEqual(stats.phase.seconds, { idle: 0, busy: 0 })
  assert.deepEqual(stats.byPath.series, [{ labels: { path: '/' }, value: 1 }])
  const empty = { count: 0, sum: 0, buckets: { bounds: [1], counts: [0, 0] } }
  assert.deepEqual(stats.waits, empty)
  assert.deepEqual(Object.keys(stats), Object.keys(job.stats))
})

test('So can a registry.', () => {
  const { registry } = createTestRegistry()
  registry.counter('runs').inc()
  assert.deepEqual(JSON.parse(JSON.stringify({ registry })), { registry: registry.read() })
})

test('So can objects with statistics and parents.', () => {
  const registry = new Registry()
  const parent = {}
  const above = statsFor(
    parent,
    'above',
    { runs: sumOfChildren(template.counter({ labels: ['queue'] })) },
    { registry },
  )
  const child = { parent }
  const below = statsFor(child, 'below', { runs: template.counter({ labels: ['queue'] }) }, { parent })
  below.runs.labels({ queue: 1 }).inc()
  const runs = [{ labels: { queue: '1' }, value: 1 }]
  assert.deepEqual(JSON.parse(JSON.stringify({ ...child, above, below })), {
    parent: {},
    above: { runs },
    below: { runs },
  })
})

test('A console shows what a metric says under the name of its kind, and no more than the name deep inside.', () => {
  const registry = new Registry()
  const runs = registry.counter('runs')
  runs.inc(3)
  const rolling = registry.gauge('rolling', { type: 'int' })
  assert.equal(inspect(runs), 'Counter { value: 3 }')
  assert.equal(inspect(rolling), 'Gauge { value: 0 }')
  assert.equal(inspect([runs], { depth: 0 }), '[ [Counter] ]')
  const sums = statsFor({}, 'above', { runs: sumOfChildren(template.counter()) }, { registry })
  assert.equal(inspect(sums.runs), 'Counter { value: 0 }')
})
