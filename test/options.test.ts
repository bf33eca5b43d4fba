import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { compare, formatComparison } from 'plimsoll/compare'
import { fleet } from 'plimsoll/fleet'
import {
  formatJson,
  formatOpenMetrics,
  formatPrometheus,
  formatPrometheusProtobuf,
  formatTable,
} from 'plimsoll/formats'
import { cleanMmstats, counter64, mmstats, openMmstats, publishMmstats, timer } from 'plimsoll/mmstats'
import { childrenByValue, collection, Metered, metered, statsFor, template } from 'plimsoll/objects'
import { openPage, readPages } from 'plimsoll/page'
import { collector, publisher } from 'plimsoll/zeromq'

const registry = new Registry()
const snapshot = registry.read()

/** What takes options, with one that is misspelled, and the option that was meant. */
const calls: readonly (readonly [where: string, call: (options: never) => unknown, given: string, meant: string])[] = [
  ['new Registry()', (options) => new Registry(options), 'clok', 'clock'],
  ['fleet()', (options) => fleet('shop', options), 'retentionSecond', 'retentionSeconds'],
  ['mmstats()', (options) => mmstats({ hits: counter64() }, options), 'labelprefix', 'labelPrefix'],
  ['publishMmstats()', (options) => publishMmstats(registry, options), 'intervalMS', 'intervalMs'],
  ['cleanMmstats()', (options) => cleanMmstats([], options), 'dryrun', 'dryRun'],
  ['openMmstats()', (options) => openMmstats('none', options), 'onDefects', 'onDefect'],
  ['a field of mmstats()', (options) => counter64(options), 'lable', 'label'],
  ['timer()', (options) => timer(10, options), 'clok', 'clock'],
  ['compare()', (options) => compare(new Map(), [options]), 'quantile', 'quantiles'],
  ['formatComparison()', (options) => formatComparison(compare(new Map(), []), options), 'colour', 'color'],
  ['formatPrometheus()', (options) => formatPrometheus(snapshot, options), 'bucketPerOctave', 'bucketsPerOctave'],
  ['formatOpenMetrics()', (options) => formatOpenMetrics(snapshot, options), 'create', 'created'],
  [
    'formatPrometheusProtobuf()',
    (options) => formatPrometheusProtobuf(snapshot, options),
    'defaultLabel',
    'defaultLabels',
  ],
  ['formatJson()', (options) => formatJson(snapshot, options), 'ident', 'indent'],
  ['formatTable()', (options) => formatTable(snapshot, options), 'maxSerie', 'maxSeries'],
  ['openPage()', (options) => openPage('none', options), 'clok', 'clock'],
  ['readPages()', (options) => readPages([], options), 'clok', 'clock'],
  ['collection()', (options) => collection('web', {}, options), 'register', 'registry'],
  ['Metered()', (options) => Metered('web.{}', {}, options), 'bases', 'base'],
  ['metered()', (options) => metered('web.{}', template.counter(), options), 'register', 'registry'],
  ['/web', (options) => statsFor({}, '/web', {}, options), 'parents', 'parent'],
  ['childrenByValue()', (options) => childrenByValue(options), 'maxSerie', 'maxSeries'],
  ['publisher()', (options) => publisher(options), 'connects', 'connect'],
  ['collector()', (options) => collector(options), 'maxPublisher', 'maxPublishers'],
]

for (const [where, call, given, meant] of calls) {
  test(`Unknown options of ${where} are errors that suggest the right name`, async () => {
    const misspelled = async (): Promise<unknown> => call({ [given]: 1 } as never)
    await assert.rejects(misspelled, ({ code, message }: Error & { code?: string }) => {
      const [start] = message.split(' Known options: ')
      const expected = `Unknown option "${given}" for ${where}. Did you mean "${meant}"?`
      assert.deepEqual({ code, start }, { code: 'PLIMSOLL_OPTION_UNKNOWN', start: expected })
      return true
    })
  })
}
