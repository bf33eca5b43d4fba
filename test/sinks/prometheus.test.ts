import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { type RemoteWriteSinkOptions, remoteWrite, type Sink } from 'plimsoll/sinks'
import type { DistributionSeries, Snapshot } from 'plimsoll/snapshot'
import { exponentialBound, isExplicit } from 'plimsoll/snapshot'
import { needsPackage } from '../support/debian.ts'
import { everyMeasure } from '../support/measures.ts'
import { parseExposition } from '../support/prometheus-parser.ts'
import { deliver, deliveryFor, family, many, oddValues, snapshotAt } from './deliveries.ts'
import { until } from './receivers/program.ts'
import { type Prometheus, startPrometheus } from './receivers/prometheus.ts'
import { startVictoriaMetrics } from './receivers/victoria-metrics.ts'

const command = needsPackage('prometheus', 'prometheus')
const now = Math.floor(Date.now() / 1000)

describe('Prometheus, by remote write', { skip: 'missing' in command && command.missing }, () => {
  let prometheus: Prometheus
  before(async () => {
    prometheus = await startPrometheus((command as { path: string }).path)
  })
  after(() => prometheus?.stop())

  function open(job: string, options: RemoteWriteSinkOptions = {}): Sink {
    return remoteWrite(prometheus.origin, { job, instance: 'test', ...options })
  }

  /** All series of a job, as the text has them. */
  async function stored(job: string, time: number): Promise<Map<string, number>> {
    const results = await prometheus.query(`{job="${job}"}`, time)
    return new Map(
      results.flatMap(({ metric, value }) => {
        const { job: _, instance: __, __name__: name, ...labels } = metric
        return value === undefined ? [] : [[keyOf(name ?? '', labels), Number(value[1])] as const]
      }),
    )
  }

  function linesOf(snapshot: Snapshot): Map<string, number> {
    const samples = parseExposition(formatPrometheus(snapshot), 'prometheus').flatMap((each) => each.samples)
    return new Map(samples.map(({ name, labels, value }) => [keyOf(name, labels), Number(value)]))
  }

  function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
    const pairs = Object.entries(labels).filter(([, value]) => value !== '')
    return `${name}${JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))}`
  }

  test('stores what the Prometheus text says, of each kind', async () => {
    const snapshot = { ...everyMeasure, takenAt: now }
    const sink = open('text')
    assert.equal((await deliver(sink, snapshot)).error, undefined)
    assert.deepEqual(sorted(await stored('text', now)), sorted(linesOf(snapshot)))
  })

  test('stores native histograms with the buckets that were recorded', async () => {
    const registry = new Registry()
    const latency = registry.timer('latency', { labels: ['route'] })
    for (let i = 1; i <= 1000; i++) latency.labels({ route: '/' }).record((i * i) / 1e5)
    latency.labels({ route: '/' }).record(0)
    latency.labels({ route: '/idle' })
    const snapshot = { ...registry.read(), takenAt: now }
    assert.equal((await deliver(open('native', { histograms: 'native' }), snapshot)).error, undefined)
    const results = await prometheus.query('latency_seconds{job="native"}', now)
    assert.deepEqual(results.map(({ metric }) => metric['route']).sort(), ['/', '/idle'])
    const [{ histogram: [, found] = assert.fail('no histogram') } = assert.fail('nothing')] = results
    const [series] = (snapshot.families.find(({ name }) => name === 'latency')?.series ?? []) as DistributionSeries[]
    assert.ok(series !== undefined && !isExplicit(series.buckets))
    const { scale, offset, counts } = series.buckets
    assert.equal(Number(found.count), 1001)
    assert.ok(Math.abs(Number(found.sum) - series.sum) < 1e-9 * series.sum)
    const recorded = counts
      .map((count, i) => ({ count, upper: exponentialBound(offset + i + 1, scale) }))
      .filter(({ count }) => count > 0)
    const buckets = (found.buckets ?? []).filter(([, lower]) => Number(lower) >= 0 && Number(lower) > 1e-300)
    assert.deepEqual(
      buckets.map(([, , , count]) => Number(count)),
      recorded.map(({ count }) => count),
    )
    for (const [i, [, , upper]] of buckets.entries()) {
      assert.ok(Math.abs(Number(upper) / (recorded[i]?.upper ?? 0) - 1) < 1e-12, upper)
    }
  })

  test('stores exemplars of counters, of classic and of native histograms, once', async () => {
    const labels = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }
    const at = (takenAt: number): Snapshot => ({
      ...everyMeasure,
      takenAt,
      families: everyMeasure.families.flatMap((each) => {
        if (each.name !== 'web.latency' && each.name !== 'web.hits') return []
        const series = each.series.map((one) => ({ ...one, exemplars: [{ labels, value: 0.75, time: now - 5 }] }))
        return [{ ...each, series } as typeof each]
      }),
    })
    for (const histograms of ['classic', 'native'] as const) {
      const job = `exemplars-${histograms}`
      const sink = open(job, { histograms })
      for (const takenAt of [now, now + 1]) assert.equal((await deliver(sink, at(takenAt))).error, undefined)
      for (const [name, count] of [
        ['web_hits_total', 1],
        [histograms === 'native' ? 'web_latency_seconds' : 'web_latency_seconds_bucket', 1],
      ] as const) {
        const found = await prometheus.exemplars(`${name}{job="${job}"}`, now - 60, now + 60)
        const all = found.flatMap(({ exemplars }) => exemplars)
        assert.deepEqual(all, Array(count).fill({ labels, value: '0.75', timestamp: now - 5 }), name)
      }
    }
  })

  test('returns nothing any more for series that have ended, and for all of them after close()', async () => {
    for (const histograms of ['classic', 'native'] as const) {
      const job = `ends-${histograms}`
      const sink = open(job, { histograms })
      const latency = everyMeasure.families.filter(({ name }) => name === 'web.latency')
      const both = snapshotAt(
        now,
        family('counter', 'jobs', [
          [{ n: '1' }, 1],
          [{ n: '2' }, 2],
        ]),
        ...latency,
      )
      const one = snapshotAt(now + 1, family('counter', 'jobs', [[{ n: '1' }, 1]]))
      const count = async (time: number): Promise<string> =>
        (await prometheus.query(`count({job="${job}"})`, time))[0]?.value?.[1] ?? '0'
      await deliver(sink, both)
      const before = Number(await count(now))
      assert.ok(before > 2)
      assert.equal((await deliver(sink, one)).error, undefined)
      assert.equal(await count(now + 1), '1')
      await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
      assert.equal(await count(now + 2), '0')
      assert.equal(Number(await count(now)), before)
    }
  })

  test('refuses a request with an older sample, which is then counted, and takes the next one', async () => {
    await deliver(open('older'), snapshotAt(now + 10, family('counter', 'jobs', [[{}, 1]])))
    const sink = open('older')
    const { error, lost } = await deliver(sink, snapshotAt(now, family('counter', 'jobs', [[{}, 2]])))
    assert.match(String(error), /status 400: out of order/)
    assert.deepEqual(lost, { refused: 1 })
    assert.equal((await deliver(sink, snapshotAt(now + 20, family('counter', 'jobs', [[{}, 3]])))).error, undefined)
    assert.deepEqual([...(await stored('older', now + 20)).values()], [3])
  })

  test('stores odd names, label values and numbers', async () => {
    const values = oddValues.map((value, i) => [{ odd: value, instance: 'own' }, i] as const)
    const numbers = [Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308]
    const snapshot = snapshotAt(
      now,
      family('counter', 'a.b/c-d é', values),
      family(
        'gauge',
        'numbers',
        numbers.map((value, i) => [{ i: String(i) }, value] as const),
      ),
    )
    const { error, lost } = await deliver(open('odd'), snapshot)
    assert.deepEqual([error, lost], [undefined, {}])
    const odd = await prometheus.query('a_b_c_d___total{job="odd",exported_instance="own"}', now)
    assert.equal(odd.length, oddValues.length)
    const results = await prometheus.query('numbers{job="odd"}', now)
    const found = results.sort((a, b) => Number(a.metric['i']) - Number(b.metric['i'])).map(({ value }) => value?.[1])
    assert.deepEqual(found, ['NaN', '+Inf', '-Inf', '-0', '5e-324', '1.7976931348623157e+308'])
  })

  test('stores 10,000 series of which none is lost', async () => {
    const snapshot = snapshotAt(
      now,
      family(
        'counter',
        'many',
        many(10_000, (i) => i),
      ),
    )
    assert.equal((await deliver(open('many'), snapshot)).error, undefined)
    const [result] = await until('the series', () => prometheus.query('sum(many_total{job="many"})', now))
    assert.equal(result?.value?.[1], String((9999 * 10_000) / 2))
  })
})

function sorted(lines: Map<string, number>): [string, number][] {
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1))
}

const victoriaCommand = needsPackage('victoria-metrics', 'victoria-metrics')

describe('VictoriaMetrics, by remote write', { skip: 'missing' in victoriaCommand && victoriaCommand.missing }, () => {
  test('stores the series of each kind, and ends them', async (t) => {
    const victoria = await startVictoriaMetrics((victoriaCommand as { path: string }).path)
    t.after(() => victoria.stop())
    const sink = remoteWrite(victoria.origin, { job: 'shop', instance: 'test' })
    const snapshot = { ...everyMeasure, takenAt: now }
    assert.equal((await deliver(sink, snapshot)).error, undefined)
    const samples = parseExposition(formatPrometheus(snapshot), 'prometheus').flatMap((each) => each.samples)
    const stored = await until('the series', async () => {
      const read = await victoria.read()
      return read.size >= samples.length ? read : undefined
    })
    for (const { name, labels, value } of samples) {
      const all = Object.entries({ ...labels, job: 'shop', instance: 'test' }).filter(([, text]) => text !== '')
      const key = `${name}{${all
        .map(([label, text]) => `${label}="${text}"`)
        .sort()
        .join(',')}}`
      // It keeps about 13 digits.
      assert.ok(Math.abs((stored.get(key) ?? Number.NaN) - Number(value)) <= 1e-12 * Math.abs(Number(value)), key)
    }
    await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  })
})
