import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson, parseJson } from 'plimsoll/formats'
import type {
  DistributionSeries,
  Exemplar,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  PageState,
  Recent,
  Snapshot,
  StateSeries,
} from 'plimsoll/snapshot'
import { mergeSnapshots, recentRate } from 'plimsoll/snapshot'
import { diffSnapshots } from '#src/snapshot/diff.ts'
import { everyMeasure } from '../../support/measures.ts'

const head = { name: 'm', unit: '', help: '', labelNames: [] } as const
const labels = {}

function of(pid: number, state: PageState, ...families: FamilySnapshot[]): Snapshot {
  const page = { file: `/p/${pid}`, pid, tid: 0, app: 'shop', host: 'a', startedAt: 5, state, heartbeatAge: null }
  return { version: 1, takenAt: pid, pages: [page], families }
}

/** The families of live pages, one each, merged, and those that conflict with one of them. */
function merged(...given: FamilySnapshot[]): readonly FamilySnapshot[] {
  const { families, conflicts = [] } = mergeSnapshots(given.map((family, i) => of(i + 1, 'live', family)))
  return [...families, ...conflicts.map(({ family }) => family)]
}

function meter(value: number, m1?: number): FamilySnapshot {
  const rates = m1 === undefined ? undefined : { mean: 1, m1, m5: 2, m15: 3 }
  return { ...head, kind: 'meter', series: [{ labels, value, ...(rates && { rates }) }] }
}

test('Meters add up with their rates, and those of dead processes count without', () => {
  assert.deepEqual(merged(meter(1, 0.5), meter(2), meter(4, 0.25))[0]?.series, [
    { labels, value: 7, rates: { mean: 2, m1: 0.75, m5: 4, m15: 6 } },
  ])
  const alone = mergeSnapshots([of(1, 'exited', meter(1, 0.5))])
  assert.deepEqual(alone.families[0]?.series, [{ labels, value: 1 }])
  const beside = mergeSnapshots([of(1, 'exited', meter(1, 0.5)), of(2, 'live', meter(2, 0.25))])
  assert.deepEqual(beside.families[0], meter(3, 0.25))
})

test('Averages add up with their windows, and windows over something else stay apart', () => {
  const average = (
    count: number,
    sum: number,
    window?: { count: number; sum: number },
    seconds = 60,
  ): FamilySnapshot => {
    return { ...head, kind: 'average', over: { seconds }, series: [{ labels, count, sum, ...(window && { window }) }] }
  }
  const families = merged(
    average(1, 2, { count: 1, sum: 2 }),
    average(3, 4),
    average(5, 6, { count: 1, sum: 5 }),
    average(7, 8, undefined, 10),
  )
  assert.deepEqual(families, [average(7, 8, undefined, 10), average(9, 12, { count: 2, sum: 7 })])
  const dead = mergeSnapshots([of(1, 'archived', average(1, 2, { count: 1, sum: 2 }))])
  assert.deepEqual(dead.families, [average(1, 2)])
})

function state(one: Omit<StateSeries, 'labels'>, states = ['idle', 'busy', 'down']): FamilySnapshot {
  return { ...head, kind: 'state', states, series: [{ labels, ...one }] }
}

test('States add their seconds, and the present one is that of most processes, of several the first declared', () => {
  const idle = state({ value: 'idle', seconds: { idle: 5, busy: 1, down: 0 }, processes: { idle: 1 }, users: 0 })
  const busy = state({ value: 'busy', seconds: { idle: 0, busy: 2, down: 0 }, processes: { busy: 1 }, users: 3 })
  assert.deepEqual(merged(busy, idle), [
    state({ value: 'idle', seconds: { idle: 5, busy: 3, down: 0 }, processes: { idle: 1, busy: 1 }, users: 3 }),
  ])
  assert.deepEqual(merged(busy, idle, busy), [
    state({ value: 'busy', seconds: { idle: 5, busy: 5, down: 0 }, processes: { idle: 1, busy: 2 }, users: 6 }),
  ])
  const gone = mergeSnapshots([of(1, 'exited', busy)]).families
  assert.deepEqual(gone, [state({ value: null, seconds: { idle: 0, busy: 2, down: 0 }, processes: {}, users: 0 })])
  const others = state({ value: 'busy', seconds: { busy: 1 }, processes: { busy: 1 }, users: 0 }, ['busy'])
  assert.deepEqual(merged(idle, others), [others, idle])
})

test('Equal constants count their processes, different ones stand side by side, those of the dead are left out', () => {
  const info = (version: string, processes?: number): FamilySnapshot => ({
    ...head,
    labelNames: ['version'],
    kind: 'info',
    series: [{ labels: { version }, ...(processes !== undefined && { processes }) }],
  })
  const live = [info('1'), info('2'), info('1', 3)].map((family, i) => of(i, 'live', family))
  assert.deepEqual(mergeSnapshots([...live, of(9, 'exited', info('3'))]).families[0]?.series, [
    { labels: { version: '1' }, processes: 4 },
    { labels: { version: '2' }, processes: 1 },
  ])
})

function gauge(aggregation: GaugeFamilySnapshot['aggregation'], one: Omit<GaugeSeries, 'labels'>): GaugeFamilySnapshot {
  return { ...head, kind: 'gauge', aggregation, series: [{ labels, ...one }] }
}

test('Of gauges of the aggregation last, the one that was set last counts, of two at once the larger, whichever comes first', () => {
  const early = gauge('last', { value: 9, setAt: 100 })
  const late = gauge('last', { value: 1, setAt: 100.5 })
  for (const families of [merged(early, late), merged(late, early)]) {
    assert.deepEqual(families[0]?.series, [{ labels, value: 1, setAt: 100.5, processes: 2 }])
  }
  const same = gauge('last', { value: 2, setAt: 100.5 })
  for (const families of [merged(same, late), merged(late, same)]) {
    assert.deepEqual(families[0]?.series, [{ labels, value: 2, setAt: 100.5, processes: 2 }])
  }
})

test('Gauges of the aggregation process stay apart by a label, which a further merge leaves as it is', () => {
  const pages = [of(7, 'live', gauge('process', { value: 1 })), of(8, 'live', gauge('process', { value: 2 }))]
  const expected = {
    ...gauge('process', { value: 0 }),
    labelNames: ['process'],
    series: [
      { labels: { process: '7-0' }, value: 1, processes: 1 },
      { labels: { process: '8-0' }, value: 2, processes: 1 },
    ],
  }
  assert.deepEqual(mergeSnapshots(pages).families, [expected])
  assert.deepEqual(mergeSnapshots(pages.map((page) => mergeSnapshots([page]))).families, [expected])
  const [first = everyMeasure] = pages
  assert.deepEqual(mergeSnapshots([...pages, of(9, 'exited', ...first.families)]).families, [expected])
})

for (const [aggregation, expected] of [
  ['sum', { min: 4, max: 60 }],
  ['mean', { min: 4 / 3, max: 20 }],
  ['min', { min: 1, max: 20 }],
  ['max', { min: 2, max: 20 }],
  ['last', { min: 1, max: 20 }],
] as const) {
  test(`The extremes of a ${aggregation} are the range in which the value was`, () => {
    const one = (min: number): GaugeFamilySnapshot => {
      return gauge(aggregation, { value: 5, setAt: min, extremes: { '1m': { seconds: 10 * min, min, max: 20 } } })
    }
    const [family] = merged(one(1), one(1), one(2)) as [GaugeFamilySnapshot]
    assert.deepEqual(family.series[0]?.extremes, { '1m': { seconds: 20, ...expected } })
  })
}

test('A sum of gauges is an up-down counter, or of a type, where all of them are', () => {
  const plain = gauge('sum', { value: 1 })
  const upDown = { ...plain, upDownCounter: true } as const
  const whole = { ...upDown, type: 'int' } as const
  const headOf = (...given: GaugeFamilySnapshot[]): object => {
    const { upDownCounter, type } = merged(...given)[0] as GaugeFamilySnapshot
    return { upDownCounter, type }
  }
  assert.deepEqual(headOf(upDown, upDown), { upDownCounter: true, type: undefined })
  assert.deepEqual(headOf(upDown, plain), { upDownCounter: undefined, type: undefined })
  assert.deepEqual(headOf(whole, whole), { upDownCounter: true, type: 'int' })
  assert.deepEqual(headOf(whole, upDown), { upDownCounter: true, type: undefined })
  assert.deepEqual(headOf(plain, whole), { upDownCounter: undefined, type: undefined })
})

test('A process that knows no extremes counts in a sum with the value that it has', () => {
  const one = gauge('sum', { value: 5, extremes: { '1m': { seconds: 60, min: 1, max: 20 } } })
  const [family] = merged(gauge('sum', { value: 3 }), one, gauge('sum', { value: 4 })) as [GaugeFamilySnapshot]
  assert.deepEqual(family.series[0]?.extremes, { '1m': { seconds: 60, min: 8, max: 27 } })
})

test('Gauges of different types give plain numbers', () => {
  const bool = { ...gauge('sum', { value: 1 }), type: 'bool' } as const
  const types = (families: readonly FamilySnapshot[]): unknown[] =>
    families.map((family) => (family.kind === 'gauge' ? family.type : 'none'))
  assert.deepEqual(types(merged(bool, bool)), ['bool'])
  assert.deepEqual(types(merged(bool, gauge('sum', { value: 1 }), bool)), [undefined])
})

const buckets = { scale: 0, zero: 0, offset: 0, counts: [1] }

function timer(one: Partial<DistributionSeries>): FamilySnapshot {
  return { ...head, kind: 'timer', series: [{ labels, count: 1, sum: 2, min: 2, max: 2, buckets, ...one }] }
}

test('Timers add their rates and recent windows, and have a last value as long as only one process has values', () => {
  const recent = (seconds: number): Recent => ({ seconds, count: 1, sum: 2, buckets })
  const rates = { mean: 1, m1: 2, m5: 3, m15: 4 }
  const empty = { labels, count: 0, sum: 0, buckets: { ...buckets, counts: [] } }
  const one = timer({ last: 2, rates, recent: { '1m': recent(60) } })
  const other: FamilySnapshot = { ...head, kind: 'timer', series: [{ ...empty, rates, recent: { '1m': recent(9) } }] }
  const twice = { mean: 2, m1: 4, m5: 6, m15: 8 }
  const minute = { '1m': { seconds: 60, count: 2, sum: 4, buckets: { ...buckets, counts: [2] } } }
  // One in 60 s and one in 9 s are 23 in 180 s.
  const both = { '1m': { ...minute['1m'], seconds: 2 / (1 / 60 + 1 / 9) } }
  assert.deepEqual(merged(one, other), [timer({ last: 2, rates: twice, recent: both })])
  assert.deepEqual(merged(one, one)[0]?.series, [
    { labels, count: 2, sum: 4, min: 2, max: 2, buckets: { ...buckets, counts: [2] }, rates: twice, recent: minute },
  ])
  assert.deepEqual(mergeSnapshots([of(1, 'exited', one)]).families, [timer({})])
})

test('The rate of the last minute is the sum of those of its processes, however long their windows are', () => {
  const window = (count: number, seconds: number): FamilySnapshot =>
    timer({
      recent: { '1m': { seconds, count, sum: count, buckets: { ...buckets, counts: count > 0 ? [count] : [] } } },
    })
  const rateOf = (...all: FamilySnapshot[]): number | undefined => {
    const [one] = (merged(...all)[0]?.series ?? []) as readonly DistributionSeries[]
    return one?.recent?.['1m'] && recentRate(one.recent['1m'])
  }
  const close = (rate: number | undefined, expected: number): void =>
    assert.ok(Math.abs((rate ?? Number.NaN) - expected) < 1e-9, `${rate}, not ${expected}`)
  // Two that work, one that is blocked for eleven minutes, one that has just started, one that has nothing to do.
  close(rateOf(window(2400, 60), window(1600, 40), window(66, 660), window(20, 5), window(0, 79)), 40 + 40 + 0.1 + 4)
  close(rateOf(window(0, 79), window(0, 45)), 0)
})

function exemplar(value: number, time: number): Exemplar {
  return { labels: { id: `${value}` }, value, time }
}

test('Of exemplars the newest of each octave stays, of a counter the newest, also from dead processes', () => {
  const one = timer({ exemplars: [exemplar(1.5, 7), exemplar(3, 9)] })
  const two = timer({ exemplars: [exemplar(2, 8), exemplar(4, 8), exemplar(5, 1)] })
  const { families } = mergeSnapshots([of(1, 'exited', one), of(2, 'live', two)])
  const [series] = (families[0]?.series ?? []) as DistributionSeries[]
  assert.deepEqual(series?.exemplars, [exemplar(2, 8), exemplar(3, 9), exemplar(5, 1)])
  const counter = (time: number): FamilySnapshot => {
    return { ...head, kind: 'counter', series: [{ labels, value: 1, exemplars: [exemplar(1, time)] }] }
  }
  assert.deepEqual(merged(counter(2), counter(3), counter(1))[0]?.series, [
    { labels, value: 3, exemplars: [exemplar(1, 3)] },
  ])
})

test('A series of what was evicted joins its like, and no other', () => {
  const counter = (...series: { labels: Record<string, string>; value: number }[]): FamilySnapshot => {
    return { ...head, kind: 'counter', labelNames: ['x'], series }
  }
  const both = [
    { labels: { overflow: 'true' }, value: 1 },
    { labels: { evicted: 'true' }, value: 2 },
  ]
  assert.deepEqual(merged(counter(...both), counter({ labels: { evicted: 'true' }, value: 4 }))[0]?.series, [
    { labels: { overflow: 'true' }, value: 1 },
    { labels: { evicted: 'true' }, value: 6 },
  ])
})

test('Growth is what meters, averages and states gained, beside rates, windows and the present as they are', () => {
  const grown: FamilySnapshot[] = everyMeasure.families.map((family) => {
    if (family.kind === 'meter')
      return { ...family, series: family.series.map((one) => ({ ...one, value: one.value + 3 })) }
    if (family.kind === 'average') {
      return { ...family, series: family.series.map((one) => ({ ...one, count: one.count + 2, sum: one.sum + 10 })) }
    }
    if (family.kind !== 'state') return family
    const series = family.series.map((one) => ({ ...one, seconds: { idle: 0, busy: (one.seconds.busy ?? 0) + 7 } }))
    return { ...family, series }
  })
  const { families } = diffSnapshots(everyMeasure, { ...everyMeasure, families: grown })
  const series = (name: string): readonly object[] => families.find((one) => one.name === name)?.series ?? []
  const rates = { mean: 0.25, m1: 2, m5: 1.5, m15: 0.5 }
  assert.deepEqual(series('jobs.done'), [
    { labels: { queue: 'mail' }, value: 3, rates },
    { labels: { queue: 'old' }, value: 3 },
  ])
  assert.deepEqual(series('jobs.size'), [{ labels, count: 2, sum: 10, window: { count: 1, sum: 1024 } }])
  assert.deepEqual(series('pool.state')[0], {
    labels: { pool: 'db' },
    value: 'busy',
    seconds: { idle: 0, busy: 7 },
    processes: { busy: 2 },
    users: 3,
  })
  const [timed] = series('web.latency') as DistributionSeries[]
  assert.deepEqual([timed?.count, timed?.last, timed?.rates, timed?.recent?.['1m']?.count], [0, undefined, rates, 1])
  for (const name of ['build', 'cache.warm', 'queue.length']) {
    assert.deepEqual(series(name), everyMeasure.families.find((one) => one.name === name)?.series)
  }
})

test('Counts beyond 2^53 saturate with their buckets, sums at the largest number, and the JSON of both is read back', () => {
  const most = Number.MAX_SAFE_INTEGER
  const exponential = (counts: number[]): FamilySnapshot =>
    timer({ count: Math.min(most, counts[0] as number), sum: 1.7e308, min: 1, max: 2, buckets: { ...buckets, counts } })
  const explicit = (counts: number[]): FamilySnapshot =>
    timer({ count: counts[0] as number, sum: 1.7e308, min: 1, max: 2, buckets: { bounds: [5], counts } })
  for (const [one, other] of [
    [exponential([most]), exponential([7])],
    [exponential([most - 3]), exponential([most])],
    [explicit([most, 0]), explicit([7, 0])],
  ] as const) {
    const families = merged(one, other)
    const total = families[0]?.series[0] as DistributionSeries
    assert.deepEqual([total.count, total.buckets.counts[0], total.sum], [most, most, Number.MAX_VALUE])
    const snapshot: Snapshot = { version: 1, takenAt: 1, pages: [], families }
    assert.deepEqual(parseJson(formatJson(snapshot)), snapshot)
  }
  const [seconds] = merged(
    state({ value: 'idle', seconds: { idle: 1.7e308 }, processes: { idle: 1 }, users: most }),
    state({ value: 'idle', seconds: { idle: 1.7e308 }, processes: { idle: 1 }, users: 2 }),
  )
  const total = seconds?.series[0] as StateSeries
  assert.deepEqual([total.seconds.idle, total.users], [Number.MAX_VALUE, most])
})
