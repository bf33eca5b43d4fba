import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultRegistry, PlimsollError, Registry } from 'plimsoll'
import { collection, statsFor, sumOfChildren, template } from 'plimsoll/objects'
import { Processor, TaskThread } from '../../support/processor.ts'
import { valuesIn } from '../../support/values.ts'

describe('The statistics of an object', () => {
  test('are metrics at its path, without any label as long as there is one of it.', () => {
    const registry = new Registry()
    const { stats } = new Processor(registry)
    stats.threads.set(5)
    const cache = statsFor(
      {},
      'cache',
      { hits: template.counter(), byKey: template.counter({ labels: ['key'] }) },
      { registry },
    )
    cache.hits.inc()
    cache.byKey.labels({ key: 'a' }).inc(2)
    assert.deepEqual(valuesIn(registry), {
      'cache.hits': 1,
      'cache.byKey{key=a}': 2,
      'processor.finished': 0,
      'processor.queued': 0,
      'processor.threads': 5,
    })
  })

  test('have one name for all of a path with {}, and tell objects apart by their paths.', () => {
    const registry = new Registry()
    const processor = new Processor(registry)
    const [first, second] = [new TaskThread(processor), new TaskThread(processor)]
    first.stats.finished.inc()
    second.stats.finished.inc(2)
    second.stats.byPath.labels({ path: '/' }).inc()
    const values = valuesIn(registry)
    assert.equal(values['processor.thread.finished{object=/processor/thread-0}'], 1)
    assert.equal(values['processor.thread.finished{object=/processor/thread-1}'], 2)
    assert.equal(values['processor.thread.byPath{object=/processor/thread-1,path=/}'], 1)
  })

  test('have the id that they are given in place of {}, and share all with others of the same path.', () => {
    const registry = new Registry()
    const session = (id: string | number) => statsFor({}, '/session-{}', { hits: template.counter() }, { registry, id })
    const [alice, again, zero] = [session('alice'), session('alice'), session(0)]
    const numbered = statsFor({}, '/session-{}', { hits: template.counter() }, { registry })
    assert.equal(alice.hits, again.hits)
    alice.hits.inc()
    again.hits.inc()
    zero.hits.inc()
    numbered.hits.inc(3)
    alice.close()
    const left = { 'session.hits{object=/session-0}': 1, 'session.hits{object=/session-1}': 3 }
    assert.deepEqual(valuesIn(registry), { 'session.hits{object=/session-alice}': 2, ...left })
    again.close()
    assert.deepEqual(valuesIn(registry), left)
  })

  test('take numbers again that were given back.', () => {
    const registry = new Registry()
    const open = () => statsFor({}, 'connection-{}', { bytes: template.counter() }, { registry })
    const connections = [open(), open(), open()]
    connections[1]?.close()
    connections[1]?.close()
    for (const one of [open(), open()]) one.bytes.inc()
    assert.deepEqual(valuesIn(registry), {
      'connection.bytes{object=/connection-0}': 0,
      'connection.bytes{object=/connection-1}': 1,
      'connection.bytes{object=/connection-2}': 0,
      'connection.bytes{object=/connection-3}': 1,
    })
  })

  test('may be of any kind, constants too.', () => {
    const registry = new Registry()
    const stats = statsFor(
      {},
      'job-{}',
      { build: template.info({ version: '1' }), took: template.timer({ buckets: [1] }) },
      { registry },
    )
    stats.took.record(2)
    assert.deepEqual(
      registry.read().families.map(({ series }) => series[0]?.labels),
      [{ object: '/job-0', version: '1' }, { object: '/job-0' }],
    )
    stats.close()
    assert.deepEqual(registry.read().families, [])
  })

  test('are in the registry of their parent, else in the default one.', () => {
    const registry = new Registry()
    new TaskThread(new Processor(registry)).stats.finished.inc()
    assert.equal(valuesIn(registry)['processor.finished'], 1)
    const stats = statsFor({}, 'object-stats-test', { hits: template.counter() })
    assert.equal(stats.hits, defaultRegistry.counter('object-stats-test.hits'))
    stats.close()
  })

  test('end with a block where they are used by one.', () => {
    const registry = new Registry()
    {
      using stats = statsFor({}, 'block', { hits: template.counter() }, { registry })
      stats.hits.inc()
      assert.deepEqual(valuesIn(registry), { 'block.hits': 1 })
    }
    assert.deepEqual(valuesIn(registry), {})
  })

  test('can be recorded after their end, seen by nobody, and begin at zero when their path comes again.', () => {
    const registry = new Registry()
    const make = () =>
      statsFor({}, 'again', { hits: template.counter(), byKey: template.counter({ labels: ['key'] }) }, { registry })
    const first = make()
    const kept = first.byKey.labels({ key: 'kept' })
    first.hits.inc()
    first.close()
    first.hits.inc()
    kept.inc()
    first.byKey.labels({ key: 'new' }).inc()
    assert.deepEqual(valuesIn(registry), {})
    const second = make()
    first.hits.inc()
    kept.inc()
    second.byKey.labels({ key: 'kept' })
    assert.deepEqual(valuesIn(registry), { 'again.byKey{key=kept}': 0, 'again.hits': 0 })
  })

  test('begin anew for an object whose parent has gone, as for one that was closed itself.', () => {
    const registry = new Registry()
    const [parent, child] = [{}, {}]
    const above = statsFor(parent, 'parent', { n: template.counter() }, { registry })
    statsFor(child, 'child', { hits: template.counter() }, { parent }).hits.inc()
    above.close()
    const again = statsFor(child, 'child', { hits: template.counter() }, { parent })
    again.hits.inc(5)
    assert.deepEqual(valuesIn(registry), { 'parent.child.hits': 5 })
    again.close()
    assert.deepEqual(valuesIn(registry), {})
    statsFor(child, 'other', { hits: template.counter() }, { registry }).hits.inc()
    assert.deepEqual(valuesIn(registry), { 'other.hits': 1 })
  })
})

describe('Statistics of objects are refused', () => {
  const registry = new Registry()
  const refused = { code: 'PLIMSOLL_OPTION_INVALID' }

  test('for a parent without any, an id that has no place, another path of the same object, a key that is a method.', () => {
    const one = {}
    statsFor(one, 'one', { n: template.counter() }, { registry })
    assert.throws(() => statsFor({}, 'thread-{}', { n: template.counter() }, { registry, parent: {} }), refused)
    assert.throws(() => statsFor({}, 'thread', { n: template.counter() }, { registry, id: 3 }), refused)
    assert.throws(() => statsFor(one, 'other', { n: template.counter() }, { registry }), refused)
    assert.throws(() => statsFor({}, 'other', { close: template.counter() } as never, { registry }), refused)
    assert.throws(() => statsFor({}, 'other', { n: template.counter({ maxSeries: 0 }) }, { registry }), refused)
  })

  test('for what is no object.', () => {
    for (const one of ['x', 3, null, undefined]) {
      assert.throws(() => statsFor(one as unknown as object, 'x', { n: template.counter() }), {
        message: `Invalid object for x: ${JSON.stringify(one)}. Expected the object that the statistics are of, such as this.`,
      })
    }
  })

  test('for wrong names, and leave nothing behind.', () => {
    const own = new Registry()
    const wrong = { code: 'PLIMSOLL_NAME_INVALID' }
    assert.throws(() => statsFor({}, 'GET /', { n: template.counter() }, { registry: own }), wrong)
    assert.throws(() => statsFor({}, '{}', { n: template.counter() }, { registry: own }), wrong)
    assert.throws(() => statsFor({}, 'fine', { 'a b': template.counter() }, { registry: own }), wrong)
    assert.throws(() => statsFor({}, 7 as unknown as string, { n: template.counter() }, { registry: own }), wrong)
    assert.throws(() => statsFor({}, 'fine-{}', { n: template.counter({ labels: ['object'] }) }, { registry: own }), {
      code: 'PLIMSOLL_LABEL_INVALID',
    })
    assert.deepEqual(own.read().families, [])
    statsFor({}, 'fine-{}', { n: template.counter() }, { registry: own })
    assert.deepEqual(valuesIn(own), { 'fine.n{object=/fine-0}': 0 })
  })

  test('where a name is taken by another kind or in another way, with the lines of both declarations in the app.', () => {
    const own = new Registry()
    collection('shop', { sales: template.counter() }, { registry: own })
    const conflict = (declare: () => unknown, expected: RegExp): void => {
      assert.throws(declare, (error) => {
        assert(error instanceof PlimsollError && error.code === 'PLIMSOLL_FAMILY_CONFLICT')
        assert.match(error.message, expected)
        return true
      })
    }
    conflict(
      () => statsFor({}, 'shop', { sales: template.gauge() }, { registry: own }),
      /kind "gauge" at .*object-stats\.test\.js:\d+:\d+\)?, kind "counter" at .*object-stats\.test\.js:\d+/,
    )
    conflict(
      () => statsFor({}, 'shop', { sales: sumOfChildren(template.counter()) }, { registry: own }),
      /: metrics that count for other objects, too, at .*object-stats\.test\.js.* count alone at .*object-stats\.test\.js/,
    )
  })
})
