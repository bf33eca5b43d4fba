import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Publication, publish, Registry } from 'plimsoll'
import { openPage, readPage } from 'plimsoll/page'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { mappingUnavailable } from '#src/os/map.ts'
import { OpenPages } from '#src/page/read/open-pages.ts'
import { beatBy } from '../support/beat.ts'
import { mappedOnly } from '../support/written.ts'

const skip = mappingUnavailable()?.message ?? false
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-removal-'))
after(() => rmSync(dir, { recursive: true }))

function published(registry: Registry, maxBytes = 2 ** 20): Pick<Publication, 'close'> & { readonly file: string } {
  const publication = publish({ registry, dir, maxBytes })
  return { file: publication.file ?? assert.fail(publication.error), close: () => publication.close() }
}

/**
 * Series in the order of their labels: a page has them in the order of creation. Without families that have none, which a
 * page may know or not.
 */
function byLabels({ families }: Snapshot): unknown {
  const used = families.filter(({ series }) => series.length > 0)
  return used.map((family: FamilySnapshot) => ({
    ...family,
    series: [...family.series].sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1)),
  }))
}

function totalOf({ families }: Snapshot, name: string): number {
  const family = families.find((one) => one.name === name)
  let total = 0
  for (const series of family?.series ?? []) {
    if ('count' in series) total += series.count
    else if ('value' in series && typeof series.value === 'number') total += series.value
  }
  return total
}

const to = fc.integer({ min: 0, max: 9 }).map(String)
const kind = fc.constantFrom(
  'counter',
  'gauge',
  'zero',
  'meter',
  'histogram',
  'bounded',
  'timer',
  'average',
  'state',
  'text',
)
const step = fc.oneof(
  { arbitrary: fc.tuple(fc.constant('record'), kind, to, fc.integer({ min: 0, max: 2000 })), weight: 12 },
  { arbitrary: fc.tuple(fc.constant('kept'), kind, to, fc.integer({ min: 0, max: 2000 })), weight: 6 },
  { arbitrary: fc.tuple(fc.constant('remove'), kind, to, fc.constant(0)), weight: 4 },
  { arbitrary: fc.tuple(fc.constant('clear'), kind, to, fc.constant(0)), weight: 1 },
  { arbitrary: fc.tuple(fc.constant('forget'), kind, to, fc.constant(0)), weight: 1 },
  { arbitrary: fc.tuple(fc.constant('pass'), kind, to, fc.integer({ min: 1, max: 4 })), weight: 4 },
  { arbitrary: fc.tuple(fc.constant('read'), kind, to, fc.constant(0)), weight: 3 },
)

function declareAll(registry: Registry): Record<string, Usable> {
  const options = { labels: ['to'], expireAfterSeconds: 10, maxSeries: 8 } as const
  return {
    counter: usable(registry.counter('counter', options), (metric, n) => metric.add(n)),
    gauge: usable(registry.gauge('gauge', options), (metric, n) => metric.set(n)),
    zero: usable(registry.gauge('zero', { ...options, removeAtZero: true }), (metric, n) => metric.set(n % 2)),
    meter: usable(registry.meter('meter', options), (metric, n) => metric.mark(n)),
    histogram: usable(registry.histogram('histogram', options), (metric, n) => metric.record(n)),
    bounded: usable(registry.histogram('bounded', { ...options, buckets: [1, 100] }), (metric, n) => metric.record(n)),
    timer: usable(registry.timer('timer', options), (metric, n) => metric.record(n / 1000)),
    average: usable(registry.average('average', { ...options, window: { seconds: 60 } }), (metric, n) =>
      metric.record(n),
    ),
    state: usable(registry.state('state', { ...options, states: ['a', 'b'] }), (metric, n) =>
      metric.set(n % 2 ? 'a' : 'b'),
    ),
    text: usable(registry.text('text', { ...options, capacity: 16 }), (metric, n) => metric.set(`${n}`)),
  }
}

interface Usable {
  labels(to: string): (n: number) => void
  remove(to: string): void
  clear(): void
}

function usable<M>(
  family: { labels(values: { to: string }): M; remove(values: { to: string }): void; clear(): void },
  record: (metric: M, n: number) => void,
): Usable {
  return {
    labels: (to) => {
      const metric = family.labels({ to })
      return (n) => record(metric, n)
    },
    remove: (to) => family.remove({ to }),
    clear: () => family.clear(),
  }
}

test('Whatever comes and goes, a reader that stays, a new one and the registry agree', {
  skip: skip || mappedOnly.skip,
}, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 250, size: 'max' }), (steps) => {
      const clock = new ManualClock()
      const registry = new Registry({ clock })
      const publication = published(registry, 2 ** 17)
      const page = openPage(publication.file, { clock })
      let families = declareAll(registry)
      const kept = new Map<string, (n: number) => void>()
      const check = (): void => {
        beatBy(clock, publication.file)
        const expected = byLabels(registry.read())
        assert.deepEqual(byLabels(page.read()), expected)
        assert.deepEqual(byLabels(readPage(publication.file, { clock })), expected)
      }
      try {
        for (const [what, kind, to, n] of steps) {
          const family = families[kind] as Usable
          if (what === 'record') {
            const record = family.labels(to)
            record(n)
            kept.set(kind + to, record)
          } else if (what === 'kept') kept.get(kind + to)?.(n)
          else if (what === 'remove') family.remove(to)
          else if (what === 'clear') family.clear()
          else if (what === 'forget') {
            registry.remove(kind)
            families = declareAll(registry)
          } else if (what === 'read') check()
          else {
            for (let i = 0; i < n; i++) {
              clock.advance(5)
              registry.tick()
            }
          }
        }
        check()
      } finally {
        page.close()
        publication.close()
        rmSync(publication.file)
      }
    }),
    { numRuns: 40 },
  )
})

/** A new page has a family with its first series. */
function shown({ families }: Snapshot): readonly FamilySnapshot[] {
  return families.filter(({ series }) => series.length > 0)
}

test('When a page is replaced by a smaller one, readers and metrics go on without noticing', { skip }, () => {
  const registry = new Registry()
  const publication = published(registry, 2 ** 18)
  const kept = registry.histogram('kept')
  const calls = registry.counter('calls', { labels: ['to'] })
  const page = openPage(publication.file)
  const pages = new OpenPages()
  const inodes = new Set<number>()
  for (let i = 0; i < 5000; i++) {
    kept.record(i)
    calls.labels({ to: `number ${i}` }).inc()
    calls.remove({ to: `number ${i}` })
    if (i % 100 !== 0) continue
    inodes.add(statSync(publication.file).ino)
    const expected = shown(registry.read())
    assert.deepEqual(shown(page.read()), expected)
    const { snapshots, failures } = pages.read([publication.file])
    assert.deepEqual([failures, snapshots.map(shown)], [[], [expected]])
    assert.equal(snapshots[0]?.pages[0]?.state, 'live')
  }
  assert(inodes.size > 1)
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('.')),
    [],
  )
  assert.equal(page.read().pages[0]?.state, 'live')
  publication.close()
  assert.equal(page.read().pages[0]?.state, 'exited')
  page.close()
  pages.close()
})

test('In a page without room idle series go all the same: the app sees exact totals, and readers none that fall', {
  skip,
}, () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir, maxBytes: 65_536, onWarning: () => {} })
  const file = publication.file ?? assert.fail(publication.error)
  const page = openPage(file, { clock })
  const options = { labels: ['to'], expireAfterSeconds: 10, maxSeries: 1e5 } as const
  const calls = registry.counter('calls', options)
  const sizes = registry.histogram('sizes', options)
  const kept: (() => void)[] = []
  let total = 0
  let before: readonly [number, number] = [0, 0]
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < (round % 20 === 0 ? 2000 : 30); i++) {
      const to = `${round} ${i}`
      const call = calls.labels({ to })
      const size = sizes.labels({ to })
      kept.unshift(() => {
        call.inc()
        size.record(2 ** (total++ % 20))
      })
      kept[0]?.()
    }
    for (const again of kept.slice(0, 100)) again()
    clock.advance(5)
    registry.tick()
    const inside = registry.read()
    assert.deepEqual([totalOf(inside, 'calls'), totalOf(inside, 'sizes')], [total, total])
    const outside = page.read()
    const now: readonly [number, number] = [totalOf(outside, 'calls'), totalOf(outside, 'sizes')]
    assert(now[0] >= before[0] && now[1] >= before[1], `${before} became ${now}`)
    before = now
  }
  assert(calls.seriesCount < 1000, `${calls.seriesCount} series`)
  assert(statSync(file).size <= 65_536)
  page.close()
  publication.close()
})

test('Totals are exact for every reader at every instant while series go, and when the writer is killed', {
  skip,
}, async () => {
  const writer = spawn(process.execPath, ['build/test/page/fixtures/evicting.js', dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const lines = createInterface(writer.stdout)[Symbol.asyncIterator]()
    const file: string = (await lines.next()).value ?? assert.fail('the writer has ended')
    const page = openPage(file)
    const totals = (): { done: number; begun: number; calls: number; sizes: number } => {
      const snapshot = Math.random() < 0.5 ? page.read() : readPage(file)
      const total = (name: string): number => totalOf(snapshot, name)
      return { done: total('done'), begun: total('begun'), calls: total('calls'), sizes: total('sizes') }
    }
    let before = totals()
    const inodes = new Set<number>()
    for (let turn = 0; turn < 12; turn++) {
      for (let i = 0; i < 20; i++) {
        const now = totals()
        inodes.add(statSync(file).ino)
        for (const name of ['calls', 'sizes'] as const) {
          assert(now[name] >= before[name], `${name} fell from ${before[name]} to ${now[name]}`)
          assert(
            now[name] >= before.done && before[name] <= now.begun,
            `${name} are ${before[name]}, then ${now[name]}`,
          )
        }
        before = now
      }
      writer.stdin.write('?\n')
      await lines.next()
    }
    assert(inodes.size > 1)
    writer.kill('SIGKILL')
    await once(writer, 'close')
    const last = totals()
    for (const name of ['calls', 'sizes'] as const) assert(last[name] === last.done || last[name] === last.begun)
    assert.equal(page.read().pages[0]?.state, 'killed')
    page.close()
  } finally {
    writer.kill('SIGKILL')
  }
})

test('A page that is full, and whose log has no room, has room again for readers once what it held was idle and went', {
  skip,
}, () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir, maxBytes: 2 ** 18, onWarning: () => {} })
  const notes = registry.text('notes', { labels: ['i'], expireAfterSeconds: 60 })
  const seen = (): number =>
    readPage(publication.file as string).families.find(({ name }) => name === 'notes')?.series.length ?? 0
  for (let i = 0; i < 1000; i++) notes.labels({ i }).set(`note ${i}`)
  const most = seen()
  assert(most > 300 && most < 1000)
  for (let seconds = 0; seconds < 120; seconds += 5) {
    clock.advance(5)
    registry.tick()
  }
  for (let i = 0; i < 100; i++) notes.labels({ i: `new ${i}` }).set('again')
  // With the one for what was past the limit of the family, where there is one.
  assert(seen() >= 100, `${seen()} of 100`)
  publication.close()
})
