import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { counter, defaultRegistry, type PlimsollError, Registry } from 'plimsoll'
import { collection, Metered, statsFor, template } from 'plimsoll/objects'
import { Counter } from '#src/metrics/kinds/counter.ts'
import { Timer } from '#src/metrics/kinds/timer.ts'
import { Template } from '#src/metrics/objects/template.ts'
import { Family } from '#src/metrics/registry/family.ts'

describe('A collection', () => {
  test('has a metric of each kind under its path and key, as the key is written.', () => {
    const registry = new Registry()
    const stats = collection(
      'web',
      {
        errors: template.counter({ help: 'Answers of 500 and more' }),
        openSockets: template.gauge({ aggregation: 'max' }),
        logins: template.meter(),
        sizes: template.histogram({ unit: 'By', buckets: [10, 100] }),
        latency: template.timer(),
        batch: template.average(),
        mode: template.state({ states: ['starting', 'serving'] }),
        lastError: template.text({ capacity: 64 }),
        build: template.info({ version: '1.2.0' }),
        byPath: template.counter({ labels: ['path'] }),
      },
      { registry },
    )
    stats.errors.inc()
    stats.mode.set('serving')
    stats.byPath.labels({ path: '/' }).inc(2)
    const { families } = registry.read()
    assert.deepEqual(
      families.map(({ name, kind }) => `${name} ${kind}`),
      [
        'web.batch average',
        'web.build info',
        'web.byPath counter',
        'web.errors counter',
        'web.lastError text',
        'web.latency timer',
        'web.logins meter',
        'web.mode state',
        'web.openSockets gauge',
        'web.sizes histogram',
      ],
    )
    assert.deepEqual(families[3], {
      name: 'web.errors',
      kind: 'counter',
      unit: '',
      help: 'Answers of 500 and more',
      labelNames: [],
      series: [{ labels: {}, value: 1 }],
    })
    assert.deepEqual(families[2]?.series, [{ labels: { path: '/' }, value: 2 }])
    assert.deepEqual(families[1]?.series, [{ labels: { version: '1.2.0' } }])
    assert(stats.errors instanceof Counter && stats.latency instanceof Timer && stats.byPath instanceof Family)
  })

  test('has the same metrics when it is declared again, also those that were declared by name.', () => {
    const registry = new Registry()
    const first = collection(
      '/web',
      { errors: template.counter(), byPath: template.counter({ labels: ['path'] }) },
      { registry },
    )
    const again = collection('web', { errors: template.counter() }, { registry })
    assert.equal(again.errors, first.errors)
    assert.equal(registry.counter('web.errors'), first.errors)
    assert.equal(registry.counter('web.byPath', { labels: ['path'] }), first.byPath)
  })

  test('is in the default registry unless it says another.', () => {
    const stats = collection('collection-test', { errors: template.counter() })
    assert.equal(counter('collection-test.errors'), stats.errors)
    assert.equal(defaultRegistry.counter('collection-test.errors'), stats.errors)
  })

  test('keeps its members: none can be put in the place of another.', () => {
    const stats = collection('web', { errors: template.counter() }, { registry: new Registry() })
    assert.throws(() => {
      Object.assign(stats, { errors: 1 })
    }, TypeError)
  })

  test('is refused where a name is taken by another kind, with the lines of both declarations in the app.', () => {
    const registry = new Registry()
    collection('web', { errors: template.counter() }, { registry })
    assert.throws(
      () => collection('web', { errors: template.gauge() }, { registry }),
      /: kind "gauge" at [^,]*collection\.test\.js:\d+:\d+\)?, kind "counter" at [^,]*collection\.test\.js:\d/,
    )
  })

  test('checks names and options when it names its metrics.', () => {
    const registry = new Registry()
    const codeOf = (declare: () => unknown): string | undefined => {
      try {
        declare()
      } catch (error) {
        return (error as PlimsollError).code
      }
      return undefined
    }
    assert.equal(
      codeOf(() => collection('web', { 'by path': template.counter() }, { registry })),
      'PLIMSOLL_NAME_INVALID',
    )
    assert.equal(
      codeOf(() => collection('', { errors: template.counter() }, { registry })),
      'PLIMSOLL_NAME_INVALID',
    )
    assert.equal(
      codeOf(() => collection('plimsoll', { errors: template.counter() }, { registry })),
      'PLIMSOLL_NAME_RESERVED',
    )
    assert.equal(
      codeOf(() => collection('web', { sizes: template.histogram({ buckets: [] }) }, { registry })),
      'PLIMSOLL_OPTION_INVALID',
    )
    assert.equal(
      codeOf(() => collection('web', { errors: template.counter({ labels: ['le'] }) }, { registry })),
      'PLIMSOLL_LABEL_INVALID',
    )
  })
})

describe('A function of the default registry', () => {
  test('says which of its templates is none, in whatever form metrics are declared.', () => {
    const registry = new Registry()
    const named = registry.counter('named')
    const refusal = (option: string, where: string, given: string): object => ({
      code: 'PLIMSOLL_OPTION_INVALID',
      message: `Invalid ${option} for ${where}: ${given}. Expected an object of templates, such as template.counter() or template.timer().`,
    })
    const wrong = { errors: template.counter(), named } as unknown as { named: Template<Counter> }
    assert.throws(() => collection('web', wrong, { registry }), refusal('templates.named', 'web', '{"value":0}'))
    assert.throws(() => statsFor({}, '/web', wrong, { registry }), refusal('templates.named', '/web', '{"value":0}'))
    assert.throws(() => Metered('web.{}', wrong, { registry }), refusal('templates.named', 'web.{}', '{"value":0}'))
    const none = undefined as unknown as typeof wrong
    assert.throws(() => collection('web', none, { registry }), refusal('templates', 'web', 'undefined'))
    assert.throws(() => statsFor({}, '/web', none, { registry }), refusal('templates', '/web', 'undefined'))
  })

  test('declares nothing without a name.', () => {
    const before = defaultRegistry.read().families.length
    assert(template.timer() instanceof Template && template.info({ version: '1' }) instanceof Template)
    assert.equal(defaultRegistry.read().families.length, before)
  })

  test('refuses what is neither a name nor options.', () => {
    assert.throws(() => counter(7 as unknown as string), { code: 'PLIMSOLL_NAME_INVALID' })
    assert.throws(() => counter(null as unknown as string), { code: 'PLIMSOLL_NAME_INVALID' })
  })
})

describe('The value of a counter and of a gauge', () => {
  test('can be set, and added to.', () => {
    const stats = collection(
      'web',
      { errors: template.counter(), open: template.gauge() },
      { registry: new Registry() },
    )
    stats.errors.value += 1
    stats.errors.value += 2.5
    stats.open.value += 1
    stats.open.value -= 3
    assert.deepEqual([stats.errors.value, stats.open.value], [3.5, -2])
  })

  test('stays as it is where a counter would fall, or get what is no number, and that is counted.', () => {
    const registry = new Registry()
    const stats = collection('web', { errors: template.counter(), open: template.gauge() }, { registry })
    stats.errors.value = 5
    for (const wrong of [4, -1, Number.NaN, Number.POSITIVE_INFINITY, '6' as unknown as number])
      stats.errors.value = wrong
    for (const wrong of [Number.NaN, Number.NEGATIVE_INFINITY, '6' as unknown as number]) stats.open.value = wrong
    stats.errors.value = 5
    const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
    assert.deepEqual(rejected?.series, [
      { labels: { family: 'web.errors', reason: 'value' }, value: 5 },
      { labels: { family: 'web.open', reason: 'value' }, value: 3 },
    ])
    assert.deepEqual([stats.errors.value, stats.open.value], [5, 0])
  })
})
