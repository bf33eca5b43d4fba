import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import * as plimsoll from 'plimsoll'
import * as comparisons from 'plimsoll/compare'
import * as fleets from 'plimsoll/fleet'
import * as formats from 'plimsoll/formats'
import * as mmstats from 'plimsoll/mmstats'
import * as objects from 'plimsoll/objects'
import * as pages from 'plimsoll/page'
import * as snapshots from 'plimsoll/snapshot'
import * as testing from 'plimsoll/testing'
import * as zeromq from 'plimsoll/zeromq'

// No type keeps anything away.
// biome-ignore lint/suspicious/noExplicitAny: that is the point.
type Any = any
type Call = (...args: Any[]) => unknown

const { PlimsollError, Registry } = plimsoll as Any

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-arguments-'))
after(() => rmSync(folder, { recursive: true }))
const here = process.cwd()
// A text may be taken for a path, and nothing for the default directory.
process.chdir(folder)
process.env['PLIMSOLL_DIR'] = folder
after(() => process.chdir(here))

const wrong: readonly unknown[] = [
  undefined,
  null,
  0,
  1.5,
  Number.NaN,
  '',
  'x',
  'x/?',
  true,
  3n,
  Symbol('wrong'),
  {},
  [],
  [null],
  ['a', null],
  () => {},
  { nonsense: 1 },
  { labels: null },
  { x: undefined },
  Object.create(null),
]

/** Arguments that are right, and all lists in which one of them is wrong, or missing with those behind it. */
function variants(...good: readonly unknown[]): unknown[][] {
  const bad = good.flatMap((_, i) => [
    good.slice(0, i),
    ...wrong.map((value) => [...good.slice(0, i), value, ...good.slice(i + 1)]),
  ])
  return [[...good], ...bad]
}

/** Options each of which is wrong in turn, as the only argument. */
function withOptions(names: string, others: object = {}): unknown[][] {
  return names.split(' ').flatMap((name) => wrong.map((value) => [{ ...others, [name]: value }]))
}

const registry = (): Any => new Registry()
const quiet = { onWarning: () => {} }
const inFolder = { ...quiet, path: folder, filename: 'x' }
const sample = ((): Any => {
  const source = registry()
  source
    .counter('requests', { labels: ['route'] })
    .labels({ route: '/' })
    .inc()
  source.histogram('sizes').record(1)
  return source.read()
})()
const series = sample.families.find(({ name }: Any) => name === 'sizes').series[0]
const sources = new Map([['a', sample]])
const local = 'tcp://127.0.0.1:*'
const ofKinds =
  'help unit maxSeries labels expireAfterSeconds aggregation type extremes removeAtZero buckets recent exemplars window states capacity'
const kinds = ['counter', 'gauge', 'meter', 'histogram', 'timer', 'average', 'state', 'text'] as const
const required = (kind: string): object => (kind === 'state' ? { states: ['a', 'b'] } : {})

// biome-ignore-start lint/performance/noDynamicNamespaceImportAccess: nothing is bundled.
/** What sets something up, or reads, and with which arguments. */
const setUp: readonly (readonly [name: string, call: Call, calls: unknown[][]])[] = [
  ...kinds.flatMap((kind): [string, Call, unknown[][]][] => [
    [`${kind}()`, plimsoll[kind], variants(`of.${kind}`, required(kind))],
    [`registry.${kind}()`, (...given) => registry()[kind](...given), variants('x', required(kind))],
    [
      `registry.${kind}() with options`,
      (options) => registry()[kind]('x', options),
      withOptions(ofKinds, required(kind)),
    ],
  ]),
  ['info()', plimsoll.info, variants('build', { version: 1 }, {})],
  ['registry.info()', (...given) => registry().info(...given), variants('build', { version: 1 }, {})],
  ['registry.remove()', (...given) => registry().remove(...given), variants('x')],
  [
    'new Registry()',
    (...given) => new Registry(...given).timer('x').start(),
    [...variants({}), ...withOptions('clock')],
  ],
  ['collection()', objects.collection, variants('web', { hits: objects.template.counter() }, { registry: registry() })],
  ['collection() of', (templates) => objects.collection('web', templates), withOptions('template')],
  [
    'collection() in',
    (options) => objects.collection('web', { hits: objects.template.counter() }, options),
    withOptions('registry'),
  ],
  ['Metered()', extended, variants('web.{}', { hits: objects.template.counter() }, { registry: registry() })],
  [
    'Metered() with',
    (options) => extended('m.{}', { hits: objects.template.counter() }, options),
    withOptions('base registry'),
  ],
  ['metered()', decorated, variants('web.{}.hits', objects.template.counter(), { registry: registry() })],
  ['metered() in', (options) => decorated('m.{}.hits', objects.template.counter(), options), withOptions('registry')],
  ['statsFor()', objects.statsFor, variants({}, '/p', { hits: objects.template.counter() }, { registry: registry() })],
  ['statsFor() with', statsWith, withOptions('parent id registry')],
  ['sumOfChildren()', objects.sumOfChildren, variants(objects.template.counter())],
  ['childrenByValue()', objects.childrenByValue, variants({})],
  [
    'gauge.observe()',
    (...given) =>
      registry()
        .gauge('x')
        .observe(...given),
    variants(() => 1),
  ],
  [
    'timer.warnAbove()',
    (...given) =>
      registry()
        .timer('x')
        .warnAbove(...given),
    variants(0.99, () => {}),
  ],
  [
    'timer.quantile()',
    (...given) =>
      registry()
        .timer('x')
        .quantile(...given),
    variants(0.5),
  ],
  [
    'publish()',
    (options) => published({ dir: folder, ...options }),
    withOptions('registry app maxBytes labels onWarning'),
  ],
  ['publish() in', (options) => published(options), withOptions('dir')],
  [
    'publish() with',
    (options) => plimsoll.publish(options),
    wrong
      .filter((value) => value !== undefined && typeof value !== 'object')
      .concat(null)
      .map((value) => [value]),
  ],
  ['mergeSnapshots()', snapshots.mergeSnapshots, variants([sample])],
  ['tree()', snapshots.tree, variants(sample)],
  ['quantile()', snapshots.quantile, variants(series, 0.5).slice(wrong.length)],
  ['formatJson()', formats.formatJson, variants(sample, {})],
  ['formatPrometheus()', formats.formatPrometheus, variants(sample, {})],
  ['formatOpenMetrics()', formats.formatOpenMetrics, variants(sample, {})],
  ['formatTable()', formats.formatTable, variants(sample, {})],
  ['parseJson()', formats.parseJson, variants(formats.formatJson(sample))],
  ['openPage()', (...given) => (pages.openPage as Any)(...given).close(), variants(join(folder, 'none'), {})],
  ['readPage()', pages.readPage, variants(join(folder, 'none'), {})],
  ['readPages()', pages.readPages, variants([], {})],
  ['listPages()', pages.listPages, variants(folder)],
  ['fleet()', (...given) => readOnce((fleets.fleet as Any)(...given)), variants('app', { dir: folder })],
  [
    'fleet() with',
    (options) => readOnce(fleets.fleet('app', options)),
    withOptions('dir by retentionSeconds onWarning clock'),
  ],
  ['parseSelectors()', snapshots.parseSelectors, variants('a{b=c}.p99 > 1')],
  [
    'formatSelector()',
    snapshots.formatSelector,
    withOptions('family labels statistic comparison', { family: 'a', labels: [] }),
  ],
  ['matchSelector()', snapshots.matchSelector, variants('requests', sample)],
  ['byWorker()', snapshots.byWorker, variants([sample])],
  ['compare()', comparisons.compare, variants(sources, [{ metric: 'requests', compute: 'sum' }])],
  ['compare() by one rule', (rule) => comparisons.compare(sources, [rule]), variants({ metric: 'x', compute: 'sum' })],
  [
    'compare() by rules with',
    (rule) => comparisons.compare(sources, [rule]),
    withOptions('metric compute by quantiles', { metric: 'requests', compute: 'sum' }),
  ],
  ['formatComparison()', comparisons.formatComparison, variants(comparisons.compare(sources, []), {})],
  ['readSnapshots()', comparisons.readSnapshots, variants(folder)],
  ['collector()', zeromq.collector, variants({ bind: local })],
  ['collector() at', zeromq.collector, withOptions('bind')],
  [
    'collector() with',
    zeromq.collector,
    withOptions('curve goneAfterMs maxGone maxPublishers state onWarning clock', { bind: local }),
  ],
  ['collectorThread()', zeromq.collectorThread, wrong.map((value) => [value])],
  ['publisher()', zeromq.publisher, variants({ connect: 'tcp://127.0.0.1:1' })],
  [
    'publisher() with',
    zeromq.publisher,
    withOptions('source intervalMs curve app onWarning connect', { connect: 'tcp://127.0.0.1:1' }),
  ],
  ['new ManualClock()', (...given) => new (testing.ManualClock as Any)(...given), variants(1)],
  ['clock.advance()', (...given) => (new testing.ManualClock() as Any).advance(...given), variants(1)],
  ['clock.setUnixTime()', (...given) => (new testing.ManualClock() as Any).setUnixTime(...given), variants(1)],
  ['testRegistry.advance()', (...given) => (testing.createTestRegistry() as Any).advance(...given), variants(1)],
  [
    'mmstats()',
    (...given) => (mmstats.mmstats as Any)(...given).remove(),
    variants({ hits: mmstats.counter64() }, inFolder),
  ],
  [
    'mmstats() with',
    (options) => mmstats.mmstats({ hits: mmstats.counter64() }, options).remove(),
    withOptions('labelPrefix filename path mode onWarning defaultFields', inFolder),
  ],
  [
    'publishMmstats()',
    (...given) => (mmstats.publishMmstats as Any)(...given).remove(),
    variants(registry(), inFolder),
  ],
  [
    'publishMmstats() with',
    (options) => mmstats.publishMmstats(registry(), options).remove(),
    withOptions('intervalMs dir', inFolder),
  ],
  ...fieldKinds(),
  ['mmstatsFile()', mmstats.mmstatsFile, variants(folder, 'x')],
  ['listMmstats()', mmstats.listMmstats, variants(folder)],
  ['listUnfinished()', mmstats.listUnfinished, variants(folder)],
  ['mmstatsIn()', mmstats.mmstatsIn, variants(folder)],
  ['cleanMmstats()', mmstats.cleanMmstats, variants([], {})],
  ['isMmstats()', mmstats.isMmstats, variants(Buffer.of(1))],
  ['readMmstats()', mmstats.readMmstats, variants(join(folder, 'none'), {})],
  ['readMmstatsFields()', mmstats.readMmstatsFields, variants(join(folder, 'none'))],
]

function fieldKinds(): [string, Call, unknown[][]][] {
  const plain = ['counter64', 'uint8', 'int16', 'uint64', 'float32', 'float64', 'average'] as const
  const sized = ['bool', 'string', 'movingAverage', 'timer'] as const
  return [
    ...plain.map((kind): [string, Call, unknown[][]] => [`mmstats ${kind}()`, mmstats[kind], variants({ label: 'x' })]),
    ...sized.map((kind): [string, Call, unknown[][]] => [
      `mmstats ${kind}()`,
      mmstats[kind],
      variants(5, { label: 'x' }),
    ]),
    ['mmstats staticNumber()', mmstats.staticNumber, variants('uint64', 1, {})],
    ['mmstats staticText()', mmstats.staticText, variants('x', {})],
  ]
}

// biome-ignore-end lint/performance/noDynamicNamespaceImportAccess: nothing is bundled.

function extended(...given: readonly unknown[]): unknown {
  const Class = (objects.Metered as Any)(...given)
  return new (class Some extends Class {})()
}

function decorated(...given: readonly unknown[]): unknown {
  return (objects.metered as Any)(...given)(undefined, { static: false }).call(new (class Some {})())
}

function statsWith(options: object): unknown {
  return objects.statsFor({}, '/p-{}', { hits: objects.template.counter() }, { registry: registry(), ...options })
}

function published(options: object): void {
  plimsoll.publish({ registry: registry(), ...quiet, ...options }).close()
}

function readOnce(source: Any): void {
  source.read()
  source.close()
}

/** What went wrong otherwise than with an error of ours, as text. */
async function strangeFailures(call: Call, calls: readonly unknown[][]): Promise<string[]> {
  const found: string[] = []
  for (const given of calls) {
    try {
      const result = (await call(...given)) as Any
      if (call === zeromq.collector || call === zeromq.publisher) await result.close()
    } catch (error) {
      if (!(error instanceof PlimsollError)) found.push(`(${given.map(textOf).join(', ')}): ${(error as Any)?.stack}`)
    }
  }
  return found
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return typeof value
  }
}

describe('From plain JavaScript, with arguments that are missing, null or of another type,', () => {
  for (const [name, call, calls] of setUp) {
    test(`${name} does what it can, or throws a PlimsollError.`, async () => {
      assert.deepEqual(await strangeFailures(call, calls), [])
    })
  }
})

const told = registry()
const model = mmstats.mmstats(
  {
    counter64: mmstats.counter64(),
    uint8: mmstats.uint8(),
    int64: mmstats.int64(),
    float64: mmstats.float64(),
    float32: mmstats.float32(),
    bool: mmstats.bool(),
    average: mmstats.average(),
    movingAverage: mmstats.movingAverage(),
    string: mmstats.string(),
    timer: mmstats.timer(),
  },
  inFolder,
) as Any
after(() => model.remove())

/** What records, and its methods. */
const recording: readonly (readonly [name: string, metric: Any, methods: string])[] = [
  ['A counter', told.counter('counter', { exemplars: true }), 'inc add addWithExemplar'],
  ['A gauge', told.gauge('gauge'), 'set add inc dec'],
  ['A gauge with extremes', told.gauge('gauge2', { extremes: true, type: 'int' }), 'set add inc dec'],
  ['A gauge of the last value', told.gauge('gauge3', { aggregation: 'last', type: 'bool' }), 'set add inc dec'],
  ['A meter', told.meter('meter'), 'mark'],
  ['A histogram', told.histogram('histogram', { exemplars: true }), 'record recordWithExemplar'],
  ['One with bounds', told.histogram('bounds', { buckets: [1, 2], exemplars: true }), 'record recordWithExemplar'],
  ['A timer', told.timer('timer', { exemplars: true }), 'record recordWithExemplar start'],
  ['A stopwatch', told.timer('timer').start(), 'stop discard'],
  ['An average', told.average('average'), 'record'],
  ['An average of values', told.average('average2', { window: { values: 3 } }), 'record'],
  ['An average of seconds', told.average('average3', { window: { seconds: 15 } }), 'record'],
  ['A state', told.state('state', { states: ['a', 'b'] }), 'set acquire'],
  ['A text', told.text('text'), 'set'],
  ['A family', told.counter('family', { labels: ['a'] }), 'labels remove'],
  ['A family that expires', told.gauge('expiring', { labels: ['a'], expireAfterSeconds: 60 }), 'labels remove'],
  [
    'A sum',
    objects.statsFor({}, '/p', { n: objects.template.counter({ labels: ['a'] }) }, { registry: told }).n,
    'labels',
  ],
  ['An mmstats counter', model.counter64, 'inc set'],
  ['An mmstats integer', model.uint8, 'set add'],
  ['An mmstats integer of 64 bits', model.int64, 'set'],
  ['An mmstats float', model.float64, 'set add'],
  ['An mmstats float of 32 bits', model.float32, 'set'],
  ['An mmstats bool', model.bool, 'set'],
  ['An mmstats average', model.average, 'add'],
  ['A moving average of mmstats', model.movingAverage, 'add'],
  ['An mmstats text', model.string, 'set'],
  ['An mmstats timer', model.timer, 'record start stop'],
]

describe('From plain JavaScript, whatever it is given,', () => {
  for (const [name, metric, methods] of recording) {
    test(`${name} records without throwing.`, () => {
      for (const method of methods.split(' ')) {
        for (const given of [[], ...variants(1, 1)]) metric[method](...given)
      }
    })
  }

  test('a registry can be read afterwards.', () => {
    assert.match(formats.formatPrometheus(told.read()), /plimsoll_rejected_total/)
  })
})
