import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatJson, formatPrometheus, parseJson } from 'plimsoll/formats'
import type { Aggregation, DistributionSeries, FamilySnapshot, PageInfo, PageState, Snapshot } from 'plimsoll/snapshot'
import { mergeSnapshots } from 'plimsoll/snapshot'
import { joinApps } from '#src/snapshot/merge/apps.ts'
import { mergeApart } from '#src/snapshot/merge/merge.ts'

function page(startedAt: number, state: PageState = 'live', app = 'shop'): PageInfo {
  const file = `/p/${app}-${startedAt}`
  return { file, pid: startedAt, tid: 0, app, host: 'a', startedAt, state, heartbeatAge: null }
}

function snapshot(pages: PageInfo | readonly PageInfo[], ...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt: 9, pages: [pages].flat(), families }
}

const head = { name: 'took', unit: '', help: '', labelNames: [] } as const

function counter(value: number, help = ''): FamilySnapshot {
  return { ...head, kind: 'counter', help, series: [{ labels: {}, value }] }
}

function gauge(value: number, aggregation: Aggregation = 'sum'): FamilySnapshot {
  return { ...head, kind: 'gauge', aggregation, series: [{ labels: {}, value, processes: 1 }] }
}

function histogram(bounds: readonly number[], counts: readonly number[]): FamilySnapshot {
  const count = counts.reduce((sum, n) => sum + n, 0)
  return { ...head, kind: 'histogram', series: [{ labels: {}, count, sum: count, buckets: { bounds, counts } }] }
}

function exponential(count: number): FamilySnapshot {
  const buckets = { scale: 5, zero: 0, offset: 0, counts: [count] }
  return { ...head, kind: 'histogram', series: [{ labels: {}, count, sum: count, buckets }] }
}

/** The same whichever page comes first. */
function merged(...parts: Snapshot[]): Snapshot {
  const sum = mergeSnapshots(parts)
  const sorted = ({ families, conflicts = [] }: Snapshot): object => {
    const byAge = (pages: readonly PageInfo[]) => pages.toSorted((a, b) => a.startedAt - b.startedAt)
    return { families, conflicts: conflicts.map((one) => ({ ...one, pages: byAge(one.pages) })) }
  }
  assert.deepEqual(sorted(mergeSnapshots([...parts].reverse())), sorted(sum))
  return sum
}

test('The definition of living processes owns the name, of these the newest, else the newest of those that are gone', () => {
  const parts: readonly (readonly [FamilySnapshot, FamilySnapshot])[] = [
    [counter(1), exponential(2)],
    [counter(1), { ...counter(2), unit: 's' }],
    [exponential(1), histogram([1], [1, 1])],
    [histogram([1, 2], [1, 0, 0]), histogram([3], [2, 0])],
  ]
  for (const [a, b] of parts) {
    const cases: readonly (readonly [PageInfo, PageInfo])[] = [
      [page(5), page(7)],
      [page(8, 'exited'), page(7)],
      [page(5, 'exited'), page(7, 'exited')],
      [page(5, 'exited'), page(7, 'archived')],
      [page(5, 'archived'), page(7, 'exited')],
    ]
    for (const [older, newer] of cases) {
      const { families, conflicts } = merged(snapshot(older, a), snapshot(newer, b))
      assert.deepEqual({ families, conflicts }, { families: [b], conflicts: [{ family: a, pages: [older] }] })
    }
  }
  const { families, conflicts } = merged(snapshot(page(5), gauge(1, 'max')), snapshot(page(7), gauge(2)))
  assert.deepEqual(
    { families, conflicts },
    { families: [gauge(2)], conflicts: [{ family: gauge(1, 'max'), pages: [page(5)] }] },
  )
})

test('Processes that declare a metric alike are one, on both sides of a conflict', () => {
  const sum = merged(
    snapshot(page(1, 'exited'), counter(1)),
    snapshot(page(2), counter(2)),
    snapshot(page(3), gauge(4)),
    snapshot(page(4), gauge(8)),
  )
  const [family] = sum.families
  assert.deepEqual(family?.series, [{ labels: {}, value: 12, processes: 2 }])
  const [conflict] = sum.conflicts ?? []
  assert.deepEqual(conflict?.family, counter(3))
  assert.deepEqual(conflict?.pages.map(({ pid }) => pid).sort(), [1, 2])
})

test('Explicit bounds that differ add up on those that both have, in windows as well', () => {
  const window = { seconds: 60, count: 3, sum: 3, buckets: { bounds: [0.1, 0.5, 1], counts: [1, 1, 1, 0] } }
  const old = histogram([0.1, 1], [1, 2, 3])
  const [series] = histogram([0.1, 0.5, 1], [10, 20, 30, 40]).series as readonly DistributionSeries[]
  const recent = { ...series, recent: { '1m': window } }
  const { families, conflicts } = merged(
    snapshot(page(1, 'exited'), old),
    snapshot(page(2), { ...old, series: [recent] } as FamilySnapshot),
  )
  assert.equal(conflicts, undefined)
  const [sum] = (families[0]?.series ?? []) as readonly DistributionSeries[]
  assert.deepEqual(sum?.buckets, { bounds: [0.1, 1], counts: [11, 52, 43] })
  assert.deepEqual([sum?.count, sum?.sum], [106, 106])
  assert.deepEqual(sum?.recent?.['1m']?.buckets, { bounds: [0.1, 1], counts: [1, 2, 0] })
})

test('A distribution without series is of the bounds that the newest has', () => {
  const empty = { ...exponential(0), series: [] } as FamilySnapshot
  const { families, conflicts } = merged(
    snapshot(page(1), exponential(1)),
    snapshot(page(2), histogram([1], [2, 0])),
    snapshot(page(3), gauge(3)),
    snapshot(page(4), empty),
  )
  assert.deepEqual(families, [histogram([1], [2, 0])])
  assert.deepEqual(
    conflicts?.map(({ family }) => family),
    [gauge(3), exponential(1)],
  )
})

test('The help text and the order of labels are those of the newest', () => {
  const labelled = (names: readonly string[], help: string): FamilySnapshot => {
    const labels = Object.fromEntries(names.map((name) => [name, name]))
    return { ...head, kind: 'counter', help, labelNames: names, series: [{ labels, value: 1 }] }
  }
  const [family] = mergeSnapshots([
    snapshot(page(2), labelled(['a', 'b'], 'second')),
    snapshot(page(3), labelled(['c', 'a'], 'third')),
    snapshot(page(1), labelled(['z', 'b', 'd'], 'first')),
    snapshot(page(4), { ...labelled(['c', 'a'], ''), series: [] } as FamilySnapshot),
  ]).families
  assert.deepEqual([family?.help, family?.labelNames], ['third', ['c', 'a', 'b', 'd', 'z']])
})

test('What an archive keeps apart is the same before and after, and back when the old definition is', () => {
  const dead = [snapshot(page(1, 'exited'), histogram([1], [1, 0])), snapshot(page(3, 'exited'), counter(2))]
  const archive: Snapshot = { ...mergeApart(dead), pages: [page(1, 'archived')] }
  const kept = parseJson(formatJson(archive))
  assert.deepEqual(mergeSnapshots([kept]).families, mergeSnapshots(dead).families)
  assert.equal(mergeSnapshots([kept]).conflicts?.length, 1)
  // Older than the newest that is gone, but newer than the first.
  const gone = page(2, 'exited')
  assert.deepEqual(merged(kept, snapshot(gone, histogram([1], [4, 0]))).families, [counter(2)])
  assert.deepEqual(merged(kept, snapshot(page(2), histogram([1], [4, 0]))).families, [histogram([1], [5, 0])])
  assert.deepEqual(merged(kept, snapshot(page(2), histogram([1, 2], [4, 0, 0]))).families, [histogram([1], [5, 0])])
})

test('Conflicts go through JSON, and are comments in Prometheus text', () => {
  const sum = mergeSnapshots([snapshot(page(1), counter(1)), snapshot([page(2), page(3)], gauge(2))])
  assert.deepEqual(parseJson(formatJson(sum)), sum)
  assert.match(
    formatPrometheus(sum),
    /^# plimsoll: left out took: the counter of pid 1 cannot be added to the gauge of newer processes\n# TYPE took gauge\ntook 2\n$/,
  )
})

test('Conflicts of an app stay with it when apps are joined', () => {
  const shop = mergeSnapshots([snapshot(page(1), counter(1)), snapshot(page(2), gauge(2))])
  const joined = joinApps(
    new Map([
      ['mail', snapshot(page(3, 'live', 'mail'), gauge(4))],
      ['shop', shop],
    ]),
  )
  assert.deepEqual(
    joined.families[0]?.series.map(({ labels }) => labels),
    [{ app: 'mail' }, { app: 'shop' }],
  )
  assert.deepEqual(
    joined.conflicts?.map(({ family }) => family.series[0]?.labels),
    [{ app: 'shop' }],
  )
})
