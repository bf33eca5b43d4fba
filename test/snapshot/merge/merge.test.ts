import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  Aggregation,
  DistributionSeries,
  FamilySnapshot,
  Labels,
  PageInfo,
  PageState,
  Snapshot,
} from 'plimsoll/snapshot'
import { mergeSnapshots } from 'plimsoll/snapshot'

function page(pid: number, state: PageState = 'live'): PageInfo {
  return { file: `/p/${pid}`, pid, tid: 0, app: 'shop', host: 'a', startedAt: 5, state, heartbeatAge: null }
}

function snapshot(takenAt: number, pages: readonly PageInfo[], ...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt, pages, families }
}

function counter(
  value: number,
  labels: Labels = {},
  labelNames: readonly string[] = Object.keys(labels),
): FamilySnapshot {
  return { name: 'hits', kind: 'counter', unit: '', help: 'Hits', labelNames, series: [{ labels, value }] }
}

function gauge(aggregation: Aggregation, value: number, processes?: number): FamilySnapshot {
  const series = [processes === undefined ? { labels: {}, value } : { labels: {}, value, processes }]
  return { name: 'busy', kind: 'gauge', unit: '', help: '', labelNames: [], aggregation, series }
}

function timer(...series: DistributionSeries[]): FamilySnapshot {
  return { name: 'took', kind: 'timer', unit: 's', help: '', labelNames: [], series }
}

test('Nothing merged is an empty snapshot', () => {
  assert.deepEqual(mergeSnapshots([]), { version: 1, takenAt: 0, pages: [], families: [] })
})

test('Pages follow each other, the time is the latest, counters add up by their labels, families are sorted', () => {
  const other = { ...counter(1), name: 'a' }
  const merged = mergeSnapshots([
    snapshot(9, [page(1)], counter(1, { x: '1' })),
    snapshot(7, [page(2, 'exited')], other, counter(2, { x: '1' })),
    snapshot(8, [page(3)], counter(4, { x: '2' })),
  ])
  const hits = {
    ...counter(0),
    labelNames: ['x'],
    series: [
      { labels: { x: '1' }, value: 3 },
      { labels: { x: '2' }, value: 4 },
    ],
  }
  assert.deepEqual(merged, snapshot(9, [page(1), page(2, 'exited'), page(3)], other, hits as FamilySnapshot))
})

test('Label values that would look alike when joined stay apart', () => {
  const names = ['x', 'y']
  const one = snapshot(1, [], counter(1, { x: '1:a', y: '' }, names), gauge('sum', 1))
  const two = snapshot(1, [], counter(2, { x: '1', y: ':a' }, names), counter(3, { overflow: 'true' }, names))
  const hits = mergeSnapshots([one, two]).families[1]
  assert.deepEqual(hits?.series, [
    { labels: { x: '1:a', y: '' }, value: 1 },
    { labels: { x: '1', y: ':a' }, value: 2 },
    { labels: { overflow: 'true' }, value: 3 },
  ])
})

test('Equal texts count their processes, different ones stand side by side, and those of dead processes are left out', () => {
  const text = (part: string, value: string, processes?: number): FamilySnapshot => {
    const series = [{ labels: { part }, value, ...(processes !== undefined && { processes }) }]
    return { name: 'version', kind: 'text', unit: '', help: '', labelNames: ['part'], series }
  }
  const merged = mergeSnapshots([
    snapshot(1, [page(1)], text('node', 'v20')),
    snapshot(1, [page(2)], text('node', 'v22', 2), text('app', 'v20')),
    snapshot(1, [page(3)], text('node', 'v20', 3)),
    snapshot(1, [page(4, 'exited')], text('node', 'v20')),
  ])
  assert.deepEqual(merged.families[0]?.series, [
    { labels: { part: 'node' }, value: 'v20', processes: 4 },
    { labels: { part: 'node' }, value: 'v22', processes: 2 },
    { labels: { part: 'app' }, value: 'v20', processes: 1 },
  ])
})

test('An overflow series that was given a label stays apart from the series that has only that label', () => {
  const names = ['app']
  const one = snapshot(1, [], counter(5, { app: 'shop', overflow: 'true' }, [...names, 'route']))
  const two = snapshot(1, [], counter(7, { app: 'shop' }, names))
  const [merged] = mergeSnapshots([one, two]).families
  assert.deepEqual(
    merged?.series.map((series) => ('value' in series ? series.value : undefined)),
    [5, 7],
  )
})

test('A family whose label names changed has them all, and its overflow series is one', () => {
  const names = ['status', 'route']
  const merged = mergeSnapshots([
    snapshot(1, [], counter(1, { route: '/' })),
    snapshot(1, [], counter(2, { status: '200', route: '/' }, names), counter(4, { overflow: 'true' }, names)),
    snapshot(1, [], counter(8, { overflow: 'true' }, ['route']), counter(16, { route: '/' })),
  ])
  const series = [
    { labels: { route: '/' }, value: 17 },
    { labels: { status: '200', route: '/' }, value: 2 },
    { labels: { overflow: 'true' }, value: 12 },
  ]
  assert.deepEqual(merged.families, [{ ...counter(0), labelNames: ['route', 'status'], series }])
})

for (const [aggregation, expected] of [
  ['sum', 9],
  ['min', 2],
  ['max', 4],
  ['mean', 3.25],
] as const) {
  test(`Gauges join by ${aggregation} and say how many processes they stand for`, () => {
    const parts = [gauge(aggregation, 4, 2), gauge(aggregation, 3), gauge(aggregation, 2)]
    const merged = mergeSnapshots(parts.map((part, i) => snapshot(1, [page(i)], part)))
    assert.deepEqual(merged.families, [gauge(aggregation, expected, 4)])
  })
}

test('A gauge of processes that are all gone is left out, one that stands beside a live process is not', () => {
  const gone = snapshot(1, [page(1, 'exited'), page(2, 'archived')], gauge('sum', 5), counter(1))
  const mixed = snapshot(1, [page(3, 'exited'), page(4)], gauge('sum', 3, 2), counter(1))
  assert.deepEqual(mergeSnapshots([gone]).families, [counter(1)])
  assert.deepEqual(mergeSnapshots([gone, mixed]).families, [gauge('sum', 3, 2), counter(2)])
})

test('Distributions add bucket by bucket at the lower scale, and an empty one takes over the scale of the other', () => {
  const fine = {
    labels: {},
    count: 4,
    sum: 9,
    min: 1.1,
    max: 3.9,
    buckets: { scale: 1, zero: 0, offset: 0, counts: [1, 0, 1, 2, 0] },
  }
  const coarse = {
    labels: {},
    count: 3,
    sum: 5,
    min: 0,
    max: 5,
    buckets: { scale: 0, zero: 1, offset: 1, counts: [1, 1] },
  }
  const empty = { labels: {}, count: 0, sum: 0, buckets: { scale: -2, zero: 0, offset: 0, counts: [] } }
  const merged = mergeSnapshots([fine, empty, coarse].map((series) => snapshot(1, [], timer(series))))
  const sum = {
    labels: {},
    count: 7,
    sum: 14,
    min: 0,
    max: 5,
    buckets: { scale: 0, zero: 1, offset: 0, counts: [1, 4, 1] },
  }
  assert.deepEqual(merged.families, [timer(sum)])
})

test('Distributions that are far apart become coarser, not half a million buckets long', () => {
  const at = (offset: number): DistributionSeries => {
    return { labels: {}, count: 1, sum: 1, buckets: { scale: 8, zero: 0, offset, counts: [1] } }
  }
  const far = [at(-281_600), at(281_599)].map((series, pid) => snapshot(1, [page(pid)], timer(series)))
  const [merged] = (mergeSnapshots(far).families[0]?.series ?? []) as readonly DistributionSeries[]
  assert.deepEqual([merged?.count, merged?.buckets.counts.length], [2, 2200])
  assert.deepEqual(
    merged?.buckets.counts.filter((n) => n > 0),
    [1, 1],
  )
  assert.equal((merged?.buckets as { scale?: number } | undefined)?.scale, 0)
})
