import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTable } from 'plimsoll/formats'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { everyKind } from '../../support/snapshots.ts'

function gauges(unit: string, ...values: number[]): Snapshot {
  const series = values.map((value, i) => ({ labels: { i: String(i) }, value }))
  const family: FamilySnapshot = {
    name: 'g',
    kind: 'gauge',
    unit,
    help: '',
    labelNames: ['i'],
    aggregation: 'sum',
    series,
  }
  return { version: 1, takenAt: 0, pages: [], families: [family] }
}

function numbersIn(text: string): string[] {
  return text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice('  i=0  '.length).trim())
}

test('The table of every kind of metric reads like this', () => {
  assert.equal(
    formatTable(everyKind),
    `build.version  text  What runs
  part=app   1.0 "β"�
  part=node  v20.19.5
  part=node  v22.3.0

heap.used  gauge, sum  Heap in use
  (all)  1.50 KiB

pool.busy  gauge, mean  Share of the pool in use
  pool=db  0.250

web.latency  timer  Time to answer
                 count    mean     p50     p90     p99  max
  route=/            4  1.13 s  841 ms  1.68 s  1.68 s  2 s
  overflow=true      0       -       -       -       -    -

web.requests  counter  Requests answered
  route=/ status=200      3
  route=/x status=500  1.50
  overflow=true           1

web.size  histogram  Size of an answer
  Quantiles are interpolated between the declared buckets.
         count      mean       p50       p90       p99       max
  (all)      3  1.66 KiB  1.95 KiB  2.93 KiB  2.93 KiB  2.93 KiB
`,
  )
})

test('A snapshot without metrics says so', () => {
  assert.equal(formatTable({ ...everyKind, families: [] }), 'No metrics.\n')
})

test('Times, bytes and other numbers are told in units that fit', () => {
  assert.deepEqual(numbersIn(formatTable(gauges('s', 0, 1.5e-9, 2.5e-5, 0.0123, 0.9996, 59, 90, 7200, 2e5))), [
    '0 s',
    '1.50 ns',
    '25.0 µs',
    '12.3 ms',
    '1.00 s',
    '59 s',
    '1.50 min',
    '2 h',
    '2.31 d',
  ])
  assert.deepEqual(numbersIn(formatTable(gauges('By', 0, 1, 1023, 1024, 1.5e6, -3e9, 1e13))), [
    '0 B',
    '1 B',
    '1023 B',
    '1 KiB',
    '1.43 MiB',
    '-2.79 GiB',
    '9.09 TiB',
  ])
  assert.deepEqual(
    numbersIn(formatTable(gauges('', 0, 1234567, -1234, 0.5, 1e-9, 1.5e7 + 0.5, Number.NaN, Infinity, -Infinity))),
    ['0', '1,234,567', '-1,234', '0.500', '1.00e-9', '1.50e+7', 'NaN', '∞', '-∞'],
  )
  assert.deepEqual(numbersIn(formatTable(gauges('%', 12.5))), ['12.5%'])
  const [family] = gauges('', 2 ** 64).families as [FamilySnapshot & { kind: 'gauge' }]
  const series = [{ labels: { i: '0' }, value: 2 ** 64, exact: '18446744073709551615' }]
  const exact = { ...gauges(''), families: [{ ...family, series }] }
  assert.deepEqual(numbersIn(formatTable(exact)), ['18,446,744,073,709,551,615'])
  assert.deepEqual(numbersIn(formatTable(gauges('ms', 1500))), ['1.50 s'])
  assert.deepEqual(numbersIn(formatTable(gauges('Cel', 21))), ['21 °C'])
})

test('A gauge of Unix time is shown as a date, in whatever unit, and a long duration is not', () => {
  const text = formatTable(gauges('s', 1_795_327_756.9, 9e8, 1e10), { width: 80 })
  assert.deepEqual(numbersIn(text), ['2026-11-22 06:09:16 UTC', '10417 d', '115741 d'])
  assert.deepEqual(numbersIn(formatTable(gauges('ms', 1_795_327_756_900))), ['2026-11-22 06:09:16 UTC'])
  assert.deepEqual(numbersIn(formatTable(gauges('By', 1_795_327_756))), ['1.67 GiB'])
})

test('Labels too long for half of the width stand as values below each other, and their names once', () => {
  const route = (http_route: string, status: string, value: number) => ({
    labels: { http_request_method: 'GET', http_route, http_response_status_class: status },
    value,
  })
  const family: FamilySnapshot = {
    name: 'requests',
    kind: 'counter',
    unit: '',
    help: '',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_class'],
    series: [route('/item/:id', '2xx', 5), route('', '4xx', 17), { labels: { overflow: 'true' }, value: 3 }],
  }
  const snapshot: Snapshot = { version: 1, takenAt: 0, pages: [], families: [family] }
  assert.equal(
    formatTable(snapshot, { width: 80 }),
    `requests  counter
  by http_request_method, http_route, http_response_status_class
  GET  /item/:id  2xx   5
  GET  -          4xx  17
  overflow=true         3
`,
  )
  assert.match(
    formatTable(snapshot, { width: 40 }),
    /^ {2}by http_request_method, http_route, h…\n {2}GET \/item\/:id 2xx/m,
  )
  assert.match(formatTable(snapshot, { width: 200 }), /^ {2}http_request_method=GET http_route=\(none\) http_response/m)
  // Without a framework no request has a route.
  const plain = { ...family, series: [route('', '2xx', 5), route('', '4xx', 17)] }
  assert.match(
    formatTable({ ...snapshot, families: [plain] }, { width: 60 }),
    /^ {2}by http_request_method, http_response_.*\n {2}GET {2}2xx {3}5$/m,
  )
})

test('Long labels lose their middle, so that no line is wider than asked and ends still differ', () => {
  const series = ['200', '500'].map((status) => ({ labels: { route: '/a'.repeat(60), status }, value: 1 }))
  const family: FamilySnapshot = {
    name: 'hits',
    kind: 'counter',
    unit: '',
    help: 'h'.repeat(90),
    labelNames: ['route', 'status'],
    series,
  }
  assert.equal(
    formatTable({ version: 1, takenAt: 0, pages: [], families: [family] }, { width: 44 }),
    `hits  counter  ${'h'.repeat(28)}…
  by route, status
  /a/a/a/a/a/a/a/a/a/a/a/a/…a/a/a/a/a 200  1
  /a/a/a/a/a/a/a/a/a/a/a/a/…a/a/a/a/a 500  1
`,
  )
})

test('Long texts are cut at the width, and leave their labels at most half of it', () => {
  const series = [
    { labels: { a: '1' }, value: '' },
    { labels: { a: 'é'.repeat(50) }, value: 'long '.repeat(20) },
  ]
  const family: FamilySnapshot = { name: 't', kind: 'text', unit: '', help: '', labelNames: ['a'], series }
  const snapshot: Snapshot = { version: 1, takenAt: 0, pages: [], families: [family] }
  assert.equal(
    formatTable(snapshot, { width: 40 }),
    `t  text
  a=1
  a=${'é'.repeat(8)}…ééééé  long long long long…
`,
  )
})

test('On a narrow terminal a distribution gives up columns, the less telling ones first', () => {
  const families = everyKind.families.filter(({ kind }) => kind === 'timer')
  assert.equal(
    formatTable({ ...everyKind, families }, { width: 40 }),
    `web.latency  timer  Time to answer
                 count     p50     p99
  route=/            4  841 ms  1.68 s
  overflow=true      0       -       -
`,
  )
})

/** A timer with buckets of 0 to 10 ms, 100 ms and more, whose three values came in the last minute and took 12 ms at most. */
function recentTimer(route: string, labels: object = {}): FamilySnapshot {
  const buckets = { bounds: [0.01, 0.1], counts: [2, 1, 0] }
  const values = { count: 3, sum: 0.018, buckets }
  const rates = { mean: 0.05, m1: 0.9, m5: 0.9, m15: 0.9 }
  const recent = { '1m': { seconds: 60, ...values } }
  const series = [{ labels: { ...labels, route }, ...values, min: 0.002, max: 0.012, rates, recent }]
  return { name: 'took', kind: 'timer', unit: 's', help: '', labelNames: ['route'], series }
}

function tableOf(families: FamilySnapshot[], width: number): string {
  return formatTable({ version: 1, takenAt: 0, pages: [], families }, { width })
}

test('The last minute has no quantile above the maximum since the start, and its rate is that of its own values', () => {
  assert.equal(
    tableOf([recentTimer('/')], 100),
    `took  timer
  Quantiles are interpolated between the declared buckets.
           count  rate 1m  p50 1m  p99 1m     mean    p50    p90    p99    max
  route=/      3  0.050/s   10 ms   12 ms  6.00 ms  10 ms  12 ms  12 ms  12 ms
`,
  )
})

test('Labels that tell series apart stay whole before columns do, as long as they leave them half of the width', () => {
  const labels = { worker: '3', pid: '16714', tid: '0' }
  assert.equal(
    tableOf([recentTimer('/', labels)], 80),
    `took  timer
  Quantiles are interpolated between the declared buckets.
                                    count  rate 1m  p50 1m  p99 1m    p50    p99
  worker=3 pid=16714 tid=0 route=/      3  0.050/s   10 ms   12 ms  10 ms  12 ms
`,
  )
})

test('A rate that fades is small, and never in powers of ten', () => {
  const rates = { mean: 0.25, m1: 7.2e-6, m5: 0.0009, m15: 0.002 }
  const series = [{ labels: {}, value: 3, rates }]
  assert.equal(
    tableOf([{ name: 'jobs', kind: 'meter', unit: '', help: '', labelNames: [], series }], 80),
    `jobs  meter
         count   rate 1m   rate 5m  rate 15m  mean rate
  (all)      3  <0.001/s  <0.001/s   0.002/s    0.250/s
`,
  )
})

test('Control characters, escape sequences and hidden characters of a page do not reach the terminal', () => {
  const series = [{ labels: { a: '\u001b[2J\r\n\u0007\u009b31m\u202e\u200b\ud800', 日本: '語' }, value: 1 }]
  const family: FamilySnapshot = {
    name: 'x\u001b]0;t\u0007',
    kind: 'counter',
    unit: '\u001b',
    help: '\u2028\u001bc',
    labelNames: [],
    series,
  }
  assert.equal(
    formatTable({ version: 1, takenAt: 0, pages: [], families: [family] }),
    'x�]0;t�  counter  ��c\n  a=�[2J����31m��� 日本=語  1\n',
  )
})

test('With color, titles are bold and the rest around the numbers is dim', () => {
  const text = formatTable(gauges('', 1), { color: true })
  assert.equal(text, '\u001b[1mg\u001b[22m  \u001b[2mgauge, sum\u001b[22m\n  i=0  1\n')
})

test('Where a family has more series than are wanted, the largest stand there, with what stands for others, and how many more there are', () => {
  const series = Array.from({ length: 1234 }, (_, i) => ({ labels: { i: String(i) }, value: i }))
  const requests = {
    name: 'requests',
    kind: 'counter',
    unit: '',
    help: '',
    labelNames: ['i'],
    series: [...series, { labels: { overflow: 'true' }, value: 7 }],
  } as const
  const [busy] = gauges('', 1, -5, 3).families
  const many = { ...everyKind, families: [busy as FamilySnapshot, requests] }
  assert.equal(
    formatTable(many, { maxSeries: 3 }),
    `g  gauge, sum
  i=0   1
  i=1  -5
  i=2   3

requests  counter
  i=1233         1,233
  i=1232         1,232
  overflow=true      7
  … and 1,232 more
`,
  )
  assert.deepEqual(formatTable(many, { maxSeries: 1 }).split('\n').slice(1, 3), ['  i=1  -5', '  … and 2 more'])
  assert.throws(() => formatTable(many, { maxSeries: 0 }), { code: 'PLIMSOLL_OPTION_INVALID' })
})

test('A state is read in linear time, however many states there are', () => {
  const work = (n: number): number => {
    let reads = 0
    const states = Array.from({ length: n }, (_, i) => `state-${i}`)
    const seconds = new Proxy(Object.fromEntries(states.map((state, i) => [state, i])), {
      get: (of, name) => Reflect.get(of, name, void reads++),
    })
    const series = [{ labels: {}, value: 'state-1', seconds, processes: { 'state-1': 1 }, users: 0 }]
    const family: FamilySnapshot = { name: 's', kind: 'state', unit: '', help: '', labelNames: [], states, series }
    const text = formatTable({ version: 1, takenAt: 0, pages: [], families: [family] }, { width: 1e9 })
    assert.ok(text.includes(`state-${n - 1}`))
    return reads
  }
  const [few, many] = [work(250), work(1000)]
  assert.ok(many < 8 * few, `${few} reads for 250 states, ${many} for 1000`)
})
