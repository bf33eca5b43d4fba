import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatPrometheus, formatRemoteWrite, type RemoteWriteOptions } from 'plimsoll/formats'
import type { DistributionSeries, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { isExplicit, toNativeHistogram } from 'plimsoll/snapshot'
import { type RemoteWriteEncoding, remoteWriteChunks } from '#src/formats/remote-write/remote-write.ts'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { everyMeasure } from '../../support/measures.ts'
import { parseExposition } from '../../support/prometheus-parser.ts'
import {
  decodeMetadata,
  decodeWriteRequest,
  labelsOf,
  uncompressed,
  type WrittenSeries,
} from '../../support/remote-write.ts'

function written(snapshot: Snapshot, options: RemoteWriteOptions = {}): WrittenSeries[] {
  return decodeWriteRequest(uncompressed(formatRemoteWrite(snapshot, options)))
}

function encoded(snapshot: Snapshot, options: Partial<RemoteWriteEncoding>): WrittenSeries[] {
  const defaults = {
    exposition: {},
    histograms: 'native',
    labels: {},
    time: 5000,
    isEnd: false,
    exemplarsSince: 0,
  } as const
  const chunks = [...remoteWriteChunks(snapshot, { ...defaults, ...options })]
  const series = chunks.map(({ bytes }) => decodeWriteRequest(bytes))
  assert.deepEqual(
    series.map(({ length }) => length),
    chunks.map(({ series }) => series),
  )
  return series.flat()
}

/** A snapshot of one family. */
function one(family: object): Snapshot {
  const head = { name: 'x', unit: '', help: '', labelNames: [] }
  return { ...everyMeasure, families: [{ ...head, ...family } as unknown as FamilySnapshot] }
}

/** The lines of the Prometheus text, as series: without empty labels, and of those that then are the same the first. */
function linesOf(snapshot: Snapshot): [labels: string, value: unknown][] {
  const samples = parseExposition(formatPrometheus(snapshot), 'prometheus').flatMap((family) => family.samples)
  const lines = new Map<string, unknown>()
  for (const { name, labels, value } of samples) {
    const pairs = Object.entries({ ...labels, __name__: name }).filter(([, text]) => text !== '')
    const key = JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
    if (!lines.has(key)) lines.set(key, value)
  }
  return [...lines]
}

test('The series have the names, labels and values of the Prometheus text, sorted and without empty labels', () => {
  const property = fc.property(oddSnapshot, (snapshot) => {
    const series = written(snapshot)
    assert.deepEqual(
      series.map(({ labels, value }) => [JSON.stringify(labels), value]),
      linesOf(snapshot),
    )
    for (const { labels, time } of series) {
      assert.deepEqual(
        labels.map(([name]) => name),
        labels.map(([name]) => name).sort(),
      )
      assert.equal(new Set(labels.map(([name]) => name)).size, labels.length)
      assert.equal(time, Math.round(snapshot.takenAt * 1000))
    }
  })
  fc.assert(property, { numRuns: 300 })
})

const types = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset']

test('Each metric has the type, the help and the name that it has in the Prometheus text, and its unit', async () => {
  const found = await decodeMetadata(uncompressed(formatRemoteWrite(everyMeasure)))
  const inText = [...formatPrometheus(everyMeasure).matchAll(/^(?:# HELP (\S+) (.*)\n)?# TYPE (\S+) (\w+)$/gm)]
  assert.ok(inText.length > 10)
  assert.deepEqual(
    found.map(({ metricFamilyName, type, help }) => [metricFamilyName, types[type], help]),
    inText.map(([, , help = '', name, type]) => [name, type, help]),
  )
  const unitOf = (name: string): unknown => found.find((one) => one.metricFamilyName === name)?.unit
  assert.deepEqual([unitOf('web_latency_seconds'), unitOf('web_hits_total')], ['seconds', ''])
  const property = fc.asyncProperty(oddSnapshot, async (snapshot) => {
    const metadata = await decodeMetadata(uncompressed(formatRemoteWrite(snapshot)))
    const all = new Map(metadata.map((one) => [one.metricFamilyName, one]))
    for (const { name, type, samples } of parseExposition(formatPrometheus(snapshot), 'prometheus')) {
      if (samples.length > 0) assert.equal(types[all.get(name)?.type ?? 0], type)
    }
  })
  await fc.assert(property, { numRuns: 50 })
})

test('No two series of a request are the same, whatever its own labels are called', () => {
  const labels = { job: 'shop', instance: 'a:7', a: 'fixed', empty: '' }
  const property = fc.property(
    oddSnapshot,
    fc.constantFrom('classic' as const, 'native' as const),
    (snapshot, histograms) => {
      const all = written(snapshot, { labels, histograms }).map((series) => JSON.stringify(series.labels))
      assert.equal(new Set(all).size, all.length)
      for (const each of all) assert.match(each, /\["a","fixed"\].*\["instance","a:7"\].*\["job","shop"\]/)
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test('A label of a metric that has the name of one of all series becomes exported_…', () => {
  const series = [{ labels: { job: 'own', exported_job: 'too', Zone: 'eu' }, value: 3 }]
  const [only] = written(one({ kind: 'counter', labelNames: ['job', 'exported_job', 'Zone'], series }), {
    labels: { job: 'shop', instance: '' },
  })
  assert.deepEqual(only?.labels, [
    ['Zone', 'eu'],
    ['__name__', 'x_total'],
    ['exported_exported_job', 'own'],
    ['exported_job', 'too'],
    ['job', 'shop'],
  ])
})

test('Native histograms have the buckets that were recorded, with exemplars in the order of time', () => {
  const property = fc.property(oddSnapshot, (snapshot) => {
    const found = encoded(snapshot, {}).filter(({ histogram }) => histogram !== undefined)
    const recorded = snapshot.families
      .filter(({ kind }) => kind === 'histogram' || kind === 'timer')
      .flatMap(({ series }) => series as readonly DistributionSeries[])
      .flatMap((series) => {
        const native = isExplicit(series.buckets) ? undefined : toNativeHistogram(series.buckets)
        return native === undefined ? [] : [{ ...series, native }]
      })
    // Names that collide are left out, and so is what has the labels of another one.
    assert.ok(found.length <= recorded.length)
    for (const { histogram = {}, exemplars } of found) {
      const fits = recorded.some(({ count, sum, native }) => {
        const same = histogram['count_int']?.[0] === count && histogram['sum']?.[0] === sum
        return same && JSON.stringify(histogram['positive_deltas'] ?? []) === JSON.stringify(native.positiveDeltas)
      })
      assert.ok(fits)
      const times = exemplars.map(({ timestamp = [] }) => Number(timestamp[0]))
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
    }
  })
  fc.assert(property, { numRuns: 200 })
})

test('A native histogram has the fields of prompb', () => {
  const exemplars = [
    { labels: { trace_id: 'b' }, value: 1, time: 4 },
    { labels: { trace_id: 'a' }, value: 2, time: 3 },
    { labels: { trace_id: 'old' }, value: 3, time: 2 },
  ]
  const series = { labels: {}, count: 5, sum: 9, min: 0, max: 4, exemplars }
  const buckets = { scale: 0, zero: 1, offset: -1, counts: [1, 0, 0, 3] }
  const [only] = encoded(one({ kind: 'histogram', series: [{ ...series, buckets }] }), { exemplarsSince: 2 })
  assert.deepEqual(only?.histogram, {
    count_int: [5],
    sum: [9],
    schema: [0],
    zero_threshold: [2 ** -1022 - 2 ** -1074],
    zero_count_int: [1],
    positive_spans: [
      { offset: [0], length: [1] },
      { offset: [2], length: [1] },
    ],
    positive_deltas: [1, 2],
    timestamp: [5000],
  })
  assert.deepEqual(
    only?.exemplars.map(({ labels, value, timestamp }) => [labelsOf(labels as never), value, timestamp]),
    [
      [[['trace_id', 'a']], [2], [3000]],
      [[['trace_id', 'b']], [1], [4000]],
    ],
  )
})

test('All series end with the stale NaN, and nothing else does', () => {
  // Little-endian.
  const staleNan = Buffer.from('020000000000f07f', 'hex')
  const count = (bytes: Uint8Array): number =>
    Buffer.from(bytes).toString('latin1').split(staleNan.toString('latin1')).length - 1
  for (const histograms of ['native', 'classic'] as const) {
    const options = { exposition: {}, histograms, labels: {}, time: 5000, exemplarsSince: 0 }
    const nan = one({ kind: 'gauge', aggregation: 'sum', series: [{ labels: {}, value: Number.NaN }] })
    for (const snapshot of [everyMeasure, nan]) {
      const [live] = [...remoteWriteChunks(snapshot, { ...options, isEnd: false })]
      const [end] = [...remoteWriteChunks(snapshot, { ...options, isEnd: true })]
      assert.ok(live !== undefined && end !== undefined)
      assert.equal(count(live.bytes), 0)
      assert.equal(count(end.bytes), end.series)
      assert.equal(end.series, live.series)
      for (const { labels, exemplars } of decodeWriteRequest(end.bytes)) {
        assert.ok(labels.length > 0)
        assert.deepEqual(exemplars, [])
      }
    }
  }
})

test('A series of which the samples have too many characters of labels is left out, and so is one that is there already', () => {
  const leftOut: unknown[] = []
  const exposition = { onLeftOut: (each: unknown) => leftOut.push(each) }
  const long = {
    labels: { a: 'x'.repeat(2 ** 20) },
    count: 0,
    sum: 0,
    buckets: { scale: 5, zero: 0, offset: 0, counts: [] },
  }
  const timer = one({ kind: 'timer', labelNames: ['a'], series: [long, { ...long, labels: { a: '1' } }] })
  assert.equal(encoded(timer, { exposition, histograms: 'classic' }).length, 35)
  assert.equal(encoded(timer, { exposition, histograms: 'native' }).length, 2)
  const same = [{ a: '', b: '1' }, { b: '1' }].map((labels, i) => ({ labels, value: i }))
  const series = encoded(one({ kind: 'counter', labelNames: ['a', 'b'], series: same }), { exposition })
  assert.deepEqual(
    series.map(({ value }) => value),
    [0],
  )
  const reason = 'labels of some series are too long, or the same as those of another one'
  assert.deepEqual(leftOut, [
    { name: 'x', series: 1, reason },
    { name: 'x', series: 1, reason },
  ])
})

test('An invalid option is an error', () => {
  for (const options of [
    { histograms: 'both' },
    { labels: { 'a-b': 'x' } },
    { labels: { __name__: 'x' } },
    { buckets: { x: [] } },
  ]) {
    assert.throws(() => formatRemoteWrite(everyMeasure, options as never), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
})
