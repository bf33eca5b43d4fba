import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CompareRule, compare, formatComparison } from 'plimsoll/compare'
import type { FamilySnapshot, PageInfo, PageState, Snapshot } from 'plimsoll/snapshot'

const head = { unit: '', help: '', labelNames: [] }

function page(state: PageState, pid = 7): PageInfo {
  return { file: null, pid, tid: 0, app: 'shop', host: 'web', startedAt: 0, state, heartbeatAge: null }
}

function snapshot(families: readonly FamilySnapshot[], pages: readonly PageInfo[] = [], takenAt = 100): Snapshot {
  return { version: 1, takenAt, pages, families }
}

function requests(...counts: readonly (readonly [route: string, status: string, value: number])[]): FamilySnapshot {
  const series = counts.map(([route, status, value]) => ({ labels: { route, status }, value }))
  return { ...head, name: 'http.requests', kind: 'counter', labelNames: ['route', 'status'], series }
}

function queue(value: number, aggregation: 'sum' | 'mean' = 'sum', processes = 1): FamilySnapshot {
  return { ...head, name: 'queue.length', kind: 'gauge', aggregation, series: [{ labels: {}, value, processes }] }
}

function text(...values: readonly string[]): FamilySnapshot {
  return { ...head, name: 'app.version', kind: 'text', series: values.map((value) => ({ labels: {}, value })) }
}

function latency(counts: readonly number[], sum: number, bounds: readonly number[] = [1, 2]): FamilySnapshot {
  const count = counts.reduce((total, n) => total + n, 0)
  const series = [{ labels: {}, count, sum, buckets: { bounds, counts } }]
  return { ...head, name: 'http.latency', kind: 'timer', unit: 's', series }
}

/** What single rules gave, without what is the same for all of them. */
function results(sources: Readonly<Record<string, Snapshot>>, ...rules: readonly CompareRule[]): object[] {
  return compare(new Map(Object.entries(sources)), rules).results.map(({ kind, unit, ...rest }) => rest)
}

const web1 = snapshot([queue(3), requests(['/', '200', 10], ['/x', '500', 1])])
const web2 = snapshot([queue(9), requests(['/', '200', 20])])
const web10 = snapshot([queue(9)])
const three = { 'web-10': web10, 'web-1': web1, 'web-2': web2 }

test('a rule gives the sum, the average, the extremes with their sources and all values sorted', () => {
  const metric = { metric: 'queue.length', labels: {}, sources: 3, of: 'value' }
  assert.deepEqual(
    results(three, { metric: 'queue.length', compute: ['sum', 'average', 'min', 'max', 'sorted', 'count', 'inverse'] }),
    [
      { ...metric, compute: 'sum', value: 21 },
      { ...metric, compute: 'average', value: 7 },
      { ...metric, compute: 'min', source: 'web-1', value: 3 },
      { ...metric, compute: 'max', source: 'web-2', value: 9 },
      {
        ...metric,
        compute: 'sorted',
        values: [
          { source: 'web-2', value: 9 },
          { source: 'web-10', value: 9 },
          { source: 'web-1', value: 3 },
        ],
      },
      { metric: 'queue.length', labels: {}, sources: 3, compute: 'count' },
      {
        ...metric,
        compute: 'inverse',
        values: [
          { value: 3, sources: ['web-1'] },
          { value: 9, sources: ['web-2', 'web-10'] },
        ],
      },
    ],
  )
})

test('labels choose series by value, pattern or expression, and labels that are kept apart have results of their own', () => {
  const sum = { metric: 'http.requests', compute: 'sum', of: 'value' }
  assert.deepEqual(
    results(
      three,
      { metric: 'http.requests', compute: 'sum' },
      { metric: 'http.requests{status=500}', compute: 'sum' },
      { metric: 'http.requests{status=~"2.."}', compute: 'sum', by: ['route'] },
      { metric: 'http.requests', compute: 'sum', by: ['route', 'status'] },
    ),
    [
      { ...sum, labels: {}, sources: 2, value: 31 },
      { ...sum, labels: { status: '500' }, sources: 1, value: 1 },
      { ...sum, labels: { route: '/' }, sources: 2, value: 30 },
      { ...sum, labels: { route: '/', status: '200' }, sources: 2, value: 30 },
      { ...sum, labels: { route: '/x', status: '500' }, sources: 1, value: 1 },
    ],
  )
})

test('what is past the limit of a family is in its sum, and apart from the labels that are kept apart', () => {
  const family = requests(['/', '200', 10])
  const series = [...family.series, { labels: { overflow: 'true' }, value: 5 }]
  const sum = { metric: 'http.requests', compute: 'sum', of: 'value', sources: 1 }
  assert.deepEqual(
    results(
      { web: snapshot([{ ...family, series } as FamilySnapshot]) },
      { metric: 'http.requests', compute: 'sum' },
      { metric: 'http.requests', compute: 'sum', by: ['route'] },
    ),
    [
      { ...sum, labels: {}, value: 15 },
      { ...sum, labels: { route: '/' }, value: 10 },
      { ...sum, labels: { overflow: 'true' }, value: 5 },
    ],
  )
})

test('a name may be a pattern or a parsed selector; each metric has a result of its own', () => {
  const names = ['api.v1.hits', 'api.v2.hits', 'api.v2.hits.old', 'web.v1.hits']
  const families = names.map((name, i): FamilySnapshot => {
    return { ...head, name, kind: 'counter', series: [{ labels: {}, value: i }] }
  })
  const found = (metric: CompareRule['metric']): string[] =>
    compare(new Map([['a', snapshot(families)]]), [{ metric, compute: 'sum' }]).results.map((result) => result.metric)
  assert.deepEqual(found('api.*.hits'), ['api.v1.hits', 'api.v2.hits'])
  assert.deepEqual(found('api.v?.hits*'), ['api.v1.hits', 'api.v2.hits', 'api.v2.hits.old'])
  assert.deepEqual(found('*hits'), ['api.v1.hits', 'api.v2.hits', 'web.v1.hits'])
  assert.deepEqual(found({ family: 'api.v2.hits', labels: [], statistic: '' }), ['api.v2.hits'])
  assert.deepEqual(found({ family: 'api.*.hits', labels: [], statistic: '' }), [])
  assert.deepEqual(found('api.v3.hits'), [])
})

test('an inverse map shows which sources have which text, a source with several texts under each', () => {
  const versions = {
    a10: snapshot([text('1.10.0')]),
    a9: snapshot([text('1.9.0', '1.10.0')]),
    b: snapshot([text('1.10.0')]),
  }
  const comparison = compare(new Map(Object.entries(versions)), [{ metric: 'app.version', compute: 'inverse' }])
  const [result] = comparison.results
  assert.deepEqual(result?.compute === 'inverse' && result.values, [
    { value: '1.9.0', sources: ['a9'] },
    { value: '1.10.0', sources: ['a9', 'a10', 'b'] },
  ])
})

test('states, infos, averages and meters are read as what they are', () => {
  const state = { seconds: { idle: 5, busy: 1 }, users: 1 }
  const pool = (value: 'idle' | 'busy'): FamilySnapshot => {
    const series = [{ labels: {}, value, processes: { [value]: 1 }, ...state }]
    return { ...head, name: 'pool', kind: 'state', states: ['idle', 'busy'], series }
  }
  const build = (version: string): FamilySnapshot => {
    return {
      ...head,
      name: 'build',
      kind: 'info',
      labelNames: ['version', 'rev'],
      series: [{ labels: { version, rev: 'a1' } }],
    }
  }
  const size = (count: number, sum: number): FamilySnapshot => {
    return { ...head, name: 'size', kind: 'average', series: [{ labels: {}, count, sum }] }
  }
  const hits = (value: number, m1: number): FamilySnapshot => {
    return {
      ...head,
      name: 'hits',
      kind: 'meter',
      series: [{ labels: {}, value, rates: { mean: 0, m1, m5: 0, m15: 0 } }],
    }
  }
  const sources = {
    a: snapshot([build('1'), hits(10, 2), pool('idle'), size(1, 10)]),
    b: snapshot([build('2'), hits(20, 8), pool('busy'), size(3, 90)]),
  }
  assert.deepEqual(
    results(
      sources,
      { metric: 'pool', compute: ['inverse', 'sum'] },
      { metric: 'build', compute: 'inverse' },
      { metric: 'size', compute: ['average', 'sum', 'max'] },
      { metric: 'hits', compute: 'sum' },
      { metric: 'hits.m1', compute: 'max' },
    ).map((result) => {
      const { labels, sources: _, ...rest } = result as Record<string, unknown>
      return rest
    }),
    [
      {
        metric: 'pool',
        of: 'value',
        compute: 'inverse',
        values: [
          { value: 'busy', sources: ['b'] },
          { value: 'idle', sources: ['a'] },
        ],
      },
      {
        metric: 'build',
        of: 'value',
        compute: 'inverse',
        values: [
          { value: 'version=1 rev=a1', sources: ['a'] },
          { value: 'version=2 rev=a1', sources: ['b'] },
        ],
      },
      { metric: 'size', of: 'mean', compute: 'average', value: 25 },
      { metric: 'size', of: 'count', compute: 'sum', value: 4 },
      { metric: 'size', of: 'mean', compute: 'max', source: 'b', value: 30 },
      { metric: 'hits', of: 'value', compute: 'sum', value: 30 },
      { metric: 'hits', of: 'm1', compute: 'max', source: 'b', value: 8 },
    ],
  )
})

test('quantiles come from buckets added up at shared bounds, and others are a distribution of their own', () => {
  const sources = {
    a: snapshot([latency([9, 1, 0], 10)]),
    b: snapshot([latency([0, 0, 0], 0)]),
    c: snapshot([latency([0, 30, 0], 45)]),
    d: snapshot([latency([4, 0], 2, [1.5])]),
    e: snapshot([latency([0, 0, 0, 0], 0, [0.5, 1, 2])]),
  }
  const rule = { metric: 'http.latency', compute: 'quantiles', quantiles: [0.5] } as const
  const common = { metric: 'http.latency', labels: {}, compute: 'quantiles' }
  assert.deepEqual(results(sources, rule), [
    { ...common, sources: 2, count: 40, quantiles: [{ q: 0.5, value: 1 + 11 / 31 }] },
    { ...common, sources: 1, count: 4, quantiles: [{ q: 0.5, value: 0.75 }] },
  ])
  assert.deepEqual(results(sources, { metric: 'http.latency.p50', compute: 'max' }), [
    { metric: 'http.latency', labels: {}, sources: 3, of: 'p50', compute: 'max', source: 'c', value: 1.5 },
  ])
})

test('rules that make no sense are refused: sums and averages of quantiles, unknown words, shares out of order', () => {
  const refused = (rule: object, message: RegExp): void =>
    assert.throws(() => compare(new Map(), [{ metric: 'a', compute: 'sum', ...rule } as CompareRule]), {
      code: 'PLIMSOLL_OPTION_INVALID',
      message,
    })
  const refusedQuantile = /statistic for compare\(\): "p50".*quantiles of several sources cannot be added or averaged/
  refused({ compute: ['max', 'average'], metric: 'a{}.p50' }, refusedQuantile)
  assert.throws(() => results({ a: snapshot([latency([1], 1)]) }, { metric: 'http.latency.p50', compute: 'sum' }), {
    message: refusedQuantile,
  })
  refused({ metric: 'a{}.p101' }, /p101/)
  refused({ compute: 'median' }, /: "median"\. Expected one of sum/)
  refused({ compute: 'quantiles', quantiles: [0.9, 0.5] }, /ascending/)
  refused({ metric: 'a b' }, /one selector/)
  refused({ metric: 'a > 1' }, /without a comparison/)
  refused({ metric: 7 }, /one selector/)
})

test('a rule that no metric fits, or no kind, is told by its place and hides no other', () => {
  const comparison = compare(new Map([['a', snapshot([text('1'), queue(2)])]]), [
    { metric: 'nothing.here', compute: 'sum' },
    { metric: 'queue.length', compute: 'sum' },
    { metric: 'app.version', compute: ['sum', 'quantiles'] },
  ])
  assert.deepEqual(comparison.unmatched, [0, 2])
  assert.deepEqual(
    comparison.results.map(({ metric }) => metric),
    ['queue.length'],
  )
})

test('means are weighted: those of distributions by their values, mean gauges by their processes', () => {
  assert.deepEqual(
    results(
      {
        a: snapshot([latency([1, 0, 0], 1), queue(10, 'mean', 1)]),
        b: snapshot([latency([0, 3, 0], 6), queue(2, 'mean', 3)]),
      },
      { metric: 'http.latency', compute: 'average' },
      { metric: 'queue.length', compute: 'average' },
    ).map((result) => (result as { value: number }).value),
    [1.75, 4],
  )
})

test('gauges of processes that are gone count for nothing, their counters do; numbers that are none are left out', () => {
  const sources = {
    gone: snapshot([queue(100), requests(['/', '200', 4])], [page('exited')]),
    live: snapshot([queue(2), requests(['/', '200', 1])], [page('live')]),
    none: snapshot([queue(Number.NaN)]),
  }
  assert.deepEqual(results(sources, { metric: '*', compute: 'sum' }), [
    { metric: 'http.requests', labels: {}, sources: 2, of: 'value', compute: 'sum', value: 5 },
    { metric: 'queue.length', labels: {}, sources: 1, of: 'value', compute: 'sum', value: 2 },
  ])
})

test('a gauge that stays one of its process counts process by process', () => {
  const load = (pid: number, value: number): Snapshot => {
    const family: FamilySnapshot = {
      ...head,
      name: 'load',
      kind: 'gauge',
      aggregation: 'process',
      series: [{ labels: {}, value }],
    }
    return snapshot([family], [page('live', pid)])
  }
  assert.deepEqual(results({ a: load(7, 1), b: load(8, 3) }, { metric: 'load', compute: ['max', 'sum'] }), [
    { metric: 'load', labels: {}, sources: 2, of: 'value', compute: 'max', source: 'b 8-0', value: 3 },
    { metric: 'load', labels: {}, sources: 2, of: 'value', compute: 'sum', value: 4 },
  ])
})

test('a result is plain data, and a table for people that fits the terminal and does nothing to it', () => {
  const sources = new Map([
    ['web-1\u001b[2J', snapshot([text('1.0'), latency([1, 0, 0], 0.5), queue(3), requests(['/', '200', 1234567])])],
    ['a server with quite a long name', snapshot([text('1.0'), queue(12)], [], 50)],
  ])
  const comparison = compare(sources, [
    { metric: 'app.version', compute: 'inverse' },
    { metric: 'http.latency', compute: ['quantiles', 'average'], quantiles: [0.5, 0.999] },
    { metric: 'http.requests', compute: ['sum', 'max'], by: ['route'] },
    { metric: 'queue.length', compute: ['sorted', 'count'] },
  ])
  assert.deepEqual(JSON.parse(JSON.stringify(comparison)), comparison)
  assert.equal(
    formatComparison(comparison, { width: 40 }),
    `app.version  text
  inverse  1.0  a server with quite a l…

http.latency  timer
  p50         1 s  1 source
  p99.9       1 s  1 source
  average  500 ms  1 source

http.requests{route=/}  counter
  sum  1,234,567  1 source
  max  1,234,567  web-1\ufffd[2J

queue.length  gauge
  sorted  12  a server with quite a lon…
           3  web-1\ufffd[2J
  count    2
`,
  )
  assert.equal(formatComparison(compare(new Map(), [])), '')
})

test('the work of many rules over many metrics is linear in their number', () => {
  const work = (n: number): number => {
    let reads = 0
    const family = (i: number): FamilySnapshot => ({
      ...head,
      kind: 'counter',
      series: [{ labels: {}, value: i }],
      get name() {
        reads++
        return `metric.n${i}`
      },
    })
    const families = Array.from({ length: n }, (_, i) => family(i))
    const rules = families.map((_, i): CompareRule => ({ metric: `metric.n${i}`, compute: ['sum', 'max'] }))
    const { results: found } = compare(new Map([['a', snapshot(families)]]), rules)
    assert.equal(found.length, 2 * n)
    return reads
  }
  const [few, many] = [work(50), work(200)]
  assert.ok(many < 8 * few, `${few} reads of names for 50 metrics, ${many} for 200`)
})
