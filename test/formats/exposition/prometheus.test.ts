import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatPrometheus, prometheusContentType } from 'plimsoll/formats'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'
import { everyKind } from '../../support/snapshots.ts'

function snapshot(...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt: 0, pages: [], families }
}

function counter(name: string, labels: Labels = {}, value = 1): FamilySnapshot {
  return { name, kind: 'counter', unit: '', help: '', labelNames: Object.keys(labels), series: [{ labels, value }] }
}

function gauge(name: string, unit = '', value = 1): FamilySnapshot {
  return { name, kind: 'gauge', unit, help: '', labelNames: [], aggregation: 'sum', series: [{ labels: {}, value }] }
}

function exponential(scale: number, zero: number, offset: number, counts: number[]): DistributionSeries {
  const count = counts.reduce((sum, n) => sum + n, zero)
  return { labels: {}, count, sum: 1, min: 0, max: 1, buckets: { scale, zero, offset, counts } }
}

function histogram(...series: DistributionSeries[]): FamilySnapshot {
  return { name: 'h', kind: 'histogram', unit: '', help: '', labelNames: [], series }
}

/** The bounds that the text has, in order. */
function boundsIn(text: string): string[] {
  return [...text.matchAll(/le="([^"]*)"/g)].map(([, bound = '']) => bound)
}

test('The Prometheus text of every kind of metric reads like this', () => {
  assert.equal(
    formatPrometheus(everyKind),
    `# HELP build_version_info What runs
# TYPE build_version_info gauge
build_version_info{part="app",value="1.0 \\"β\\"\\n"} 1
build_version_info{part="node",value="v20.19.5"} 1
build_version_info{part="node",value="v22.3.0"} 1
# HELP heap_used_bytes Heap in use
# TYPE heap_used_bytes gauge
heap_used_bytes 1536
# HELP pool_busy_ratio Share of the pool in use
# TYPE pool_busy_ratio gauge
pool_busy_ratio{pool="db"} 0.25
# HELP web_latency_seconds Time to answer
# TYPE web_latency_seconds histogram
web_latency_seconds_bucket{route="/",le="0.5"} 1
web_latency_seconds_bucket{route="/",le="0.7071067811865476"} 1
web_latency_seconds_bucket{route="/",le="1.0"} 2
web_latency_seconds_bucket{route="/",le="1.4142135623730951"} 2
web_latency_seconds_bucket{route="/",le="2.0"} 4
web_latency_seconds_bucket{route="/",le="+Inf"} 4
web_latency_seconds_sum{route="/"} 4.5
web_latency_seconds_count{route="/"} 4
web_latency_seconds_bucket{overflow="true",le="0.5"} 0
web_latency_seconds_bucket{overflow="true",le="0.7071067811865476"} 0
web_latency_seconds_bucket{overflow="true",le="1.0"} 0
web_latency_seconds_bucket{overflow="true",le="1.4142135623730951"} 0
web_latency_seconds_bucket{overflow="true",le="2.0"} 0
web_latency_seconds_bucket{overflow="true",le="+Inf"} 0
web_latency_seconds_sum{overflow="true"} 0
web_latency_seconds_count{overflow="true"} 0
# HELP web_requests_total Requests answered
# TYPE web_requests_total counter
web_requests_total{route="/",status="200"} 3
web_requests_total{route="/x",status="500"} 1.5
web_requests_total{overflow="true"} 1
# HELP web_size_bytes Size of an answer
# TYPE web_size_bytes histogram
web_size_bytes_bucket{le="1000.0"} 1
web_size_bytes_bucket{le="2000.0"} 2
web_size_bytes_bucket{le="+Inf"} 3
web_size_bytes_sum 5100
web_size_bytes_count 3
`,
  )
})

test('An empty snapshot is an empty text', () => {
  assert.equal(formatPrometheus(snapshot()), '')
})

test('The content type names the version of the text', () => {
  assert.equal(prometheusContentType, 'text/plain; version=0.0.4; charset=utf-8')
})

test('Label values and help texts are escaped, and lone surrogates stay different from each other', () => {
  const odd = { ...counter('a', { x: '\\ " \n é 😀', y: '\ud800\ud801 \ufffdd800 \ufffd' }), help: '\\ " \n \udfff' }
  assert.equal(
    formatPrometheus(snapshot(odd)),
    `# HELP a_total \\\\ " \\n \ufffd
# TYPE a_total counter
a_total{x="\\\\ \\" \\n é 😀",y="\ufffdd800\ufffdd801 \ufffdfffdd800 \ufffd"} 1
`,
  )
})

test('Series that share labels with the one before, or lack some, have just their own', () => {
  const labels = [
    { a: '1', b: '1' },
    { a: '1', b: '2' },
    { b: '3' },
    { b: '4' },
    { a: '1' },
    { a: '1', b: '5' },
    { a: '2', b: '5' },
    { overflow: 'true' },
    { a: '2', b: '6' },
  ] as Labels[]
  const series = labels.map((one, i) => ({ labels: one, value: i }))
  const family = { name: 'c', kind: 'counter', unit: '', help: '', labelNames: ['a', 'b'], series } as const
  const sets = formatPrometheus(snapshot(family)).match(/\{.*\} \d$/gm)
  assert.deepEqual(sets, [
    '{a="1",b="1"} 0',
    '{a="1",b="2"} 1',
    '{b="3"} 2',
    '{b="4"} 3',
    '{a="1"} 4',
    '{a="1",b="5"} 5',
    '{a="2",b="5"} 6',
    '{overflow="true"} 7',
    '{a="2",b="6"} 8',
  ])
})

test('Label names that mean something to Prometheus, or that it does not take, are renamed', () => {
  const labels = { le: '1', quantile: '2', __x: '3', 'a-b': '4', a_b: '5' }
  assert.equal(
    formatPrometheus(snapshot(counter('a', labels))),
    '# TYPE a_total counter\na_total{label_le="1",label_quantile="2",label___x="3",a_b="4",a_b_2="5"} 1\n',
  )
})

test('A text keeps the name value for itself, and its line however long it is, once', () => {
  const series = ['a', 'b'].map((end) => ({
    labels: { value: '1', label_value: '2' },
    value: `${'x'.repeat(1023)}😀${end}`,
  }))
  const long = { ...counter('a.info', { value: '1', label_value: '2' }), kind: 'text', series } as const
  const text = formatPrometheus(snapshot({ ...counter('c', { value: '1' }) }, long, { ...gauge('a') }))
  assert.equal(
    text.replace(/^#.*\n/gm, ''),
    `c_total{value="1"} 1\na_info{label_value="1",label_value_2="2",value="${'x'.repeat(1023)}…"} 1\na_2 1\n`,
  )
})

test('Names become legal, units and _total are added where they are missing, and numbers take any value', () => {
  const families = [
    counter('a.b-c/d', {}, 1e21),
    counter('jobs.total'),
    { ...counter('sent.bytes.total'), unit: 'By' },
    gauge('2xx', '', Number.NaN),
    gauge('_x', '%', -Infinity),
    gauge('ö', '{thing}/s', Infinity),
    gauge('time.seconds', 's', -1.5e-9),
  ]
  assert.equal(
    formatPrometheus(snapshot(...families)).replace(/^#.*\n/gm, ''),
    `a_b_c_d_total 1e+21
jobs_total 1
sent_bytes_total 1
metric_2xx NaN
metric_x_percent -Inf
metric__per_s +Inf
time_seconds -1.5e-9
`,
  )
})

test('Families that come out alike are numbered, also where only one of their samples clashes', () => {
  const families = [counter('a.b'), counter('a/b'), gauge('a_b'), gauge('h.count'), histogram(exponential(0, 1, 0, []))]
  const text = formatPrometheus(snapshot(...families, { ...gauge('t.x'), unit: 's' }, { ...gauge('t_x'), unit: 's' }))
  const headers = text.split('\n').filter((line) => line.startsWith('#'))
  assert.deepEqual(headers, [
    '# TYPE a_b_total counter',
    '# TYPE a_b_2_total counter',
    '# TYPE a_b_3 gauge',
    '# TYPE h_count gauge',
    '# TYPE h_2 histogram',
    '# TYPE t_x_seconds gauge',
    '# TYPE t_x_2_seconds gauge',
  ])
})

test('An ending that a format adds is taken off a name however often it stands there', () => {
  const text = { ...counter('seconds'), kind: 'text', series: [{ labels: {}, value: 'x' }] } as FamilySnapshot
  const sent = counter('seconds.total.total')
  assert.equal(
    formatPrometheus(snapshot(text, sent)).replace(/^#.*\n/gm, ''),
    'seconds_info{value="x"} 1\nseconds_2_total 1\n',
  )
})

test('A histogram without values has the bound +Inf alone, and one with zeros only counts them there', () => {
  const text = formatPrometheus(snapshot(histogram(exponential(5, 3, 0, []))))
  assert.equal(text, '# TYPE h histogram\nh_bucket{le="+Inf"} 3\nh_sum 1\nh_count 3\n')
})

test('bucketsPerOctave sets how many bounds a doubling gets, and each count is exact', () => {
  const octave = snapshot(histogram(exponential(5, 0, 0, new Array<number>(32).fill(1))))
  const counts = ([1, 4] as const).map((bucketsPerOctave) => {
    return [...formatPrometheus(octave, { bucketsPerOctave }).matchAll(/_bucket.* (\d+)$/gm)].map(([, n]) => Number(n))
  })
  assert.deepEqual(counts, [
    [0, 32, 32],
    [0, 8, 16, 24, 32, 32],
  ])
  assert.equal(boundsIn(formatPrometheus(octave, { bucketsPerOctave: 32 })).length, 34)
})

test('A histogram never has more than 64 bounds beside +Inf, then it has fewer to the octave', () => {
  const wide = (octaves: number): string[] => {
    return boundsIn(
      formatPrometheus(snapshot(histogram(exponential(0, 0, 0, [1, ...new Array<number>(octaves - 2).fill(0), 1])))),
    )
  }
  assert.deepEqual([wide(63).length, wide(64).length], [65, 34])
  assert.deepEqual(wide(64).slice(0, 3), ['1.0', '4.0', '16.0'])
  assert.equal(wide(64).at(-2), '1.8446744073709552e+19')
})

test('The bounds are never finer than the coarsest series of the family, and the same for all', () => {
  const text = formatPrometheus(
    snapshot(histogram(exponential(5, 0, 32, [2]), { ...exponential(-1, 0, 0, [1]), labels: { a: '1' } })),
  )
  assert.deepEqual(boundsIn(text), ['1.0', '4.0', '+Inf', '1.0', '4.0', '+Inf'])
})

test('Values at both ends of what a number can be are counted, with bounds that differ', () => {
  const ends = exponential(0, 1, -1080, [1, ...new Array<number>(2102).fill(0), 1])
  const text = formatPrometheus(snapshot(histogram(ends)))
  const bounds = boundsIn(text)
  assert.equal(new Set(bounds).size, bounds.length)
  assert.match(text, /^h_bucket\{le="[^"]+"\} 2\n/m)
  assert.match(text, /le="\+Inf"\} 3\nh_sum 1\nh_count 3\n$/)
})

for (const bucketsPerOctave of [0, 3, 64, Number.NaN]) {
  test(`bucketsPerOctave ${bucketsPerOctave} is refused`, () => {
    const format = (): string => formatPrometheus(everyKind, { bucketsPerOctave: bucketsPerOctave as 2 })
    const message = `The option bucketsPerOctave of formatPrometheus() is ${bucketsPerOctave}. Give 1, 2, 4, 8, 16 or 32.`
    assert.throws(format, { code: 'PLIMSOLL_OPTION_INVALID', message })
  })
}
