import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, defaultRegistry, PlimsollError, Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

/** The code of what `declare` throws. */
function codeOf(declare: () => unknown): string | undefined {
  try {
    declare()
  } catch (error) {
    return error instanceof PlimsollError ? error.code : String(error)
  }
  return undefined
}

test('Declaring a name again gives the same metric back, with slashes or dots', () => {
  const registry = new Registry()
  const first = registry.counter('web.hits', { help: 'Hits', unit: '{hit}' })
  assert.equal(registry.counter('web.hits'), first)
  assert.equal(registry.counter('web/hits', { help: 'Hits' }), first)
  assert.equal(registry.counter('/web/hits', { maxSeries: 2000 }), first)
  const labelled = registry.timer('web.latency', { labels: ['route'] })
  assert.equal(registry.timer('web.latency', { labels: ['route'] }), labelled)
})

test('Declaring a name differently throws and names both places', () => {
  const registry = new Registry()
  registry.counter('web.hits', { help: 'Hits' })
  const conflicts = [
    () => registry.gauge('web.hits'),
    () => registry.counter('web.hits', { labels: ['route'] }),
    () => registry.counter('web.hits', { help: 'Others' }),
    () => registry.counter('web.hits', { unit: 'By' }),
    () => registry.counter('web.hits', { maxSeries: 3 }),
  ]
  for (const declare of conflicts) assert.equal(codeOf(declare), 'PLIMSOLL_FAMILY_CONFLICT')
  assert.throws(
    conflicts[0] as () => void,
    /: Conflicting declarations of web\.hits: kind "gauge" at .*registry\.test.*, kind "counter" at .*registry\.test/,
  )
})

test('Names are letters, digits, "_" and "-" in parts, and not plimsoll\'s own', () => {
  const registry = new Registry()
  for (const name of [
    '',
    '.',
    'a..b',
    'a.',
    '.a',
    '1a',
    'a b',
    'ä',
    '//a',
    'a\n',
    'x'.repeat(201),
    7,
    null,
    undefined,
  ]) {
    assert.equal(
      codeOf(() => registry.counter(name as string)),
      'PLIMSOLL_NAME_INVALID',
      String(name),
    )
  }
  assert.equal(
    codeOf(() => registry.counter('plimsoll.mine')),
    'PLIMSOLL_NAME_RESERVED',
  )
  for (const name of ['a', 'A-1.b_c.9', 'x'.repeat(200)])
    assert.equal(
      codeOf(() => registry.counter(name)),
      undefined,
    )
})

test('Labels are checked when they are declared', () => {
  const registry = new Registry()
  const wrong = [
    ['le'],
    ['quantile'],
    ['overflow'],
    ['evicted'],
    ['__name'],
    ['a b'],
    ['1'],
    ['a', 'a'],
    [''],
    [7],
    [null],
  ]
  for (const labels of wrong) {
    assert.equal(
      codeOf(() => registry.counter('c', { labels: labels as string[] })),
      'PLIMSOLL_LABEL_INVALID',
    )
  }
  assert.equal(
    codeOf(() => registry.counter('c', { labels: 'route' as never })),
    'PLIMSOLL_OPTION_INVALID',
  )
})

test('Options are checked when they are declared, and the message contains what is expected', () => {
  const registry = new Registry()
  const wrong: Record<string, unknown>[] = [
    { help: 7 },
    { unit: 7 },
    { maxSeries: 0 },
    { maxSeries: 1.5 },
    { maxSeries: '7' },
    { buckets: [] },
    { buckets: [2, 1] },
    { buckets: [1, 1] },
    { buckets: [Number.NaN] },
    { buckets: [Number.POSITIVE_INFINITY] },
    { buckets: ['1'] },
    { buckets: 3 },
  ]
  for (const options of wrong) {
    assert.equal(
      codeOf(() => registry.histogram('h', options)),
      'PLIMSOLL_OPTION_INVALID',
      JSON.stringify(options),
    )
  }
  assert.throws(() => registry.histogram('h', { buckets: [2, 1] }), {
    message: 'Invalid buckets for histogram "h": [2,1]. Expected 1 to 1,000 finite numbers in ascending order.',
  })
})

test('A gauge that is an up-down counter is added up over processes', () => {
  const registry = new Registry()
  registry.gauge('open', { upDownCounter: true }).inc(2)
  const [open] = registry.read().families
  assert.ok(open?.kind === 'gauge' && open.upDownCounter === true)
  assert.throws(() => registry.gauge('g', { upDownCounter: true, aggregation: 'max' }), {
    code: 'PLIMSOLL_OPTION_INVALID',
    message: /false, or true with the aggregation "sum"/,
  })
})

test('Unknown options are errors that suggest the right name', () => {
  const registry = new Registry()
  assert.throws(() => registry.counter('c', { labelName: ['a'] } as never), {
    code: 'PLIMSOLL_OPTION_UNKNOWN',
    message:
      'Unknown option "labelName" for counter "c". Did you mean "labels"? Known options: help, unit, maxSeries, labels, expireAfterSeconds, exemplars.',
  })
  const wrong = [
    () => registry.counter('c', { aggregation: 'max' } as never),
    () => registry.gauge('g', { buckets: [1] } as never),
    () => registry.histogram('h', { bounds: [1] } as never),
  ]
  for (const declare of wrong) assert.equal(codeOf(declare), 'PLIMSOLL_OPTION_UNKNOWN')
  assert.equal(
    codeOf(() => registry.timer('t', { unit: 'ms' } as never)),
    'PLIMSOLL_OPTION_INVALID',
  )
  assert.equal(
    codeOf(() => registry.timer('t', { unit: 's' } as never)),
    undefined,
  )
})

test('Registries know nothing of each other', () => {
  const one = new Registry()
  const other = new Registry()
  one.counter('a').inc()
  other.gauge('a').set(7)
  assert.deepEqual(
    [one, other].map((registry) => registry.read().families.map(({ kind, series }) => [kind, series])),
    [[['counter', [{ labels: {}, value: 1 }]]], [['gauge', [{ labels: {}, value: 7 }]]]],
  )
})

test('A snapshot has all families, sorted by name, and the time of the clock', () => {
  const registry = new Registry({ clock: new ManualClock(1_800_000_000) })
  registry.timer('z')
  registry.counter('b', { help: 'Bees', unit: '{bee}' }).inc()
  registry.gauge('a', { labels: ['x'] })
  const { families, ...rest } = registry.read()
  assert.deepEqual(rest, { version: 1, takenAt: 1_800_000_000, pages: [] })
  assert.deepEqual(families, [
    { name: 'a', kind: 'gauge', unit: '', help: '', labelNames: ['x'], aggregation: 'sum', series: [] },
    { name: 'b', kind: 'counter', unit: '{bee}', help: 'Bees', labelNames: [], series: [{ labels: {}, value: 1 }] },
    {
      name: 'z',
      kind: 'timer',
      unit: 's',
      help: '',
      labelNames: [],
      series: [{ labels: {}, count: 0, sum: 0, buckets: { scale: 5, zero: 0, offset: 0, counts: [] } }],
    },
  ])
})

test('A snapshot stays as it was when the metrics go on', () => {
  const registry = new Registry()
  const hits = registry.counter('hits')
  hits.inc()
  const before = registry.read()
  hits.inc()
  assert.deepEqual(before.families[0]?.series, [{ labels: {}, value: 1 }])
})

test('The functions of the package declare in the default registry', () => {
  assert.equal(counter('mails.sent'), defaultRegistry.counter('mails.sent'))
})

test('An app that changes how stacks look can declare and record all the same', (t) => {
  const { prepareStackTrace } = Error
  t.after(() => {
    Error.prepareStackTrace = prepareStackTrace
  })
  const registry = new Registry()
  const hits = registry.counter('hits')
  const ways = [
    (_: Error, frames: NodeJS.CallSite[]) => frames,
    () => undefined,
    () => {
      throw new Error('on purpose')
    },
  ]
  for (const [i, way] of ways.entries()) {
    Error.prepareStackTrace = way
    registry.counter(`hits.${i}`)
    hits.add(Number.NaN)
  }
  Error.prepareStackTrace = prepareStackTrace
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'hits', reason: 'value' }, value: 3 }])
})
