import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { Heat, joinColumns } from '#src/dashboard/history/heat.ts'
import { HistoryStore } from '#src/dashboard/history/history-store.ts'
import { Slabs } from '#src/dashboard/history/slabs.ts'
import { Track, trackBytes, trackFloats } from '#src/dashboard/history/track.ts'
import type { PageInfo, Snapshot } from '#src/snapshot/snapshot.ts'

const start = 1_790_000_000

function track(coarsening: 'mean' | 'max' = 'mean', room = Number.POSITIVE_INFINITY): Track {
  const slabs = new Slabs(trackFloats, Math.min(room, 10))
  return new Track(coarsening, () => slabs.take())
}

describe('A track', () => {
  test('has a point for each second of the last five minutes, and before that for each ten seconds of an hour', () => {
    const one = track()
    for (let i = 0; i < 5000; i++) one.note(start + i, i)
    const last = start + 4999
    const { times, values } = one.since(last - 60)
    assert.deepEqual([times.length, times[0], times.at(-1)], [60, last - 59, last])
    assert.deepEqual([values[0], values.at(-1)], [4940, 4999])
    const hour = one.since(last - 3600)
    const coarse = hour.times.filter((time) => time <= last - 300)
    assert.ok(coarse.length >= 328 && coarse.length <= 331, String(coarse.length))
    assert.ok(coarse.every((time) => time % 10 === 0))
    // The mean of the ten seconds before.
    const at = hour.times.indexOf(start + 2000)
    assert.equal(hour.values[at], 1994.5)
    assert.deepEqual(
      hour.times,
      [...hour.times].sort((a, b) => a - b),
    )
  })

  test('keeps the largest of ten seconds where spikes matter', () => {
    const one = track('max')
    for (let i = 0; i < 1000; i++) one.note(start + i, i === 105 ? 50 : 1)
    const { times, values } = one.since(start)
    assert.equal(values[times.indexOf(start + 110)], 50)
    assert.equal(values[times.indexOf(start + 120)], 1)
  })

  test('takes no memory while its value stays the same, and has its past once it changes', () => {
    const slabs = new Slabs(trackFloats, 10)
    const one = new Track('mean', () => slabs.take())
    for (let i = 0; i < 100; i++) one.note(start + i, 7)
    assert.deepEqual([slabs.used, one.flat], [0, 7])
    assert.deepEqual(one.since(start + 97), { times: [start + 98, start + 99], values: [7, 7] })
    one.note(start + 100, 8)
    assert.deepEqual([slabs.used, one.flat], [1, undefined])
    assert.deepEqual(one.since(start + 97).values, [7, 7, 8])
    assert.equal(one.since(start - 10).values.filter((value) => value === 7).length, 100)
  })

  test('has the same points where its value rests as where it is noted each second', () => {
    let seed = 5
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    for (const coarsening of ['mean', 'max'] as const) {
      const [noted, resting] = [track(coarsening), track(coarsening)]
      const rest = { tick: -1 }
      let isResting = false
      let value = 0
      for (let i = 0; i < 6000; i++) {
        const tick = start + i
        // Now and then it stays for longer than there are points of single seconds.
        const isSame = i > 0 && (Math.floor(i / 700) % 2 === 1 || random() < 0.8)
        if (!isSame) value = Math.floor(random() * 10)
        noted.note(tick, value)
        if (!isSame || !isResting) {
          resting.note(tick, value)
          isResting = isSame
          if (isSame) resting.rest(rest)
        }
        rest.tick = tick
        assert.deepEqual([resting.last, resting.value], [noted.last, noted.value])
        if (i % 997 === 0) assert.deepEqual(resting.since(tick - 400), noted.since(tick - 400))
      }
      for (const seconds of [10, 299, 1000, 3600]) {
        assert.deepEqual(resting.since(start + 5999 - seconds), noted.since(start + 5999 - seconds))
      }
    }
  })

  test('has no value for seconds that nobody read, and one for all seconds that a read stands for', () => {
    const one = track()
    one.note(start, 1)
    one.note(start + 1, 2)
    one.note(start + 4, 3)
    one.note(start + 9, 5, start + 4)
    assert.deepEqual(one.since(start - 1).values, [1, 2, null, null, 3, 5, 5, 5, 5, 5])
  })

  test('keeps only the present value where there is no room', () => {
    const one = track('mean', 0)
    for (let i = 0; i < 10; i++) one.note(start + i, i)
    assert.equal(one.value, 9)
    assert.deepEqual(one.since(start - 100).values, [9])
  })

  test('goes on after a clock that jumps back as soon as the time is ahead again', () => {
    const one = track()
    one.note(start, 1)
    one.note(start - 500, 2)
    one.note(start + 1, 3)
    assert.deepEqual(one.since(start - 1000).values, [1, 3])
  })
})

describe('A heat map', () => {
  test('has columns of five seconds, and rows of half an octave', () => {
    const heat = new Heat()
    heat.add(start + 1, { scale: 5, zero: 1, offset: 0, counts: [1, 0, 0, 2] })
    heat.add(start + 2, { scale: 5, zero: 0, offset: 32, counts: [4] })
    heat.add(start + 6, { scale: 0, zero: 0, offset: 3, counts: [9] })
    heat.add(start + 11, { bounds: [1, 2, 4], counts: [1, 2, 0, 5] })
    assert.deepEqual(heat.since(start), [
      { time: start, zero: 1, offset: 0, counts: [3, 0, 4] },
      { time: start + 5, zero: 0, offset: 7, counts: [9] },
      { time: start + 10, zero: 0, offset: -1, counts: [1, 0, 2, 0, 0, 0, 5] },
    ])
  })

  test('adds up those of several processes', () => {
    const a = { time: start, zero: 1, offset: 3, counts: [1, 1] }
    const b = { time: start, zero: 0, offset: 1, counts: [5] }
    assert.deepEqual(joinColumns([[a], [b]]), [{ time: start, zero: 1, offset: 1, counts: [5, 0, 1, 1] }])
    assert.deepEqual(a.counts, [1, 1])
  })
})

/** What a page of a process has. */
function pageSnapshot(registry: Registry, page: Partial<PageInfo>, takenAt: number): Snapshot {
  const snapshot = registry.read()
  const [own] = snapshot.pages
  return { ...snapshot, takenAt, pages: [{ ...(own as PageInfo), state: 'live', ...page }] }
}

describe('A history', () => {
  test('has rates of counters, and quantiles of what came in a second, by series and in all', () => {
    const registry = new Registry()
    const done = registry.counter('jobs.done', { labels: ['queue'] })
    const latency = registry.timer('latency')
    const store = new HistoryStore(1e6)
    const values = (): unknown => {
      const all = [...store.tracks(() => true)]
      return Object.fromEntries(
        all.map(([{ statistic, track: one }, { family, series }]) => [
          [family.family.name, series.labels?.queue, statistic].filter((part) => part !== undefined).join(' '),
          Number(one.value.toPrecision(2)),
        ]),
      )
    }
    const take = (tick: number): void => {
      const snapshot = pageSnapshot(registry, { file: '/pages/a' }, tick)
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, tick)
    }
    done.labels({ queue: 'mail' }).add(1000)
    done.labels({ queue: 'push' }).add(10)
    latency.record(60)
    take(start)
    done.labels({ queue: 'mail' }).add(6)
    done.labels({ queue: 'push' }).add(2)
    latency.record(0.25)
    take(start + 2)
    assert.deepEqual(values(), {
      'jobs.done rate': 4,
      'jobs.done mail rate': 3,
      'jobs.done push rate': 1,
      'latency p50': 0.25,
      'latency p90': 0.25,
      'latency p99': 0.25,
      'latency rate': 0.5,
    })
  })

  test('has series that rest, go, come again and go on as they were, one by one and in all', () => {
    const registry = new Registry()
    const jobs = registry.counter('jobs', { labels: ['queue'] })
    const depth = registry.gauge('depth', { labels: ['queue'] })
    const store = new HistoryStore(2 ** 20)
    const values = (name: string, tick: number): Record<string, (number | null)[]> => {
      const [process] = store.processes.values()
      const all = process?.families.get(name)?.all() ?? []
      const found = all.map(({ labels, tracks }) => [
        labels?.queue ?? 'all',
        tracks[0]?.track.since(tick - 3).values ?? [],
      ])
      return Object.fromEntries(found)
    }
    let last: Snapshot['families'] = []
    // A reader returns the same object for a series that has not changed.
    const reused = <T>(now: T, before: T | undefined): T =>
      JSON.stringify(now) === JSON.stringify(before) ? (before as T) : now
    const read = (tick: number): void => {
      const families = pageSnapshot(registry, { file: '/pages/a' }, tick).families.map((family) => {
        const before = last.find(({ name }) => name === family.name)
        const known = new Map((before?.series ?? []).map((one) => [JSON.stringify(one.labels), one]))
        const series = family.series.map((one) => reused(one, known.get(JSON.stringify(one.labels)) as typeof one))
        return reused({ ...family, series } as typeof family, before)
      })
      last = families
      const snapshot = { ...pageSnapshot(registry, { file: '/pages/a', startedAt: start }, tick), families }
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, tick)
    }
    for (const queue of ['a', 'b']) {
      jobs.labels({ queue }).add(1)
      depth.labels({ queue }).set(5)
    }
    for (let i = 0; i < 5; i++) read(start + i)
    assert.deepEqual(values('jobs', start + 4), { all: [0, 0, 0], a: [0, 0, 0], b: [0, 0, 0] })
    assert.deepEqual(values('depth', start + 4), { all: [10, 10, 10], a: [5, 5, 5], b: [5, 5, 5] })
    jobs.labels({ queue: 'b' }).add(6)
    depth.labels({ queue: 'a' }).set(7)
    read(start + 5)
    assert.deepEqual(values('jobs', start + 5), { all: [0, 0, 6], a: [0, 0, 0], b: [0, 0, 6] })
    assert.deepEqual(values('depth', start + 5), { all: [10, 10, 12], a: [5, 5, 7], b: [5, 5, 5] })
    depth.remove({ queue: 'b' })
    read(start + 6)
    read(start + 7)
    assert.deepEqual(values('depth', start + 7), { all: [12, 7, 7], a: [7, 7, 7] })
    depth.labels({ queue: 'b' }).set(1)
    read(start + 8)
    const { all, b } = values('depth', start + 8)
    assert.deepEqual([all, b?.at(-1)], [[7, 7, 8], 1])
    // What rests while nobody reads is at rest in between, too.
    jobs.labels({ queue: 'a' }).add(10)
    read(start + 10)
    assert.deepEqual(values('jobs', start + 10), { all: [0, 5, 5], a: [0, 5, 5], b: [0, 0, 0] })
  })

  test('has what is true now once a clock that jumped back is ahead again', () => {
    const registry = new Registry()
    const [jobs, depth] = [registry.counter('jobs'), registry.gauge('depth')]
    const store = new HistoryStore(1e6)
    const values = [0, 1, 2, -500, -499, -498, 3, 4].map((second) => {
      if (second >= 0 && second < 3) jobs.add(6)
      depth.set(second >= 0 && second < 3 ? second : 7)
      const snapshot = pageSnapshot(registry, { file: '/pages/a', startedAt: start }, start + second)
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, start + second)
      return [...store.tracks(() => true)].map(([{ track: one }]) => one.value)
    })
    assert.deepEqual(values.slice(-2), [
      [7, 0],
      [7, 0],
    ])
  })

  test('has what a process used while it was blocked as a mean of all these seconds', () => {
    const registry = new Registry()
    const used = registry.counter('process.cpu.time', { labels: ['cpu_mode'] }).labels({ cpu_mode: 'user' })
    const turns = registry.counter('nodejs.eventloop.iterations')
    const counted = registry.counter('jobs.done')
    const store = new HistoryStore(1e6)
    for (let second = 0; second < 30; second++) {
      const isBlocked = second > 4 && second < 24
      const use = second === 24 ? 18 : isBlocked ? 0 : 0.1
      used.add(use)
      turns.add(use)
      counted.inc()
      const page = { file: '/pages/a', heartbeatAge: isBlocked ? second - 4 : 0 }
      const snapshot = pageSnapshot(registry, page, start + second)
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, start + second)
    }
    const tracks = new Map(
      [...store.tracks(() => true)].map(([{ track: one }, { family, series }]) => [
        `${family.family.name} ${series.labels?.cpu_mode}`,
        one,
      ]),
    )
    for (const name of [
      'process.cpu.time undefined',
      'process.cpu.time user',
      'nodejs.eventloop.iterations undefined',
    ]) {
      const values = tracks
        .get(name)
        ?.since(start)
        .values.map((value) => Number(value?.toPrecision(2)))
      assert.deepEqual(values, [...Array(4).fill(0.1), ...Array(20).fill(0.9), ...Array(5).fill(0.1)])
    }
    // What the loop itself counts is there at once.
    assert.deepEqual(new Set(tracks.get('jobs.done undefined')?.since(start).values), new Set([1]))
  })

  test('has no value of a gauge for seconds in which its process was blocked, unless it never changes', () => {
    const registry = new Registry()
    const depth = registry.gauge('depth', { labels: ['queue'] })
    const size = registry.gauge('size')
    size.set(8)
    const store = new HistoryStore(1e6)
    for (let second = 0; second < 8; second++) {
      const isBlocked = second > 2 && second < 6
      if (!isBlocked) depth.labels({ queue: 'a' }).set(second)
      const snapshot = pageSnapshot(
        registry,
        { file: '/pages/a', state: isBlocked ? 'blocked' : 'live' },
        start + second,
      )
      store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, start + second)
      const shown = [...store.tracks(() => true)].map(([{ track: one }]) => one.value)
      if (isBlocked) assert.deepEqual(shown, [Number.NaN, Number.NaN, 8])
    }
    const values = [...store.tracks(() => true)].map(([{ track: one }]) => one.since(start - 1).values)
    const gap = [0, 1, 2, null, null, null, 6, 7]
    assert.deepEqual(values, [gap, gap, Array(8).fill(8)])
  })

  test('makes room from processes that have ended, and stays within its memory', () => {
    const store = new HistoryStore(trackBytes * 4)
    const registry = new Registry()
    const gauges = ['a', 'b', 'c'].map((name) => registry.gauge(name))
    const run = (file: string, from: number): PageInfo => {
      let page: PageInfo | undefined
      for (let tick = from; tick < from + 3; tick++) {
        for (const gauge of gauges) gauge.set(tick)
        const snapshot = pageSnapshot(registry, { file, startedAt: from }, tick)
        page = snapshot.pages[0] as PageInfo
        store.take(store.processOf(snapshot.pages[0] as PageInfo), snapshot, tick)
      }
      return page as PageInfo
    }
    const first = run('/pages/1', start)
    assert.equal(store.bytes, trackBytes * 3)
    store.processOf(first).page = { ...first, state: 'killed' }
    run('/pages/2', start + 10)
    assert.ok(store.bytes <= trackBytes * 4)
    assert.equal(
      [...store.tracks(({ page }) => page.file === '/pages/2')].filter(
        ([{ track: one }]) => one.since(0).times.length > 1,
      ).length,
      3,
    )
    run('/pages/3', start + 20)
    assert.equal(
      [...store.tracks(({ page }) => page.file === '/pages/3')].filter(
        ([{ track: one }]) => one.since(0).times.length > 1,
      ).length,
      1,
    )
    assert.equal(store.bytes, trackBytes * 4)
    store.prune(start + 100_000)
    assert.deepEqual([store.processes.size, store.bytes], [0, 0])
  })
})
