import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  formatPrometheus,
  formatPrometheusProtobuf,
  type LeftOut,
  prometheusProtobufContentType,
} from 'plimsoll/formats'
import type { DistributionFamilySnapshot, DistributionSeries, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { isExplicit } from 'plimsoll/snapshot'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { everyMeasure } from '../../support/measures.ts'
import { parseExposition } from '../../support/prometheus-parser.ts'
import { decodeFamilies, type Message } from '../../support/protobuf-decoder.ts'

const types = ['counter', 'gauge', 'summary', 'untyped', 'histogram']

function message(value: unknown): Message {
  return value as Message
}

/** Each number of a family as the text has it: name of the line, labels, value. */
function linesOf(family: Message): unknown[] {
  const name = String(family['name']?.[0])
  return (family['metric'] ?? []).flatMap((each) => {
    const { label = [], counter, gauge, summary, histogram } = message(each)
    const labels = Object.fromEntries(label.map((one) => [message(one)['name']?.[0], message(one)['value']?.[0]]))
    const plain = counter ?? gauge
    if (plain !== undefined) return [[name, labels, message(plain[0])['value']?.[0]]]
    const { sample_count: [count] = [], sample_sum: [sum] = [], bucket = [] } = message((summary ?? histogram)?.[0])
    const buckets = bucket.map((one) => {
      const { cumulative_count: [n] = [], upper_bound: [bound] = [] } = message(one)
      return [`${name}_bucket`, { ...labels, le: bound === Infinity ? '+Inf' : String(bound) }, n]
    })
    if (histogram !== undefined && message(bucket.at(-1))?.['upper_bound']?.[0] !== Infinity) {
      buckets.push([`${name}_bucket`, { ...labels, le: '+Inf' }, count])
    }
    return [...buckets, [`${name}_sum`, labels, sum], [`${name}_count`, labels, count]]
  })
}

/** Names that own labels have, that become legal, and that a format needs for itself. */
const defaultLabels = fc.dictionary(fc.constantFrom('a', 'route', 'x-y', 'le', 'window', 'exported_a'), fc.string(), {
  maxKeys: 3,
})

test('The protobuf messages have the names, types, labels, values and classic buckets of the text', () => {
  const property = fc.property(oddSnapshot, defaultLabels, (snapshot, labels) => {
    const bytes = formatPrometheusProtobuf(snapshot, { defaultLabels: labels })
    const parsed = parseExposition(formatPrometheus(snapshot, { defaultLabels: labels }), 'prometheus')
    const families = decodeFamilies(bytes).filter(({ metric = [] }) => metric.length > 0)
    assert.deepEqual(
      families.map((family) => [family['name']?.[0], types[Number(family['type']?.[0])], linesOf(family)]),
      parsed.map(({ name, type, samples }) => [
        name,
        type,
        samples.map((sample) => [sample.name, { ...sample.labels }, sample.value]),
      ]),
    )
  })
  fc.assert(property, { numRuns: 300 })
})

/** The buckets that a native histogram says: index of the upper bound and count, without empty ones. */
function nativeBuckets({ positive_span: spans = [], positive_delta: deltas = [] }: Message): [number, number][] {
  const found: [number, number][] = []
  let index = 0
  let count = 0
  let at = 0
  for (const span of spans) {
    const { offset: [offset] = [], length: [length] = [] } = message(span)
    index += Number(offset)
    for (let i = 0; i < Number(length); i++, index++) {
      count += Number(deltas[at++])
      if (count !== 0) found.push([index, count])
    }
  }
  assert.equal(at, deltas.length)
  return found
}

test('Native histograms have just the buckets that were recorded', () => {
  const property = fc.property(oddSnapshot, (snapshot) => {
    const leftOut = new Set<string>()
    const bytes = formatPrometheusProtobuf(snapshot, { onLeftOut: ({ name }) => leftOut.add(name) })
    const histograms = decodeFamilies(bytes).flatMap(({ metric = [] }) =>
      metric.flatMap((one) => message(one)['histogram'] ?? []).map(message),
    )
    const recorded = snapshot.families
      .filter(({ kind, name }) => (kind === 'histogram' || kind === 'timer') && !leftOut.has(name))
      .flatMap(({ series }) => series as readonly DistributionSeries[])
    assert.equal(histograms.length, recorded.length)
    for (const [i, { buckets, count }] of recorded.entries()) {
      const native = histograms[i] as Message
      if (isExplicit(buckets) || buckets.scale < -4) {
        assert.equal(native['schema'], undefined)
        continue
      }
      // Scales above 8 have no schema, and are joined.
      const shift = Math.max(0, buckets.scale - 8)
      const expected = new Map<number, number>()
      for (const [at, n] of buckets.counts.entries()) {
        const index = Math.floor((buckets.offset + at) / 2 ** shift) + 1
        if (n > 0) expected.set(index, (expected.get(index) ?? 0) + n)
      }
      assert.equal(native['schema']?.[0], buckets.scale - shift)
      assert.equal(native['zero_count']?.[0], buckets.zero)
      assert.equal(native['sample_count']?.[0], count)
      assert.deepEqual(nativeBuckets(native), [...expected])
    }
  })
  fc.assert(property, { numRuns: 300 })
})

test('Exemplars, units, help texts and creation times are there, and large counts whole', () => {
  const family = everyMeasure.families.find(({ name }) => name === 'web.latency') as DistributionFamilySnapshot
  const [first] = family.series as [DistributionSeries]
  const buckets = { scale: 1, zero: 2 ** 53 - 1 - first.count, offset: 0, counts: [first.count] }
  const large = { ...first, labels: { route: '/large' }, count: 2 ** 53 - 1, buckets }
  const families = [
    { ...family, series: [first, large] },
    ...everyMeasure.families.filter(({ name }) => name === 'web.hits'),
  ]
  const [latency, hits] = decodeFamilies(formatPrometheusProtobuf({ ...everyMeasure, families }, { created: true }))
  assert.deepEqual([latency?.['help'], latency?.['unit']], [['Time to answer'], ['seconds']])
  const [one, two] = (latency?.['metric'] ?? []).map((each) => message(message(each)['histogram']?.[0]))
  const created = { seconds: [1789999000], nanos: [250_000_000] }
  assert.deepEqual(one?.['created_timestamp'], [created])
  assert.deepEqual(one?.['exemplars'], [
    {
      label: [{ name: ['trace_id'], value: ['00aa'] }],
      value: [0.75],
      timestamp: [{ seconds: [1789999990], nanos: [0] }],
    },
    { value: [1.75], timestamp: [{ seconds: [1789999998], nanos: [0] }] },
  ])
  assert.deepEqual(two?.['sample_count'], [2 ** 53 - 1])
  const counter = message(message(hits?.['metric']?.[0])['counter']?.[0])
  assert.deepEqual(counter['created_timestamp'], [created])
  assert.deepEqual(message(counter['exemplar']?.[0])['value'], [1])
})

test('A state whose name is a megabyte becomes a message in proportion, and the rest is reported', () => {
  const series = Array.from({ length: 3000 }, (_, i) => {
    return { labels: { pool: `${i}` }, value: 'idle', seconds: {}, processes: {}, users: 0 }
  })
  const states = ['idle', 'x'.repeat(1_000_000)]
  const head = { name: 'pool.state', unit: '', help: '', labelNames: ['pool'] }
  const families: FamilySnapshot[] = [{ ...head, kind: 'state', states, series }]
  const leftOut: LeftOut[] = []
  const snapshot: Snapshot = { version: 1, takenAt: 0, pages: [], families }
  const bytes = formatPrometheusProtobuf(snapshot, { onLeftOut: (one) => leftOut.push(one) })
  assert.ok(bytes.length < 100_000_000, `${bytes.length} bytes`)
  assert.deepEqual(new Set(leftOut.map(({ name }) => name)), new Set(['pool.state']))
  assert.equal(decodeFamilies(bytes).length, 4)
})

test('The content type is the one that Prometheus asks for', () => {
  assert.equal(
    prometheusProtobufContentType,
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  )
})
