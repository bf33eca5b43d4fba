import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatGraphite, formatGraphitePickle, type GraphiteOptions, type LeftOut } from 'plimsoll/formats'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { everyKind } from '../../support/snapshots.ts'

function snapshot(...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt: 1_790_000_000.9, pages: [], families }
}

function gauge(name: string, series: readonly (readonly [labels: Labels, value: number])[]): FamilySnapshot {
  const labelNames = Object.keys(series[0]?.[0] ?? {})
  const all = series.map(([labels, value]) => ({ labels, value }))
  return { name, kind: 'gauge', unit: '', help: '', labelNames, aggregation: 'sum', series: all }
}

function text(of: Snapshot, options?: GraphiteOptions): string {
  return [...formatGraphite(of, options)].join('')
}

/** Paths of the lines, in order. */
function paths(of: Snapshot, options?: GraphiteOptions): string[] {
  return text(of, options)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ')[0] as string)
}

/** What became of label values of a gauge `g`. */
function values(given: readonly string[], options?: GraphiteOptions): string[] {
  const series = given.map((a, i): [Labels, number] => [{ a }, i])
  return paths(snapshot(gauge('g', series)), options)
}

test('Each number is a line with its path, its value in full precision and the time of the snapshot', () => {
  assert.equal(
    text(everyKind, { prefix: 'host.a', window: 'start' }).replace(/^host.a.web.size.*\n/gm, ''),
    `host.a.heap.used 1536 1790000000
host.a.pool.busy.db 0.25 1790000000
host.a.web.latency._.count 4 1790000000
host.a.web.latency._.sum 4.5 1790000000
host.a.web.latency._.min 0 1790000000
host.a.web.latency._.max 2 1790000000
host.a.web.latency._.mean 1.125 1790000000
host.a.web.latency._.stddev 0.7011377109874064 1790000000
host.a.web.latency._.p50 0.8408964152537146 1790000000
host.a.web.latency._.p75 1.6817928305074292 1790000000
host.a.web.latency._.p90 1.6817928305074292 1790000000
host.a.web.latency._.p95 1.6817928305074292 1790000000
host.a.web.latency._.p99 1.6817928305074292 1790000000
host.a.web.latency._.p999 1.6817928305074292 1790000000
host.a.web.latency.overflow=true.count 0 1790000000
host.a.web.latency.overflow=true.sum 0 1790000000
host.a.web.requests._.200 3 1790000000
host.a.web.requests._x.500 1.5 1790000000
host.a.web.requests.overflow=true 1 1790000000
`,
  )
})

test('Labels are tags where this is asked for, behind the statistic', () => {
  const lines = text(everyKind, { labels: 'tags', window: 'start' }).split('\n')
  assert.ok(lines.includes('web.latency.p99;route=/ 1.6817928305074292 1790000000'))
  assert.ok(lines.includes('web.requests;route=/x;status=500 1.5 1790000000'))
  assert.ok(lines.includes('web.requests;overflow=true 1 1790000000'))
})

test('With the names of scales and tapes, statistics are called as there', () => {
  const only = { ...everyKind, families: everyKind.families.filter(({ name }) => /latency|requests/.test(name)) }
  const endings = (names: 'scales' | 'tapes') => paths(only, { names, window: 'start' }).slice(0, 13)
  assert.deepEqual(endings('scales'), [
    ...['count', 'min', 'max', 'mean', 'stddev', 'median'].map((name) => `web.latency._.${name}`),
    ...['75', '95', '98', '99', '999'].map((name) => `web.latency._.${name}percentile`),
    'web.latency.overflow=true.count',
    'web.requests._.200',
  ])
  assert.deepEqual(endings('tapes'), [
    ...['total', 'min', 'max', 'mean', 'stddev', 'q50', 'q75', 'q98', 'q99', 'q999'].map(
      (name) => `web.latency._.${name}`,
    ),
    'web.latency.overflow=true.total',
    'web.requests._.200.value',
    'web.requests._x.500.value',
  ])
  assert.match(text(only, { names: 'tapes', window: 'start' }), /^web\.latency\._\.max 2000 /m)
})

test('Distributions are described over the window, and without one only have their count and sum', () => {
  const buckets = { scale: 0, zero: 0, offset: 0, counts: [1, 0, 0, 1] }
  const recent = { '1m': { count: 1, sum: 12, seconds: 60, buckets: { ...buckets, counts: [0, 0, 0, 1] } } }
  const series: DistributionSeries = { labels: {}, count: 2, sum: 13.5, min: 1.5, max: 12, buckets, recent }
  const family = (one: DistributionSeries): FamilySnapshot => {
    return { name: 'h', kind: 'histogram', unit: '', help: '', labelNames: [], series: [one] }
  }
  assert.match(text(snapshot(family(series))), /^h\.count 2 .*\nh\.sum 13\.5 .*\nh\.min 11\.3\d+ .*\nh\.max 11\.3\d+ /)
  assert.match(text(snapshot(family(series)), { window: 'start' }), /^h\.min 1\.5 .*\nh\.max 12 /m)
  assert.deepEqual(paths(snapshot(family(series)), { window: '5m' }), ['h.count', 'h.sum'])
})

test('What is not a finite number is not sent', () => {
  const all = gauge(
    'g',
    [Number.NaN, Infinity, -Infinity, -0.1, 5e-324, 1e21].map((value, i) => [{ a: `${i}` }, value]),
  )
  assert.equal(text(snapshot(all)), 'g.3 -0.1 1790000000\ng.4 5e-324 1790000000\ng.5 1e+21 1790000000\n')
})

test('Nodes and tags hold nothing that carbon refuses, splits or reads as something else', () => {
  const odd = [
    'a b',
    'c.d',
    '/x/y',
    'e;f',
    '~g',
    'h\ni',
    'j\u2003k\u0085l',
    'größe',
    '{m"}',
    '*?[n]',
    '\ud800o',
    '',
    ' p ',
  ]
  assert.deepEqual(values(odd), [
    ...['g.a-b', 'g.c-d', 'g._x_y', 'g.e_f', 'g.~g', 'g.h-i', 'g.j-k-l', 'g.größe'],
    ...['g._m__', 'g.___n_', 'g._o', 'g._', 'g.p'],
  ])
  assert.deepEqual(values(odd, { labels: 'tags' }), [
    ...['g;a=a-b', 'g;a=c.d', 'g;a=/x/y', 'g;a=e_f', 'g;a=_g', 'g;a=h-i', 'g;a=j-k-l', 'g;a=größe'],
    ...['g;a={m_}', 'g;a=*?[n]', 'g;a=_o', 'g', 'g;a=-p-'],
  ])
})

test('A label called name is a tag of another name, as Graphite keeps that one for itself', () => {
  assert.deepEqual(paths(snapshot(gauge('g', [[{ name: 'x' }, 1]])), { labels: 'tags' }), ['g;label_name=x'])
})

test('Of series whose paths come out alike the first one is sent, and the others are counted', () => {
  const leftOut: LeftOut[] = []
  const onLeftOut = (one: LeftOut) => leftOut.push(one)
  assert.deepEqual(values(['a b', 'a-b', 'a.b', 'c'], { onLeftOut }), ['g.a-b', 'g.c'])
  const related = snapshot(gauge('a', [[{ l: 'b' }, 1]]), gauge('a.b', [[{}, 2]]), gauge('c', [[{ l: 'b' }, 3]]))
  assert.deepEqual(paths(related, { onLeftOut }), ['a.b', 'c.b'])
  assert.deepEqual(leftOut, [
    { name: 'g', series: 2, reason: 'name of another series' },
    { name: 'a.b', series: 1, reason: 'name of another series' },
  ])
})

test('A label too long for a file name, and a line too long for carbon, are left out and counted', () => {
  const leftOut: LeftOut[] = []
  const onLeftOut = (one: LeftOut) => leftOut.push(one)
  const long = ['x'.repeat(250), 'y'.repeat(251), 'ü'.repeat(125), 'ü'.repeat(126), 'z'.repeat(2 ** 20)]
  assert.deepEqual(values(long, { onLeftOut }), [`g.${'x'.repeat(250)}`, `g.${'ü'.repeat(125)}`])
  assert.equal(values(long, { onLeftOut, labels: 'tags' }).length, 4)
  assert.deepEqual(
    leftOut.map(({ series }) => series),
    [3, 1],
  )
})

test('accepts decides by the path as declared and the value', () => {
  const seen: [string, number][] = []
  const accepts = (path: string, value: number): boolean => seen.push([path, value]) > 0 && value < 2
  const family = gauge('web.busy', [
    [{ route: '/a b' }, 1],
    [{ route: 'c' }, 2],
  ])
  assert.deepEqual(paths(snapshot(family), { accepts }), ['web.busy._a-b'])
  assert.deepEqual(seen, [
    ['web/busy//a b', 1],
    ['web/busy/c', 2],
  ])
})

test('Lines of any names and labels are such that carbon reads three fields, no two with the same path', () => {
  const property = fc.property(oddSnapshot, fc.constantFrom('nodes', 'tags'), (odd, labels) => {
    const all = text(odd, { labels, window: 'start' }).split('\n').slice(0, -1)
    const known = new Set<string>()
    for (const line of all) {
      // Python takes some control characters for white space.
      const fields = line.split(/[\s\p{Cc}]+/u)
      assert.equal(fields.length, 3, line)
      const [path = '', value] = fields
      assert.ok(Number.isFinite(Number(value)), line)
      assert.ok(Buffer.byteLength(line) <= 4096 && !/\p{Cs}/u.test(line), line)
      assert.ok(
        path
          .split(';')[0]
          ?.split('.')
          .every((node) => node !== '' && Buffer.byteLength(node) < 256),
        line,
      )
      assert.ok(
        path
          .split(';')
          .slice(1)
          .every((tag) => /^\w+=[^~]/u.test(tag)),
        line,
      )
      known.add(path)
    }
    assert.equal(known.size, all.length)
  })
  fc.assert(property, { numRuns: 200 })
})

test('Ten thousand series come in pieces of a few hundred whole lines', () => {
  const series = Array.from({ length: 10_000 }, (_, i): [Labels, number] => [{ a: `${i}` }, i])
  const pieces = [...formatGraphite(snapshot(gauge('g', series)))]
  const counts = pieces.map((piece) => piece.split('\n').length - 1)
  assert.equal(
    counts.reduce((sum, n) => sum + n),
    10_000,
  )
  assert.ok(Math.max(...counts) <= 500)
  assert.ok(pieces.every((piece) => piece.endsWith('\n')))
})

test('Pickle frames begin with their length, and have at most 500 datapoints and 1 MiB', () => {
  const series = Array.from({ length: 1200 }, (_, i): [Labels, number] => [{ a: `${i}`, b: 'ü'.repeat(1500) }, i])
  for (const labels of ['nodes', 'tags'] as const) {
    const frames = [
      ...formatGraphitePickle(
        snapshot(
          gauge('g', series),
          gauge(
            'h',
            series.map(([{ a = '' }, value]) => [{ a }, value]),
          ),
        ),
        { labels },
      ),
    ]
    const points = frames.map((frame) => {
      const bytes = Buffer.from(frame)
      assert.equal(bytes.readUInt32BE(0), bytes.length - 4)
      assert.ok(bytes.length <= 2 ** 20)
      return bytes.toString('latin1').split('\x86\x86').length - 1
    })
    assert.equal(
      points.reduce((sum, n) => sum + n),
      labels === 'tags' ? 2400 : 1200,
    )
    assert.ok(Math.max(...points) <= 500)
  }
})

test('Unknown and invalid options are refused', () => {
  const format = (options: object) => () => [...formatGraphite(everyKind, options)]
  assert.throws(format({ label: 'tags' }), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  assert.throws(format({ labels: 'both' }), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(format({ window: '2m' }), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => [...formatGraphitePickle({} as Snapshot)], { code: 'PLIMSOLL_OPTION_INVALID' })
})
