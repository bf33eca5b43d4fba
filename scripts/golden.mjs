/**
 * Makes the golden pages of the format that are missing: `node scripts/golden.mjs` after a build, for a new page. Those that are
 * committed stay as they are: a reader of version 1 must read them for ever, also without what later writers have added.
 * The pages come from the public API, but for what differs from run to run, which is set to fixed values;
 * the expected families come from the registry itself, not from the page.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publish, Registry } from 'plimsoll'
import { MeterProvider } from 'plimsoll/opentelemetry'
import { ManualClock } from 'plimsoll/testing'
import * as layout from '#src/page/layout.ts'

const folder = new URL('../test/page/golden/', import.meta.url)
const startedAt = 1_789_999_000.25
const heartbeat = 1_789_999_999.5
const ended = 1_790_000_000
const writer = { pid: 4242, tid: 0, app: 'golden', host: 'quay', startedAt, plimsoll: '0.1.0', node: 'v20.19.0' }

make('v1-example', (registry) => {
  registry
    .counter('mails.sent', { help: 'Mails sent', labels: ['to'] })
    .labels({ to: 'crew' })
    .add(3)
  const size = registry.histogram('mails.size', { unit: 'By' })
  for (const value of [1500, 0, 2048]) size.record(value)
})
make('v1-empty', () => {})
make('v1-kinds', fillKinds)
make('v1-octaves', (registry) => {
  const range = registry.histogram('range')
  for (const value of [2 ** -1022, 2.5e-308, 1, 2, Math.SQRT2, 1.383909881963832, Number.MAX_VALUE]) range.record(value)
  const powers = registry.timer('powers')
  for (let exponent = -10; exponent <= 10; exponent++) powers.record(2 ** exponent)
  registry.histogram('zeros').record(5e-324)
  registry.histogram('never')
})
make('v1-grown', (registry) => {
  const calls = registry.counter('calls', { labels: ['route', 'status'] })
  const time = registry.timer('time', { labels: ['route'] })
  for (let i = 0; i < 150; i++) {
    calls.labels({ route: `/ports/${i}/ships`, status: 200 + (i % 4) }).add(i)
    time.labels({ route: `/ports/${i}` }).record((i + 1) / 1000)
  }
})
make('v1-rates', fillRates)
make('v1-windows', fillWindows)
make('v1-states', fillStates)
make('v1-recent', fillRecent)
make('v1-removed', fillRemoved)
make('v1-up-down', (registry) => {
  const open = registry.gauge('connections', { upDownCounter: true, labels: ['to'] })
  open.labels({ to: 'crew' }).add(-2)
  registry.gauge('not.one', { upDownCounter: false, type: 'int' }).set(3)
})
make('v1-future', fillKinds, addFuture)
make('v1-written', fillKinds, (page) => ({ page: withThread(page), more: [] }), { written: 'chosen' })
make('v1-killed', fillRates, killed, { written: 'chosen' }, { state: 'killed', endedAt: null })
make('v1-removed-families', fillRemovedFamilies, undefined, {
  container: 'quay-7f9c',
  worker: '3',
  labels: { region: 'north', version: 'naïve ☃' },
})

function fillKinds(registry) {
  registry.counter('a.counter').add(0.5)
  registry.gauge('b.gauge', { unit: 'By', help: 'Line\nfeed, "quotes" and \\' }).set(-1.5)
  registry
    .gauge('c.gauge', { aggregation: 'max', labels: ['x', 'y'] })
    .labels({ x: '', y: 'naïve ☃ 🚢 \u0000\ud800' })
    .set(2 ** 53)
  registry.gauge('d.gauge', { aggregation: 'mean', unit: '1' }).set(1e-300)
  const full = registry.counter('e.full', { labels: ['who'], maxSeries: 2 })
  for (const who of ['one', 'two', 'three', 'four']) full.labels({ who }).inc()
  const explicit = registry.histogram('f.explicit', { buckets: [-1, 0, 2.5] })
  for (const value of [-1, -0.5, 0, 1, 2.5, 2.6, 1000]) explicit.record(value)
  registry.timer('g.timer', { buckets: [0.1, 1] }).record(0.1)
  registry
    .timer('h.timer', { labels: ['route'] })
    .labels({ route: '/' })
    .record(0.0625)
  registry.gauge('i.gauge', { aggregation: 'min' }).set(0)
}

/** Series of all kinds that were removed, by name, by family, for being idle, and at zero; and some that stayed. */
function fillRemoved(registry, clock) {
  const options = { labels: ['to'], expireAfterSeconds: 10 }
  const families = [
    registry.counter('calls', options),
    registry.meter('marks', options),
    registry.histogram('sizes', options),
    registry.histogram('given', { ...options, buckets: [-1, 2.5, 40] }),
    registry.timer('runs', options),
    registry.average('mean', { ...options, window: { seconds: 60 } }),
    registry.state('pool', { ...options, states: ['idle', 'busy'] }),
    registry.text('text', options),
    registry.gauge('level', options),
    registry.gauge('users', { labels: ['to'], removeAtZero: true, type: 'int' }),
  ]
  const kept = []
  for (let round = 0; round < 6; round++) {
    for (const family of families) {
      const series = family.labels({ to: `port ${round}` })
      const n = 3 ** round / 2
      const use = {
        counter: () => series.add(n),
        meter: () => series.mark(n),
        histogram: () => series.record(n),
        timer: () => series.record(n),
        average: () => series.record(n),
        state: () => series.set(round % 2 === 0 ? 'busy' : 'idle'),
        text: () => series.set(`${n}`),
        gauge: () => series.set(round % 2),
      }[family.description.kind]
      use()
      if (round === 1 || round === 5) kept.push(use)
    }
    clock.advance(5)
    registry.tick()
  }
  for (const use of kept) use()
  for (const family of families) family.remove({ to: 'port 4' })
  const own = registry.counter('own', { labels: ['to'] })
  for (const to of ['a', 'b', 'c']) own.labels({ to }).inc()
  registry.remove('own')
  registry.gauge('own').set(7)
  clock.advance(5)
  registry.tick()
}

/** Families that went whole, and series with all that they had counted; labels that may be missing; limits of a family. */
function fillRemovedFamilies(registry) {
  const meter = new MeterProvider({ registry }).getMeter('quay', '1.2.0')
  const sold = meter.createCounter('sold')
  sold.add(2, { to: 'crew' })
  sold.add(3, { to: 'crew', how: 'cash' })
  sold.add(4)
  const limited = registry.counter('limited', { labels: ['to'], maxSeries: 10, expireAfterSeconds: 600 })
  for (const to of ['a', 'b', 'c']) limited.labels({ to }).inc()
  limited.remove({ to: 'b' })
  const cleared = registry.timer('cleared', { labels: ['to'] })
  cleared.labels({ to: 'a' }).record(1)
  cleared.clear()
  cleared.labels({ to: 'b' }).record(0.5)
  registry
    .histogram('gone', { labels: ['to'] })
    .labels({ to: 'a' })
    .record(7)
  registry.remove('gone')
}

/** Seven minutes of ticks that end when the page does, one series idle in between and one at the end. */
function fillRecent(registry, clock) {
  const size = registry.histogram('size', { exemplars: true })
  const given = registry.histogram('given', { buckets: [-1, 0, 2.5, 10], exemplars: true })
  const runs = registry.timer('runs', { labels: ['how'] })
  const without = registry.histogram('without', { recent: false })
  const sent = registry.counter('sent', { exemplars: true, labels: ['to'] })
  clock.setUnixTime(ended - 422)
  registry.tick()
  for (let second = 1; second <= 420; second++) {
    clock.advance(1)
    size.record(second < 380 ? second : 1e6)
    if (second < 100 || second > 390) given.record((second % 13) - 2)
    if (second < 350) runs.labels({ how: 'early' }).record(second / 1000)
    if (second % 2 === 0) runs.labels({ how: 'often' }).record(0)
    without.record(1)
    if (second % 5 === 0) registry.tick()
  }
  size.recordWithExemplar(3, { trace_id: '4bf92f3577b34da6', span_id: '00f067aa' })
  size.recordWithExemplar(0, { text: 'naïve ☃ 🚢 " \u0000' })
  given.recordWithExemplar(-5, {})
  sent.labels({ to: 'crew' }).addWithExemplar(2, { trace_id: 'abc' })
  clock.advance(2)
}

/** What depends on time, at four ticks and between them. */
function fillRates(registry, clock) {
  const marks = registry.meter('marks', { labels: ['what'] })
  const busy = marks.labels({ what: 'busy' })
  const past = marks.labels({ what: 'past' })
  const runs = registry.timer('runs')
  const bounded = registry.timer('runs.bounded', { buckets: [0.5, 1] })
  past.mark(1000)
  registry.tick()
  for (let i = 0; i < 4; i++) {
    clock.advance(5)
    busy.mark(10 * i)
    runs.record(i / 10)
    bounded.record(i / 4)
    registry.tick()
  }
  marks.labels({ what: 'new' }).mark(7)
  registry.meter('never')
  registry.gauge('doors', { aggregation: 'process', type: 'int' }).set(4)
  registry.gauge('open', { type: 'bool' }).set(1)
  const sizes = registry.average('sizes')
  for (const value of [-1, 2.5, 4]) sizes.record(value)
  registry.info('build', { version: '1.2.0', revision: 'f3a9c01' })
}

/** Extremes of gauges and averages with windows: young, in full use, idle, of a writer that was blocked and set its clock. */
function fillWindows(registry, clock) {
  // So that all ends 2 seconds before the page does.
  clock.setUnixTime(ended + 3600 - 480)
  registry.tick()
  const queue = registry.gauge('queue', { extremes: true, labels: ['name'] })
  const busy = queue.labels({ name: 'busy' })
  const idle = queue.labels({ name: 'idle' })
  queue.labels({ name: 'never' })
  const last = registry.gauge('queue.last', { extremes: true, aggregation: 'last', type: 'int' })
  registry.gauge('never.last', { aggregation: 'last' })
  const overTime = registry.average('size.minute', { window: { seconds: 60 } })
  const overValues = registry.average('size.values', { window: { values: 10 }, labels: ['what'] })
  registry.average('size.never', { window: { seconds: 10 } })
  registry.average('size.none', { window: { values: 1 } })
  idle.set(-3.5)
  for (let i = 0; i < 90; i++) {
    clock.advance(i === 70 ? 33 : 5)
    if (i === 80) clock.setUnixTime(clock.unixTime() - 3600)
    busy.set((i * 37) % 101)
    overTime.record(i)
    overValues.labels({ what: 'many' }).record(i / 8)
    registry.tick()
  }
  last.set(12)
  last.dec(5)
  overValues.labels({ what: 'few' }).record(-1)
  registry.average('size.new', { window: { seconds: 300 } }).record(7)
}

/** States at several times, and texts that were set not at all, once and twice. */
function fillStates(registry, clock) {
  const states = ['idle', 'busy', 'closed']
  const doors = registry.state('doors', { states, labels: ['door'] })
  doors.labels({ door: 'front' })
  const back = doors.labels({ door: 'back' })
  clock.advance(2.5)
  back.set('busy')
  clock.advance(3)
  back.set('idle')
  clock.advance(0.25)
  back.set('busy')
  const pool = registry.state('pool', { states })
  pool.acquire('busy')
  pool.acquire('busy')
  clock.advance(1)
  const songs = registry.text('songs', { labels: ['who'], capacity: 20 })
  songs.labels({ who: 'nobody' })
  songs.labels({ who: 'one' }).set('naïve ☃ 🚢, cut at 20 bytes')
  const two = songs.labels({ who: 'two' })
  two.set('before')
  two.set('')
}

/** What later writers of version 1 may add, and readers of today pass over. */
function addFuture(page) {
  const lines = [
    { family: 1000, name: 'x.later', kind: 'sketch', labels: ['a'], accuracy: { relative: 0.01 } },
    { of: 1000, at: 1, labels: ['b'], size: 77 },
    { at: 1, octave: 3, cells: 9 },
    { family: 1001, name: 'y.gauge', kind: 'gauge', aggregation: 'median' },
    { of: 1001, at: 2 },
    { sketches: 'something new', of_series: 9 },
    { family: 1002, name: 'z.counter', kind: 'counter', stability: 'stable', deprecated: false },
    { of: 1002, at: 6 * 512, createdAt: 1_789_999_000 },
  ]
  const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const logEnd = page.readUInt32LE(layout.logEndOffset)
  // The first chunk is the log, and it has room enough.
  text.copy(page, page.readUInt32LE(layout.directoryOffset + layout.chunkStartOffset) * layout.blockBytes + logEnd)
  page.writeUInt32LE(logEnd + text.length, layout.logEndOffset)
  page.fill(0xff, layout.spareOffset, layout.spareOffset + layout.spareBytes)
  // One chunk of a kind to come, then one more of cells.
  const grown = Buffer.concat([page, Buffer.alloc(layout.blockBytes, 0xee), Buffer.alloc(layout.blockBytes)])
  const count = page.readUInt32LE(layout.chunkCountOffset)
  for (const [i, kind] of [77, layout.cellChunk].entries()) {
    const entry = layout.directoryOffset + (count + i) * layout.chunkEntryBytes
    grown.writeUInt32LE(kind, entry + layout.chunkKindOffset)
    grown.writeUInt32LE(page.length / layout.blockBytes + i, entry + layout.chunkStartOffset)
    grown.writeUInt32LE(1, entry + layout.chunkBlocksOffset)
  }
  grown.writeUInt32LE(count + 2, layout.chunkCountOffset)
  grown.writeDoubleLE(42, page.length + layout.blockBytes)
  const head = { name: 'z.counter', kind: 'counter', unit: '', help: '', labelNames: [] }
  return { page: grown, more: [{ ...head, series: [{ labels: {}, value: 42 }] }] }
}

/** The words of the header that only a writer of written pages, and one with the clock of its machine, stores. */
function withThread(page) {
  page.fill(0xb0, layout.bootOffset, layout.bootOffset + layout.bootBytes)
  page.writeUInt32LE(layout.writtenPage, layout.keptOffset)
  page.writeUInt32LE(4243, layout.threadOffset)
  page.writeUInt32LE(4_026_531_836, layout.namespaceOffset)
  page.writeDoubleLE(123_456, layout.threadStartOffset)
  page.fill(0xab, layout.machineOffset, layout.machineOffset + layout.machineBytes)
  return page
}

/** Somebody has taken its writer for dead before it ended: whatever its thread does, the page is nobody's. */
function killed(page) {
  withThread(page).writeUInt32LE(1, layout.releasedOffset)
  page.writeDoubleLE(0, layout.endedOffset)
  return { page, more: [] }
}

function make(name, fill, change = (page) => ({ page, more: [] }), more = {}, life = {}) {
  const files = { page: new URL(`${name}.page`, folder), json: new URL(`${name}.json`, folder) }
  if (existsSync(files.page)) return
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-golden-'))
  const clock = new ManualClock(startedAt)
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir, app: 'golden' })
  const { file, error } = publication
  if (file === undefined) throw error
  fill(registry, clock)
  clock.advance(ended - clock.unixTime())
  const { families } = registry.read()
  publication.close()
  const { page, more: added } = change(withFixedValues(readFileSync(file), { ...writer, ...more }))
  rmSync(dir, { recursive: true })
  const { pid, tid, app, host } = writer
  const info = {
    file: `${name}.page`,
    pid,
    tid,
    app,
    host,
    startedAt,
    state: 'exited',
    heartbeatAge: ended - heartbeat,
    endedAt: ended,
    ...more,
    ...life,
  }
  const snapshot = { version: 1, takenAt: ended, pages: [info], families: [...families, ...added] }
  writeFileSync(files.page, page)
  writeFileSync(files.json, `${JSON.stringify(snapshot, null, 1)}\n`)
  console.log(`made ${name}`)
}

function withFixedValues(page, who) {
  const at = page.readUInt32LE(layout.writerOffset)
  const line = JSON.stringify(who)
  page.fill(' ', at, layout.textOffset + layout.textBytes - 1)
  page.write(`${line}\n`, at)
  page.writeUInt32LE(Buffer.byteLength(line), layout.writerBytesOffset)
  page.writeDoubleLE(heartbeat, layout.heartbeatOffset)
  page.writeDoubleLE(ended, layout.endedOffset)
  page.writeDoubleLE(1, layout.monotonicStartOffset)
  return page
}
