import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { changesIn } from '#src/dashboard/changes.ts'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import { Marks } from '#src/dashboard/marks.ts'
import type { PageInfo, Snapshot } from '#src/snapshot/snapshot.ts'

const start = 1_790_000_000

function snapshotOf(page: Partial<PageInfo>, takenAt: number, registry = new Registry()): Snapshot {
  const snapshot = registry.read()
  const whole = {
    ...(snapshot.pages[0] as PageInfo),
    app: 'shop',
    pid: 7,
    tid: 0,
    startedAt: start,
    heartbeatAge: 0.5,
    ...page,
  }
  return { ...snapshot, takenAt, pages: [whole] }
}

test('marks say when a process began, was blocked and for how long, and how it ended', () => {
  const marks = new Marks()
  marks.take(1, snapshotOf({ state: 'live' }, start + 5))
  marks.take(1, snapshotOf({ state: 'blocked', heartbeatAge: 4 }, start + 10))
  marks.take(1, snapshotOf({ state: 'blocked', heartbeatAge: 6.2 }, start + 12.2))
  marks.take(1, snapshotOf({ state: 'live' }, start + 13))
  marks.take(1, snapshotOf({ state: 'killed', heartbeatAge: 3 }, start + 20))
  marks.take(1, snapshotOf({ state: 'killed', heartbeatAge: 4 }, start + 21))
  assert.deepEqual(
    marks.all.map(({ kind, sign, time, text }) => [kind, sign, time - start, text]),
    [
      ['start', '●', 0, 'shop 7 started'],
      ['blocked', '✖', 6, 'shop 7 blocked 6.2s'],
      ['kill', '▲', 17, 'shop 7 was killed'],
    ],
  )
  assert.equal(marks.takeFresh().length, 4)
  assert.deepEqual(marks.takeFresh(), [])
})

test('marks say which metric has too many series, that a page was removed, and what was deployed', () => {
  const marks = new Marks()
  const registry = new Registry()
  const hits = registry.counter('hits', { labels: ['path'], maxSeries: 2 })
  hits.labels({ path: 'a' }).inc()
  marks.take(1, snapshotOf({ state: 'live', labels: { version: '1.0' } }, start, registry))
  for (const path of 'bcd') hits.labels({ path }).inc()
  marks.take(1, snapshotOf({ state: 'live', labels: { version: '1.0' } }, start + 1, registry))
  marks.take(1, snapshotOf({ state: 'live', labels: { version: '1.0' } }, start + 2, registry))
  marks.take(2, snapshotOf({ state: 'live', pid: 8, labels: { version: '1.0' } }, start + 3))
  marks.take(3, snapshotOf({ state: 'live', pid: 9, labels: { version: '1.1' } }, start + 4))
  marks.gone(2, snapshotOf({ state: 'live', pid: 8 }, start).pages[0] as PageInfo, start + 5)
  const others = marks.all.filter(({ kind }) => kind !== 'start')
  assert.deepEqual(
    others.map(({ kind, text }) => [kind, text]),
    [
      ['overflow', 'hits has more series than its limit'],
      ['deploy', 'shop deployed: version 1.1'],
      ['exit', 'shop 8 ended, its page was removed'],
    ],
  )
})

test('what changed in a window is ranked as diff does, and counts less where it varied as much before', () => {
  const store = new HistoryStore(1e6)
  const registry = new Registry()
  const [noisy, steady, still] = ['noisy', 'steady', 'still'].map((name) => registry.gauge(name))
  const pages = { file: '/pages/x', state: 'live' } as const
  for (let i = 0; i < 100; i++) {
    const isIn = i >= 80 && i < 90
    noisy?.set((i % 10) * 10 + (isIn ? 20 : 0))
    steady?.set(isIn ? 30 : 10 + (i % 2))
    still?.set(4)
    const snapshot = snapshotOf(pages, start + i, registry)
    store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, start + i)
  }
  const changes = changesIn(store, start + 79, start + 89, () => true)
  assert.deepEqual(
    changes.map(({ family, before, after, words }) => [family, before, after, words]),
    [
      ['steady', '10.5', '30', '2.90 times'],
      ['noisy', '45', '65', '+44 %'],
    ],
  )
  assert.deepEqual(
    changesIn(store, start + 79, start + 89, () => false),
    [],
  )
})
