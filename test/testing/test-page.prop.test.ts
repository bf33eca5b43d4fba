import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { publish, Registry } from 'plimsoll'
import { openPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { createTestRegistry, ManualClock } from 'plimsoll/testing'
import { systemClock } from '#src/clock.ts'
import { mappingUnavailable, memoryPageSize } from '#src/os/map.ts'
import { blockBytes, headerBytes } from '#src/page/layout.ts'
import { anyText } from '../support/arbitraries.ts'
import { beatBy } from '../support/beat.ts'

const skip =
  mappingUnavailable()?.message ??
  (memoryPageSize() === blockBytes ? false : 'chunks in files are larger on this machine')
const { unixTime } = systemClock
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-test-page-'))
after(() => rmSync(dir, { recursive: true }))

/** What a program does with a registry: a metric of any kind, a label value, a number. */
type Use = (registry: Registry, label: string, n: number) => void

const labels = ['to'] as const
const uses: Readonly<Record<string, Use>> = {
  counter: (registry, to, n) =>
    registry
      .counter('counter', { labels, maxSeries: 3, exemplars: true })
      .labels({ to })
      .addWithExemplar(n, { id: to }),
  idle: (registry, to) => registry.counter('idle', { labels, expireAfterSeconds: 10 }).labels({ to }).inc(),
  gauge: (registry, to, n) =>
    registry
      .gauge('gauge', { labels, removeAtZero: true, extremes: true })
      .labels({ to })
      .set(n % 3),
  whole: (registry, _, n) => registry.gauge('whole', { type: 'int', aggregation: 'max' }).set(n),
  meter: (registry, to, n) => registry.meter('meter', { labels, maxSeries: 2 }).labels({ to }).mark(n),
  histogram: (registry, to, n) => registry.histogram('histogram', { labels, unit: 'By' }).labels({ to }).record(n),
  bounded: (registry, to, n) =>
    registry
      .histogram('bounded', { labels, buckets: [1, 10] })
      .labels({ to })
      .record(n),
  timer: (registry, _, n) => registry.timer('timer', { exemplars: true }).record(n / 1000),
  average: (registry, _, n) => registry.average('average', { window: { seconds: 60 } }).record(n),
  state: (registry, _, n) => registry.state('state', { states: ['a', 'b'] }).set(n % 2 < 1 ? 'a' : 'b'),
  text: (registry, to) => registry.text('text', { capacity: 12 }).set(to),
  bad: (registry) => registry.counter('bad').add(Number.NaN),
  remove: (registry, to) => registry.counter('idle', { labels, expireAfterSeconds: 10 }).remove({ to }),
  forget: (registry) => registry.remove('histogram'),
  many: (registry, to) => {
    const many = registry.counter('many', { labels, maxSeries: 10_000 })
    for (let i = 0; i < 200; i++) many.labels({ to: `${i} ${to}` }).inc()
  },
}
const step = fc.record({
  use: fc.constantFrom(...Object.keys(uses)),
  label: fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), anyText),
  n: fc.oneof(fc.nat(20), fc.double({ min: 0, max: 1e9, noNaN: true })),
  seconds: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(0.5, 5, 7, 70)),
})

/** Without what differs: where the page is, and the clock of what writes it. */
function comparable({ pages, families, takenAt }: Snapshot): unknown {
  return {
    takenAt,
    families,
    pages: pages.map(({ pid, tid, app, host, state, endedAt }) => ({ pid, tid, app, host, state, endedAt })),
  }
}

test('The page of a test registry is that of a real one, byte for byte, whatever is done', { skip }, () => {
  const property = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(20), (steps, publishedAt) => {
    const clock = new ManualClock()
    const real = new Registry({ clock })
    const { registry, clock: clockInMemory, advance, publish: publishInMemory } = createTestRegistry()
    let untilTick = 5
    const advanceReal = (seconds: number): void => {
      for (let left = seconds; ; untilTick = 5) {
        const passed = Math.min(left, untilTick)
        clock.advance(passed)
        left -= passed
        untilTick -= passed
        if (untilTick > 0) return
        real.tick()
      }
    }
    const run = (some: typeof steps): void => {
      for (const { use, label, n, seconds } of some) {
        for (const each of [real, registry]) uses[use]?.(each, label, n)
        advanceReal(seconds)
        advance(seconds)
      }
    }
    run(steps.slice(0, publishedAt))
    const options = { app: 'both', maxBytes: 65_536 }
    const publication = publish({ registry: real, dir, onWarning: () => {}, ...options })
    const page = publishInMemory(options)
    const file = publication.file ?? assert.fail(publication.error)
    const reader = openPage(file, { clock })
    try {
      for (const half of [steps.slice(publishedAt, 40), steps.slice(Math.max(publishedAt, 40))]) {
        run(half)
        beatBy(clock, file)
        assert.deepEqual(comparable(page.read()), comparable(reader.read()))
        const [bytes, expected] = [page.bytes(), readFileSync(file)]
        assert(expected.subarray(headerBytes).equals(bytes.subarray(headerBytes)), 'other bytes of log or cells')
      }
      systemClock.unixTime = () => clock.unixTime()
      publication.close()
      page.close()
      for (const each of [clock, clockInMemory]) each.advance(3)
      assert.deepEqual(comparable(page.read()), comparable(reader.read()))
    } finally {
      systemClock.unixTime = unixTime
      reader.close()
      publication.close()
      rmSync(file)
    }
  })
  fc.assert(property, { numRuns: Number(process.env.PLIMSOLL_FUZZ_CASES ?? 60) })
})
