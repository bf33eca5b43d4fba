import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson, formatOpenMetrics, formatPrometheus, formatTable, parseJson } from 'plimsoll/formats'
import type { Exemplar, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { everyMeasure } from '../../support/measures.ts'
import { latencyBuckets } from '../../support/snapshots.ts'

const options = { buckets: { 'web.latency': latencyBuckets } }

function only(...names: readonly string[]): Snapshot {
  return { ...everyMeasure, families: everyMeasure.families.filter(({ name }) => names.includes(name)) }
}

function seriesIn(json: string): unknown[] {
  return (JSON.parse(json) as { families: { series: unknown[] }[] }).families.flatMap(({ series }) => series)
}

test('JSON says all that series of several numbers hold, with their means and rates, and comes back as it was', () => {
  const json = formatJson(everyMeasure)
  assert.deepEqual(parseJson(json), everyMeasure)
  assert.deepEqual(seriesIn(formatJson(only('jobs.size'))), [
    { labels: {}, count: 4, sum: 6144, mean: 1536, window: { count: 1, sum: 1024, mean: 1024 } },
  ])
  const [timer] = seriesIn(formatJson(only('web.latency'))) as [{ recent?: Record<string, unknown> }]
  assert.deepEqual(Object.keys(timer), [
    'labels',
    'count',
    'sum',
    'min',
    'max',
    'last',
    'mean',
    'standardDeviation',
    'quantiles',
    'rates',
    'recent',
    'exemplars',
    'buckets',
  ])
  // 2 ** -0.25, in which newer versions of V8 are off by a bit.
  const middle = 0.8408964152537146
  const quantiles = Object.fromEntries(['0.5', '0.75', '0.9', '0.95', '0.99', '0.999'].map((q) => [q, middle]))
  assert.deepEqual(timer.recent?.['1m'], {
    seconds: 50,
    count: 1,
    sum: 0.75,
    rate: 0.02,
    mean: 0.75,
    standardDeviation: middle - 0.75,
    quantiles,
    buckets: { scale: 1, zero: 0, offset: -1, counts: [1] },
  })
})

for (const [what, from, to, told] of [
  ['a state that is none', '"value":"busy"', '"value":"away"', /series\[0\]\.value is "away"/],
  ['seconds in a state that is none', '"idle":5400', '"away":5400', /series\[0\]\.seconds is "away"/],
  ['a state twice', '"states":["idle","busy"]', '"states":["idle","idle"]', /states is \["idle","idle"\]/],
  ['an average over two things', '"over":{"seconds":60}', '"over":{"seconds":60,"values":1}', /families\[3\]\.over/],
  ['a window whose count is not that of its buckets', '"seconds":50,"count":1', '"seconds":50,"count":2', /1m\.count/],
  [
    'a window with other buckets than its series',
    '"buckets":{"scale":1,"zero":0,"offset":-1,"counts":[1]}',
    '"buckets":{"bounds":[],"counts":[1]}',
    /recent\.1m\.buckets/,
  ],
  ['an exemplar without a time', ',"time":1789999990}', '}', /exemplars\[0\]\.time is missing/],
  ['rates that lack one', '"m5":1.5,', '', /rates\.m5 is missing/],
] as const) {
  test(`Reading JSON refuses ${what}`, () => {
    const text = formatJson(everyMeasure)
    assert.ok(text.includes(from))
    assert.throws(() => parseJson(text.replace(from, to)), { code: 'PLIMSOLL_SNAPSHOT_INVALID', message: told })
  })
}

test('The Prometheus text has a name of its own for each number that a family holds', () => {
  assert.equal(
    formatPrometheus(everyMeasure, options),
    `# HELP build_info What was built
# TYPE build_info gauge
build_info{version="1.4.0",revision="5f0c1a2"} 1
build_info{version="1.5.0",revision="99e07b1"} 1
# HELP cache_warm Whether the cache is filled
# TYPE cache_warm gauge
cache_warm{process="7-0"} 1
cache_warm{process="8-2"} 0
# HELP jobs_done_total Jobs finished
# TYPE jobs_done_total counter
jobs_done_total{queue="mail"} 120
jobs_done_total{queue="old"} 7
# HELP jobs_size_bytes Size of a job
# TYPE jobs_size_bytes summary
jobs_size_bytes_sum 6144
jobs_size_bytes_count 4
# HELP pool_state What the workers do
# TYPE pool_state gauge
pool_state{pool="db",pool_state="idle"} 0
pool_state{pool="db",pool_state="busy"} 1
pool_state{pool="gone",pool_state="idle"} 0
pool_state{pool="gone",pool_state="busy"} 0
# HELP pool_state_processes What the workers do (processes in each state)
# TYPE pool_state_processes gauge
pool_state_processes{pool="db",state="idle"} 0
pool_state_processes{pool="db",state="busy"} 2
pool_state_processes{pool="gone",state="idle"} 0
pool_state_processes{pool="gone",state="busy"} 0
# HELP pool_state_seconds_total What the workers do (time in each state)
# TYPE pool_state_seconds_total counter
pool_state_seconds_total{pool="db",state="idle"} 5400
pool_state_seconds_total{pool="db",state="busy"} 1800
pool_state_seconds_total{pool="gone",state="idle"} 60
pool_state_seconds_total{pool="gone",state="busy"} 0
# HELP pool_state_users What the workers do (holders of the state)
# TYPE pool_state_users gauge
pool_state_users{pool="db"} 3
pool_state_users{pool="gone"} 0
# HELP queue_length Jobs that wait
# TYPE queue_length gauge
queue_length 12
# HELP queue_length_min Jobs that wait (smallest in the window)
# TYPE queue_length_min gauge
queue_length_min{window="1m"} 3
queue_length_min{window="5m"} 0
# HELP queue_length_max Jobs that wait (largest in the window)
# TYPE queue_length_max gauge
queue_length_max{window="1m"} 40
queue_length_max{window="5m"} 90
# HELP web_hits_total Hits
# TYPE web_hits_total counter
web_hits_total 5
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
`,
  )
})

test('OpenMetrics has states, constants and averages as types of their own, and exemplars behind counters and buckets', () => {
  const { families } = only('build', 'jobs.size', 'pool.state', 'web.hits', 'web.latency')
  const first = families.map((family) => ({ ...family, series: family.series.slice(0, 1) }) as FamilySnapshot)
  assert.equal(
    formatOpenMetrics({ ...everyMeasure, families: first }, { ...options, created: true }),
    `# TYPE build info
# HELP build What was built
build_info{version="1.4.0",revision="5f0c1a2"} 1
# TYPE jobs_size_bytes summary
# UNIT jobs_size_bytes bytes
# HELP jobs_size_bytes Size of a job
jobs_size_bytes_sum 6144
jobs_size_bytes_count 4
jobs_size_bytes_created 1789999000.25
# TYPE pool_state stateset
# HELP pool_state What the workers do
pool_state{pool="db",pool_state="idle"} 0
pool_state{pool="db",pool_state="busy"} 1
# TYPE pool_state_processes gauge
# HELP pool_state_processes What the workers do (processes in each state)
pool_state_processes{pool="db",state="idle"} 0
pool_state_processes{pool="db",state="busy"} 2
# TYPE pool_state_seconds counter
# UNIT pool_state_seconds seconds
# HELP pool_state_seconds What the workers do (time in each state)
pool_state_seconds_total{pool="db",state="idle"} 5400
pool_state_seconds_created{pool="db",state="idle"} 1789999000.25
pool_state_seconds_total{pool="db",state="busy"} 1800
pool_state_seconds_created{pool="db",state="busy"} 1789999000.25
# TYPE pool_state_users gauge
# HELP pool_state_users What the workers do (holders of the state)
pool_state_users{pool="db"} 3
# TYPE web_hits counter
# HELP web_hits Hits
web_hits_total 5 # {trace_id="4bf9"} 1 1789999999.5
web_hits_created 1789999000.25
# TYPE web_latency_seconds histogram
# UNIT web_latency_seconds seconds
# HELP web_latency_seconds Time to answer
web_latency_seconds_bucket{route="/",le="0.5"} 1
web_latency_seconds_bucket{route="/",le="0.7071067811865476"} 1
web_latency_seconds_bucket{route="/",le="1.0"} 2 # {trace_id="00aa"} 0.75 1789999990
web_latency_seconds_bucket{route="/",le="1.4142135623730951"} 2
web_latency_seconds_bucket{route="/",le="2.0"} 4 # {} 1.75 1789999998
web_latency_seconds_bucket{route="/",le="+Inf"} 4
web_latency_seconds_sum{route="/"} 4.5
web_latency_seconds_count{route="/"} 4
web_latency_seconds_created{route="/"} 1789999000.25
# EOF
`,
  )
})

test('An exemplar with more than 128 characters in its labels is left out, one with just as many is not', () => {
  const text = (length: number): string => {
    const exemplars: Exemplar[] = [{ labels: { id: '"é'.repeat(length / 2 - 1) }, value: 1, time: 2 }]
    const series = [{ labels: {}, value: 1, exemplars }]
    const family = { name: 'a', kind: 'counter', unit: '', help: '', labelNames: [], series } as const
    return formatOpenMetrics({ version: 1, takenAt: 0, pages: [], families: [family] })
  }
  assert.match(text(128), /a_total 1 # \{id="(\\"é){63}"\} 1 2\n/)
  assert.match(text(130), /a_total 1\n/)
})

test('An exemplar with a NUL in its labels is left out, of a counter and of a bucket, and the one before it stays', () => {
  const exemplar = (id: string, time: number): Exemplar => ({ labels: { id }, value: 1, time })
  const head = { unit: '', help: '', labelNames: [] }
  const buckets = { bounds: [2], counts: [1, 0] }
  const exemplars = [exemplar('good', 1), exemplar('a\0b', 2)]
  const families: FamilySnapshot[] = [
    { ...head, name: 'a', kind: 'counter', series: [{ labels: {}, value: 1, exemplars: exemplars.slice(1) }] },
    { ...head, name: 'b', kind: 'histogram', series: [{ labels: {}, count: 1, sum: 1, buckets, exemplars }] },
  ]
  const text = formatOpenMetrics({ version: 1, takenAt: 0, pages: [], families })
  assert.match(text, /^a_total 1\n/m)
  assert.match(text, /^b_bucket\{le="2\.0"\} 1 # \{id="good"\} 1 1\n/m)
})

test('A state, or a gauge with extremes, of whose names a family before it has one is left out', () => {
  const [state, gauge] = only('pool.state', 'queue.length').families as [FamilySnapshot, FamilySnapshot]
  const plain = (name: string): FamilySnapshot => ({
    name,
    kind: 'gauge',
    unit: '',
    help: '',
    labelNames: [],
    aggregation: 'sum',
    series: [{ labels: {}, value: 1 }],
  })
  const families = [plain('pool.state.users'), state, plain('queue.length.max'), gauge]
  const text = formatPrometheus({ ...everyMeasure, families })
  assert.deepEqual(
    [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
    ['pool_state_users', 'queue_length_max'],
  )
})

test('The extremes of a gauge with a unit keep it at the end of their names', () => {
  const extremes = { '1m': { seconds: 60, min: 1, max: 3 } }
  const series = [{ labels: { window: 'x' }, value: 2, extremes }]
  const head = { name: 'heap.used', kind: 'gauge', unit: 'By', help: '', labelNames: ['window'] } as const
  const families: FamilySnapshot[] = [{ ...head, aggregation: 'sum', series }]
  assert.equal(
    formatOpenMetrics({ version: 1, takenAt: 0, pages: [], families }),
    `# TYPE heap_used_bytes gauge
# UNIT heap_used_bytes bytes
heap_used_bytes{window="x"} 2
# TYPE heap_used_min_bytes gauge
# UNIT heap_used_min_bytes bytes
heap_used_min_bytes{label_window="x",window="1m"} 1
# TYPE heap_used_max_bytes gauge
# UNIT heap_used_max_bytes bytes
heap_used_max_bytes{label_window="x",window="1m"} 3
# EOF
`,
  )
})

test('The table tells rates, windows, states and constants so that a tired person can read them', () => {
  assert.equal(
    formatTable(everyMeasure),
    `build  info  What was built
  version=1.4.0 revision=5f0c1a2  3 processes
  version=1.5.0 revision=99e07b1  1 process

cache.warm  bool gauge, process  Whether the cache is filled
  process=7-0   true
  process=8-2  false

jobs.done  meter  Jobs finished
              count  rate 1m  rate 5m  rate 15m  mean rate
  queue=mail    120      2/s   1.50/s   0.500/s    0.250/s
  queue=old       7

jobs.size  average, last 1 min  Size of a job
         count      mean  mean 1 min
  (all)      4  1.50 KiB       1 KiB

pool.state  state  What the workers do
                  now  users         idle         busy
  pool=db    busy 2/2      3  1.50 h  75%  30 min  25%
  pool=gone         -          1 min 100%            -

queue.length  int gauge, last  Jobs that wait
         now  min 1m  max 1m  min 5m  max 5m
  (all)   12       3      40       0      90

web.hits  counter  Hits
  (all)  5

web.latency  timer  Time to answer
           count  rate 1m  p50 1m  p99 1m     p50     p90     p99  max
  route=/      4  0.020/s  841 ms  841 ms  841 ms  1.68 s  1.68 s  2 s
`,
  )
})

test('On a narrow terminal the last minute, the present state and the slow end stay', () => {
  assert.equal(
    formatTable(only('jobs.done', 'pool.state', 'web.latency'), { width: 40 }),
    `jobs.done  meter  Jobs finished
              count  rate 1m
  queue=mail    120      2/s
  queue=old       7

pool.state  state  What the workers do
                  now  users
  pool=db    busy 2/2      3
  pool=gone         -

web.latency  timer  Time to answer
           count  p99 1m     p99
  route=/      4  841 ms  1.68 s
`,
  )
})

test('Bools that were added up say how many are true', () => {
  const series = [{ labels: {}, value: 2, processes: 3 }]
  const head = { name: 'ready', kind: 'gauge', unit: '', help: '', labelNames: [], type: 'bool' } as const
  const families: FamilySnapshot[] = [{ ...head, aggregation: 'sum', series }]
  assert.equal(formatTable({ ...everyMeasure, families }), 'ready  bool gauge, sum\n  (all)  2 of 3 true\n')
})
