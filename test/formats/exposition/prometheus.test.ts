import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { formatOpenMetrics, formatPrometheus, type LeftOut, prometheusContentType } from 'plimsoll/formats'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from 'plimsoll/snapshot'
import * as promClient from 'prom-client'
import { everyKind, latencyBuckets } from '../../support/snapshots.ts'

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
    formatPrometheus(everyKind, { buckets: { 'web.latency': latencyBuckets } }),
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
web_latency_seconds_bucket{route="/",le="1"} 2
web_latency_seconds_bucket{route="/",le="1.4142135623730951"} 2
web_latency_seconds_bucket{route="/",le="2"} 4
web_latency_seconds_bucket{route="/",le="+Inf"} 4
web_latency_seconds_sum{route="/"} 4.5
web_latency_seconds_count{route="/"} 4
web_latency_seconds_bucket{overflow="true",le="0.5"} 0
web_latency_seconds_bucket{overflow="true",le="0.7071067811865476"} 0
web_latency_seconds_bucket{overflow="true",le="1"} 0
web_latency_seconds_bucket{overflow="true",le="1.4142135623730951"} 0
web_latency_seconds_bucket{overflow="true",le="2"} 0
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
web_size_bytes_bucket{le="1000"} 1
web_size_bytes_bucket{le="2000"} 2
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
  const text = formatPrometheus(snapshot(counter('c', { value: '1' }), long))
  assert.equal(
    text.replace(/^#.*\n/gm, ''),
    `c_total{value="1"} 1\na_info{label_value="1",label_value_2="2",value="${'x'.repeat(1023)}…"} 1\n`,
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
metric__per_second +Inf
time_seconds -1.5e-9
`,
  )
})

test('Of families whose names come out alike the first has the name, and the others are left out and reported', () => {
  const families = [counter('a.b'), counter('a/b'), gauge('a_b'), gauge('h.count'), histogram(exponential(0, 1, 0, []))]
  const leftOut: LeftOut[] = []
  const text = formatPrometheus(snapshot(...families, { ...gauge('t.x'), unit: 's' }, { ...gauge('t_x'), unit: 's' }), {
    onLeftOut: (one) => leftOut.push(one),
  })
  const reasons = [
    ['a/b', 'the counter would have a_b, a name of the counter a.b'],
    ['a_b', 'the gauge would have a_b, a name of the counter a.b'],
    ['h', 'the histogram would have h_count, a name of the gauge h.count'],
    ['t_x', 'the gauge would have t_x_seconds, a name of the gauge t.x'],
  ] as const
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('#')),
    [
      ...reasons.map(([name, reason]) => `# plimsoll: left out ${name}: ${reason}`),
      '# TYPE a_b_total counter',
      '# TYPE h_count gauge',
      '# TYPE t_x_seconds gauge',
    ],
  )
  assert.deepEqual(
    leftOut,
    reasons.map(([name, reason]) => ({ name, series: 1, reason })),
  )
})

test('A comment about what is left out is one line, whatever is in the name', () => {
  const text = formatPrometheus(snapshot(counter('a\n# TYPE x gauge\r'), counter('a.# TYPE x gauge.')))
  assert.deepEqual(text.match(/^.*$/gm)?.filter((line) => line.startsWith('#')).length, 2)
})

test('An ending that a format adds is taken off a name however often it stands there', () => {
  const text = { ...counter('seconds'), kind: 'text', series: [{ labels: {}, value: 'x' }] } as FamilySnapshot
  const sent = counter('sent.total.total')
  assert.equal(
    formatPrometheus(snapshot(text, sent)).replace(/^#.*\n/gm, ''),
    'seconds_info{value="x"} 1\nsent_total 1\n',
  )
})

test('The bounds of a family are the same, whatever was recorded', () => {
  const bounds = (unit: string, ...series: DistributionSeries[]): string[] => {
    return boundsIn(formatPrometheus(snapshot({ ...histogram(...series), unit } as FamilySnapshot)))
  }
  for (const unit of ['s', 'By', '', 'ms']) {
    const empty = bounds(unit, exponential(5, 0, 0, []))
    assert.deepEqual(bounds(unit, exponential(5, 3, -400, [1, 2])), empty)
    assert.deepEqual(bounds(unit, exponential(-1, 3, -400, [1, 2])), empty)
    assert.deepEqual(bounds(unit, exponential(5, 1, -1080, [1, ...new Array<number>(2102).fill(0), 1])), empty)
  }
})

test('Seconds have buckets no wider than a factor of 1.5 from 1 ms to 10 s, and bounds beyond', () => {
  const family = { ...histogram(exponential(5, 0, 0, [])), unit: 's' } as FamilySnapshot
  const bounds = boundsIn(formatPrometheus(snapshot(family)))
    .slice(0, -1)
    .map(Number)
  assert.deepEqual([bounds.length, bounds[0], bounds.at(-1)], [36, 2 ** -20, 256])
  const from = bounds.findLastIndex((bound) => bound <= 0.001)
  const to = bounds.findIndex((bound) => bound >= 10)
  assert.ok(from > 0 && to > from)
  for (let i = from; i < to; i++) assert.ok((bounds[i + 1] as number) / (bounds[i] as number) <= 1.5)
})

test('Milliseconds have the bounds of seconds times 1,024, minutes those by 64, bytes and numbers their own', () => {
  const ends = ['s', 'ms', 'min', 'By', 'KiBy', '1', 'Cel', '{thing}'].map((unit) => {
    const bounds = boundsIn(
      formatPrometheus(snapshot({ ...histogram(exponential(5, 0, 0, [])), unit } as FamilySnapshot)),
    )
    return [unit, bounds.length, Number(bounds[0]), Number(bounds.at(-2))]
  })
  assert.deepEqual(ends, [
    ['s', 37, 2 ** -20, 2 ** 8],
    ['ms', 37, 2 ** -10, 2 ** 18],
    ['min', 37, 2 ** -26, 2 ** 2],
    ['By', 28, 2 ** 6, 2 ** 38],
    ['KiBy', 28, 2 ** -4, 2 ** 28],
    ['1', 33, 2 ** -14, 2 ** 32],
    ['Cel', 33, 2 ** -14, 2 ** 32],
    ['{thing}', 33, 2 ** -14, 2 ** 32],
  ])
})

test('What lies outside the bounds counts in the first bucket and in +Inf', () => {
  const ends = { ...histogram(exponential(5, 1, -1080, [1, ...new Array<number>(2102).fill(0), 1])), unit: 's' }
  const text = formatPrometheus(snapshot(ends as FamilySnapshot))
  assert.match(text, /^# TYPE h_seconds histogram\nh_seconds_bucket\{le="[^"]+"\} 2\n/)
  assert.match(text, /le="256"\} 2\nh_seconds_bucket\{le="\+Inf"\} 3\n/)
})

test('bucketsPerOctave sets how many bounds a doubling gets, and each count is exact', () => {
  const octave = snapshot(histogram(exponential(5, 0, 0, new Array<number>(32).fill(1))))
  const counts = ([1, 4] as const).map((bucketsPerOctave) => {
    const text = formatPrometheus(octave, { bucketsPerOctave })
    return [...text.matchAll(/le="1(?:\.\d+)?"} (\d+)\n|le="2"} (\d+)\n/g)].map(([, a, b]) => Number(a ?? b))
  })
  assert.deepEqual(counts, [
    [0, 32],
    [0, 8, 16, 24, 32],
  ])
})

test('The option buckets gives a metric the recorded edges that are nearest to the bounds, and no others', () => {
  const of = (name: string, unit = ''): FamilySnapshot => ({
    ...histogram(exponential(5, 0, -32, new Array<number>(64).fill(1))),
    name,
    unit,
  })
  const buckets = { a: [0.5, 0.505, 1, 1.4, 1e300], toString: [1] }
  const text = formatPrometheus(snapshot(of('a'), of('b')), { buckets })
  const [, a = '', b = ''] = text.split('# TYPE')
  const exported = boundsIn(a).map(Number)
  assert.deepEqual(exported.slice(0, 3), [0.5, 1, Math.SQRT2])
  assert.ok(Math.abs((exported[3] as number) / 1e300 - 1) < 0.011)
  assert.deepEqual(
    [...a.matchAll(/_bucket.* (\d+)$/gm)].map(([, n]) => Number(n)),
    [0, 32, 48, 64, 64],
  )
  assert.equal(boundsIn(b).length, 33)
})

for (const buckets of [{ a: [] }, { a: [2, 1] }, { a: [0] }, { a: [Number.NaN] }, { a: 1 }, [1, 2]]) {
  test(`buckets ${JSON.stringify(buckets)} are refused`, () => {
    const format = (): string => formatPrometheus(everyKind, { buckets: buckets as never })
    assert.throws(format, { code: 'PLIMSOLL_OPTION_INVALID', message: /^Invalid buckets.* for formatPrometheus\(\): / })
  })
}

test('Declared buckets are exported as they are, with labels and bounds spelled as prom-client does', async () => {
  const bounds = [-2.5, 1e-9, 0.00025, 0.005, 0.1, 1, 2.5, 10, 1000, 123456789, 1e21]
  const values = [-3, -2.5, 0, 0.005, 0.3, 1, 7, 1e22]
  const register = new promClient.Registry()
  const theirs = new promClient.Histogram({
    name: 'web_latency',
    help: 'Time to answer',
    labelNames: ['route', 'method'],
    buckets: bounds,
    registers: [register],
  })
  const registry = new Registry()
  const ours = registry.histogram('web.latency', {
    labels: ['route', 'method'],
    help: 'Time to answer',
    buckets: bounds,
  })
  for (const route of ['/', '/a "b"\\', 'é\n']) {
    for (const value of values) {
      theirs.observe({ route, method: 'GET' }, value)
      ours.labels({ route, method: 'GET' }).record(value)
    }
  }
  const lines = (text: string): string[] => {
    const [head = '', ...rest] = text.split('{')
    assert.ok(head.includes('web_latency'))
    // prom-client has the label le in front of all others.
    return `${head}{${rest.join('{')}`
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\{(le="[^"]*"),(.*)\} /, '{$2,$1} '))
  }
  assert.deepEqual(lines(formatPrometheus(registry.read())), lines(await register.metrics()))
})

test('Default labels stand in front of the labels of each series, whose own ones of these names are renamed', () => {
  const text = formatPrometheus(snapshot(counter('a', { zone: 'x' }), gauge('b')), { defaultLabels: { zone: 'eu-1' } })
  assert.equal(text.replace(/^#.*\n/gm, ''), 'a_total{zone="eu-1",exported_zone="x"} 1\nb{zone="eu-1"} 1\n')
})

test('A state with a name of a megabyte and thousands of series becomes a text in proportion, and the rest is reported', () => {
  const states = ['idle', 'x'.repeat(1_000_000)]
  const processes = { idle: 1 }
  const series = Array.from({ length: 3000 }, (_, i) => {
    return { labels: { pool: `${i}` }, value: 'idle', seconds: { idle: 1 }, processes, users: 0 }
  })
  const head = { unit: '', help: '', labelNames: ['pool'] }
  const state = { ...head, name: 'pool.state', kind: 'state', states, series } as const
  const long = { ...counter('long', { x: 'y'.repeat(1_000_000) }), kind: 'histogram' } as const
  const bounds = Array.from({ length: 1000 }, (_, i) => i)
  const buckets = { bounds, counts: [...bounds.map(() => 0), 0] }
  const histograms = { ...long, series: [{ labels: { x: 'y'.repeat(1_000_000) }, count: 0, sum: 0, buckets }] } as const
  const leftOut: LeftOut[] = []
  const options = { onLeftOut: (one: LeftOut) => leftOut.push(one) }
  for (const format of [formatPrometheus, formatOpenMetrics]) {
    leftOut.length = 0
    const text = format(snapshot(counter('good'), histograms, state), options)
    assert.ok(text.length < 100_000_000, `${text.length} characters`)
    assert.match(text, /^good_total 1$/m)
    assert.match(text, /^pool_state_users\{pool="2999"\} 0$/m)
    assert.deepEqual(new Set(leftOut.map(({ name }) => name)), new Set(['long', 'pool.state']))
    const [first] = leftOut
    assert.deepEqual(first, { name: 'long', series: 1, reason: '1 of 1 series would make the text too long' })
  }
})

test('A large family of the usual kind is exported whole', () => {
  const leftOut: LeftOut[] = []
  const path = '/api/v1/some/rather/long/path/of/an/app/that/has/many/of/them/'
  const series = Array.from({ length: 5000 }, (_, i) => {
    return { ...exponential(5, 0, 0, []), labels: { route: `${path}${i}`, method: 'GET' } }
  })
  const family = { ...histogram(...series), labelNames: ['route', 'method'], unit: 's' } as FamilySnapshot
  const text = formatPrometheus(snapshot(family), { onLeftOut: (one) => leftOut.push(one) })
  assert.deepEqual(leftOut, [])
  assert.equal(text.match(/_count\{/g)?.length, 5000)
})

for (const bucketsPerOctave of [0, 3, 64, Number.NaN]) {
  test(`bucketsPerOctave ${bucketsPerOctave} is refused`, () => {
    const format = (): string => formatPrometheus(everyKind, { bucketsPerOctave: bucketsPerOctave as 2 })
    const message = `Invalid bucketsPerOctave for formatPrometheus(): ${bucketsPerOctave}. Expected 1, 2, 4, 8, 16 or 32.`
    assert.throws(format, { code: 'PLIMSOLL_OPTION_INVALID', message })
  })
}
