import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatStatsd, type LeftOut, type StatsdDialect, type StatsdOptions } from 'plimsoll/formats'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { everyKind } from '../../support/snapshots.ts'

function snapshot(...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt: 0, pages: [], families }
}

function numbers(
  kind: 'gauge' | 'counter',
  name: string,
  series: readonly (readonly [Labels, number])[],
): FamilySnapshot {
  const labelNames = Object.keys(series[0]?.[0] ?? {})
  const all = series.map(([labels, value]) => ({ labels, value }))
  return { name, kind, unit: '', help: '', labelNames, aggregation: 'sum', series: all } as FamilySnapshot
}

function timer(counts: readonly number[]): FamilySnapshot {
  const count = counts.reduce((sum, n) => sum + n, 0)
  const series: DistributionSeries = {
    labels: { route: '/' },
    count,
    sum: count,
    min: 0.1,
    max: 1e6,
    buckets: { scale: 5, zero: 0, offset: 0, counts },
  }
  return { name: 't', kind: 'timer', unit: 's', help: '', labelNames: ['route'], series: [series] }
}

function packets(of: Snapshot, options?: StatsdOptions): string[] {
  return [...formatStatsd(of, options)].flat()
}

function lines(of: Snapshot, options?: StatsdOptions): string[] {
  return packets(of, options).join('').split('\n').slice(0, -1)
}

const servers = ['etsy', 'datadog', 'collectd', 'netdata'] as const

test('What came is counters, the rest is gauges, as each server takes them', () => {
  const some = { ...everyKind, families: everyKind.families.filter(({ name }) => /busy|requests|latency/.test(name)) }
  assert.deepEqual(lines(some, { prefix: 'shop' }), [
    'shop.pool.busy.db:0.25|g',
    'shop.web.latency._.count:4|c',
    'shop.web.latency._.sum:4.5|c',
    'shop.web.latency._.min:0|g',
    'shop.web.latency._.max:2|g',
    'shop.web.latency._.mean:1.125|g',
    'shop.web.latency._.stddev:0.7011377109874064|g',
    'shop.web.latency._.p50:0.8408964152537146|g',
    ...['p75', 'p90', 'p95', 'p99', 'p999'].map((name) => `shop.web.latency._.${name}:1.6817928305074292|g`),
    'shop.web.requests._.200:3|c',
    'shop.web.requests._x.500:1.5|c',
    'shop.web.requests.overflow=true:1|c',
  ])
  assert.deepEqual(lines(some, { dialect: 'datadog', timers: 'native' }), [
    'pool.busy:0.25|g|#pool:db',
    'web.latency:0:0.840896|d|#route:/',
    'web.latency:1.68179|d|@0.5|#route:/',
    'web.requests:3|c|#route:/,status:200',
    'web.requests:1.5|c|#route:/x,status:500',
    'web.requests:1|c|#overflow:true',
  ])
  assert.deepEqual(
    lines(some, { dialect: 'netdata' }).filter((line) => /\|c$/.test(line)),
    ['web.latency._.count:4|c', 'web.requests._.200:3|c', 'web.requests._x.500:2|c', 'web.requests.overflow_true:1|c'],
  )
  assert.ok(lines(some, { labels: 'tags' }).includes('web.requests:1.5|c|#route:_x,status:500'))
})

test('With the names of tapes, totals are increments, rates and quantiles gauges, and timers in milliseconds', () => {
  const all = lines(everyKind, { names: 'tapes' })
  assert.ok(all.includes('web.requests._.200.value:3|c'))
  assert.ok(all.includes('web.latency._.total:4|c'))
  assert.ok(all.includes('web.latency._.q50:840.8964152537146|g'))
  assert.ok(all.includes('web.size.max:3000|g'))
})

test('A negative gauge is set in two lines of one packet, and in one line at Datadog', () => {
  const names = Array.from({ length: 100 }, (_, i): [Labels, number] => [{ a: `${i}` }, -7])
  for (const dialect of ['etsy', 'collectd', 'netdata'] as const) {
    const all = packets(snapshot(numbers('gauge', 'g', names)), { dialect })
    assert.ok(all.length > 1)
    for (const packet of all) assert.match(packet, /^(?:(g\.\d+):0\|g\n\1:-7\|g\n)+$/)
  }
  const options = { dialect: 'datadog', labels: 'nodes' } as const
  assert.deepEqual(lines(snapshot(numbers('gauge', 'g', names.slice(0, 1))), options), ['g.0:-7|g'])
})

test('A counter to which nothing came is left out, a gauge of 0 is not, and numbers are plain decimals', () => {
  const values: [Labels, number][] = [0, 1e-7, 1.5e-9, 1e21, -2e22, 0.1, 2 ** 53].map((value, i) => [
    { a: `${i}` },
    value,
  ])
  const bare = (kind: 'gauge' | 'counter') => lines(snapshot(numbers(kind, 'x', values)), { dialect: 'datadog' })
  assert.deepEqual(
    bare('gauge').map((line) => line.split('|')[0]),
    [
      ...['x:0', 'x:0.0000001', 'x:0.0000000015', 'x:1000000000000000000000', 'x:-20000000000000000000000'],
      ...['x:0.1', 'x:9007199254740992'],
    ],
  )
  assert.equal(bare('counter').length, 6)
  assert.deepEqual(lines(snapshot(numbers('gauge', 'x', [[{ a: '1' }, Number.NaN]]))), [])
})

test('Weights of the distributions of Datadog are whole again when the server divides 1 by the rate', () => {
  for (const count of [1, 2, 3, 41, 47, 49, 55, 61, 82, 83, 98, 107, 1e6, 12_345_679, 2 ** 40 + 1]) {
    const [line = ''] = lines(snapshot(timer([count])), { dialect: 'datadog', timers: 'native' })
    const rate = /^t:[\d.]+\|d(?:\|@([\d.]+))?\|#route:\/$/.exec(line)?.[1] ?? '1'
    assert.equal(Math.floor(1 / Number(rate)), count, line)
  }
})

test('Native timers of Etsy are at most 100 values of equal weight, which add up to the count', () => {
  const counts = Array.from({ length: 100 }, (_, i) => i * 7)
  const all = lines(snapshot(timer(counts)), { timers: 'native' })
  assert.equal(all.length, 100)
  let sum = 0
  for (const line of all) sum += 1 / Number(/^t\._:[\d.]+\|ms\|@([\d.]+)$/.exec(line)?.[1])
  const count = counts.reduce((a, b) => a + b)
  assert.ok(Math.abs(sum - count) < 1e-6 * count)
  assert.deepEqual(lines(snapshot(timer([0, 1, 1])), { timers: 'native' }), ['t._:1033.02|ms', 't._:1055.65|ms'])
  assert.deepEqual(lines(snapshot(timer([0, 0])), { timers: 'native' }), [])
})

test('Packets of any names and labels are whole lines, short enough, without two of one name', () => {
  const options = fc.record({
    dialect: fc.constantFrom(...servers),
    maxPacketBytes: fc.integer({ min: 512, max: 9000 }),
  })
  const property = fc.property(oddSnapshot, options, (odd, given) => {
    const known = new Set<string>()
    for (const packet of packets(odd, given)) {
      assert.ok(Buffer.byteLength(packet) <= given.maxPacketBytes && !/\p{Cs}/u.test(packet))
      assert.ok(packet.endsWith('\n'))
      for (const line of packet.slice(0, -1).split('\n')) {
        const [, name = '', value = '', type, tags = ''] = /^([\w.=-]+?):(-?[\d.]+)\|([cg])(\|#.+)?$/su.exec(line) ?? []
        assert.ok(name !== '' && Number.isFinite(Number(value)), line)
        assert.ok(given.dialect === 'datadog' || tags === '', line)
        assert.doesNotMatch(tags, /\s/)
        assert.ok(given.dialect !== 'netdata' || !name.includes('='), line)
        const key = `${name}${tags}`
        // A negative gauge has two.
        assert.ok(!known.has(key) || (type === 'g' && value.startsWith('-')), line)
        known.add(key)
      }
    }
  })
  fc.assert(property, { numRuns: 200 })
})

test('What has no room, and what collectd would cut, is left out and counted', () => {
  const leftOut: LeftOut[] = []
  const values: [Labels, number][] = ['a'.repeat(100), 'b'.repeat(130), 'c'.repeat(2 ** 20)].map((a) => [{ a }, 1])
  const count = (dialect: StatsdDialect) => {
    leftOut.length = 0
    return lines(snapshot(numbers('gauge', 'g', values)), { dialect, onLeftOut: (one) => leftOut.push(one) }).length
  }
  assert.deepEqual([count('etsy'), leftOut[0]?.series], [2, 1])
  assert.deepEqual([count('collectd'), leftOut[0]?.series], [1, 2])
})

test('What a server cannot do is refused', () => {
  const format = (options: StatsdOptions) => () => packets(everyKind, options)
  for (const dialect of ['collectd', 'netdata'] as const) {
    assert.throws(format({ dialect, labels: 'tags' }), { code: 'PLIMSOLL_OPTION_INVALID', message: /no tags/ })
    assert.throws(format({ dialect, timers: 'native' }), { code: 'PLIMSOLL_OPTION_INVALID', message: /no weights/ })
  }
  assert.throws(format({ dialect: 'graphite' as StatsdDialect }), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(format({ maxPacketBytes: 100 }), { code: 'PLIMSOLL_OPTION_INVALID' })
})
