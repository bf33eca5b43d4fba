import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { publish, Registry } from 'plimsoll'
import { openPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { systemClock } from '#src/clock.ts'
import { PlimsollError } from '#src/errors.ts'
import { bootId } from '#src/os/boot.ts'
import type { MachineClock } from '#src/page/read/header.ts'
import { Recorder } from '#src/recording/recorder.ts'
import { openRecording } from '#src/recording/recording.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-recording-'))
after(() => rmSync(dir, { recursive: true }))

const begin = systemClock.unixTime()
const beginNow = systemClock.now() / 1000

/** The clock of this machine, which stands where a test wants it. */
const clock: MachineClock & { seconds: number } = {
  seconds: 0,
  boot: bootId(),
  now: () => (beginNow + clock.seconds) * 1000,
  unixTime: () => begin + clock.seconds,
}

/** What an app may do in a round. */
function work(registry: Registry, round: number): void {
  registry
    .counter('requests', { labels: ['route'] })
    .labels({ route: `/${round % 5}` })
    .add(round)
  registry.gauge('queue').set(round % 2 === 0 ? round : round / 7)
  registry.gauge('odd').set([Number.NaN, Number.POSITIVE_INFINITY, -0, 0, -1e300, 5e-324][round % 6] as number)
  registry.text('note', { capacity: 40 }).set(`round ${round} ü ${'x'.repeat(round % 20)}`)
  registry.state('pool', { states: ['idle', 'busy'] }).set(round % 3 === 0 ? 'busy' : 'idle')
  registry.histogram('bounded', { buckets: [1, 2, 3] }).record(round % 4)
  for (let i = 0; i < 5; i++)
    registry
      .timer('latency', { labels: ['to'] })
      .labels({ to: 'db' })
      .record((1 + ((round * 7 + i) % 90)) / 1000)
  const many = registry.counter('many', { labels: ['item'] })
  many.labels({ item: `${round}` }).inc()
  if (round > 3) many.remove({ item: `${round - 3}` })
  if (round % 4 === 0) registry.tick()
}

interface Recorded {
  readonly file: string
  readonly expected: readonly Snapshot[]
  readonly times: readonly number[]
}

/** Records an app for so many rounds of 7 seconds; what a reader of the page has seen in each is what is expected. */
function record(name: string, rounds: number): Recorded {
  const registry = new Registry()
  const publication = publish({ registry, dir, app: name })
  const page = publication.file ?? assert.fail(publication.error)
  const reader = openPage(page, { clock })
  const file = join(dir, `${name}.rec`)
  const recorder = new Recorder(file, 7)
  const expected: Snapshot[] = []
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    clock.seconds = round * 7
    work(registry, round)
    expected.push(reader.read())
    times.push(clock.unixTime())
    recorder.add({ files: [page], retained: [], snapshots: new Map() }, clock.unixTime(), clock.now() / 1000)
  }
  recorder.close()
  reader.close()
  publication.close()
  return { file, expected, times }
}

test('pages are recorded wherever their logs end', () => {
  for (let length = 0; length < 60; length++) {
    const registry = new Registry()
    const help = 'h'.repeat(length)
    const counters = Array.from({ length: 1 + 7 * length }, (_, i) => registry.counter(`m.c${i}`, { help }))
    const publication = publish({ registry, dir, app: 'sizes' })
    const files = [publication.file ?? assert.fail(publication.error)]
    const recorder = new Recorder(join(dir, `${length}.rec`), 1)
    for (const second of [0, 1]) {
      for (const counter of counters) counter.add(second)
      recorder.add({ files, retained: [], snapshots: new Map() }, begin + second, second)
      assert.deepEqual(recorder.failures, [], `${length}`)
    }
    recorder.close()
    publication.close()
  }
})

test('at each moment, a recording is what a reader of the pages read then, forward, backward and anywhere', () => {
  const { file, expected, times } = record('exact', 30)
  const recording = openRecording(file)
  assert.deepEqual([recording.from, recording.to, recording.interval], [times[0], times.at(-1), 7])
  for (const i of [...times.keys(), ...[...times.keys()].reverse(), 17, 3, 29, 0, 8, 9, 10]) {
    assert.deepEqual(recording.at(times[i] as number).readParts().parts, [expected[i]], `moment ${i}`)
    assert.equal(recording.time, times[i])
  }
  assert.deepEqual(recording.failures, [])
  // Between two moments, it is as it was at the first of them; before all, as at the first.
  assert.equal(recording.at((times[4] as number) + 6.9).time, times[4])
  assert.equal(recording.at(0).time, times[0])
  assert.equal(recording.at(1e12).time, times.at(-1))
  recording.at(times[0] as number)
  for (const time of times.slice(1)) assert.equal(recording.next()?.time, time)
  assert.equal(recording.next(), undefined)
  const selected = recording.at(times[5] as number).read({ families: ['queue'] })
  assert.deepEqual(
    selected.families.map(({ name }) => name),
    ['queue'],
  )
})

test('gzip and jq read a recording: lines of JSON', () => {
  const { file, times } = record('lines', 12)
  const lines = gunzipSync(readFileSync(file))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(lines[0].plimsoll, 'recording')
  assert.deepEqual(
    lines.filter(({ time }) => time !== undefined).map(({ time }) => time),
    times,
  )
})

test('wherever a recording is cut off, all complete moments before are there', () => {
  const { file, expected, times } = record('cut', 20)
  const bytes = readFileSync(file)
  const cutFile = join(dir, 'cut-off.rec')
  let known = 0
  for (let end = 0; end <= bytes.length; end += end < 400 ? 1 : 53) {
    writeFileSync(cutFile, bytes.subarray(0, end))
    let count = 0
    try {
      const recording = openRecording(cutFile)
      count = times.indexOf(recording.to) + 1
      for (const i of [0, count - 1]) {
        assert.deepEqual(recording.at(times[i] as number).readParts().parts, [expected[i]], `cut at ${end}`)
      }
    } catch (error) {
      assert.equal((error as PlimsollError).code, 'PLIMSOLL_RECORDING_UNREADABLE')
    }
    assert.ok(count >= known, `${count} moments of ${known} with ${end} bytes`)
    known = count
  }
  assert.ok(known >= 19)
})

test('a damaged byte takes away the rest of its minute at most, and never more than an error', () => {
  const { file, expected, times } = record('damaged', 30)
  const bytes = readFileSync(file)
  const damagedFile = join(dir, 'damaged-bytes.rec')
  const places: number[] = []
  for (let at = 40; at < bytes.length; at += Math.ceil(bytes.length / 60)) places.push(at)
  // Each byte of the times in the headers of gzip members, which begin 12 bytes before this text.
  const mark = 'plimsoll-record1'
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1))
    for (let i = 0; i < 4; i++) places.push(at - 12 + i)
  for (const at of places) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] as number) ^ 0x5a
    writeFileSync(damagedFile, damaged)
    try {
      const recording = openRecording(damagedFile)
      let seen = 0
      for (const i of times.keys()) {
        const { parts } = recording.at(times[i] as number).readParts()
        if (recording.time === times[i] && JSON.stringify(parts) === JSON.stringify([expected[i]])) seen++
      }
      assert.ok(seen >= 20, `${seen} moments with a damage at ${at} of ${bytes.length}`)
    } catch (error) {
      assert.ok(error instanceof PlimsollError, `${error}`)
    }
  }
})

test('pages that come, go and are replaced, and sources without cells, are there when they were', () => {
  const file = join(dir, 'comings.rec')
  const recorder = new Recorder(file, 1)
  const make = (app: string): { page: string; registry: Registry; close(): void } => {
    const registry = new Registry()
    const publication = publish({ registry, dir, app })
    registry.counter('n').inc()
    return { page: publication.file ?? assert.fail(publication.error), registry, close: () => publication.close() }
  }
  const [a, b] = [make('comes'), make('goes')]
  const archive: Snapshot = { version: 1, takenAt: begin, pages: [], families: [] }
  const add = (seconds: number, files: string[], snapshots: [string, Snapshot][] = []): void =>
    recorder.add({ files, retained: [], snapshots: new Map(snapshots) }, begin + seconds, beginNow + seconds)
  add(0, [b.page])
  add(1, [a.page, b.page], [['archive', archive]])
  b.close()
  add(2, [a.page, b.page])
  // One that was removed since it was listed is no failure.
  const text = join(dir, 'text.page')
  writeFileSync(text, 'x'.repeat(9000))
  add(3, [a.page, join(dir, 'missing.page'), text])
  assert.deepEqual(
    recorder.failures.map(({ file: failed, error }) => [failed, error.code]),
    [[text, 'PLIMSOLL_PAGE_UNKNOWN']],
  )
  recorder.close()
  a.close()
  const recording = openRecording(file)
  const apps = (seconds: number): string[] =>
    recording
      .at(begin + seconds)
      .readParts()
      .parts.map(({ pages: [page] }) => (page === undefined ? 'archive' : `${page.app} ${page.state}`))
  assert.deepEqual(apps(0), ['goes live'])
  assert.deepEqual(apps(1), ['goes live', 'comes live', 'archive'])
  assert.deepEqual(apps(2), ['goes exited', 'comes live'])
  assert.deepEqual(apps(3), ['comes live'])
})

test('a recording is private, replaces no file, and one goes on only where that is wanted', () => {
  const { file, times } = record('private', 2)
  assert.ok(existsSync(file))
  assert.throws(() => new Recorder(file, 1), { code: 'PLIMSOLL_RECORDING_FAILED' })
  const more = new Recorder(file, 1, true)
  more.add({ files: [], retained: [], snapshots: new Map() }, begin + 100, beginNow + 100)
  more.close()
  const recording = openRecording(file)
  assert.deepEqual([recording.from, recording.to], [times[0], begin + 100])
  const other = join(dir, 'other.rec')
  writeFileSync(other, 'no recording')
  assert.throws(() => openRecording(other), { code: 'PLIMSOLL_RECORDING_UNREADABLE' })
  assert.throws(() => openRecording(dir), { code: 'PLIMSOLL_RECORDING_UNREADABLE' })
})

test('500 series with 50 histograms take less than 3 kB a second', () => {
  const registry = new Registry()
  const publication = publish({ registry, dir, app: 'size' })
  const page = publication.file ?? assert.fail(publication.error)
  const file = join(dir, 'size.rec')
  const recorder = new Recorder(file, 1)
  let seed = 1
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const counters = Array.from({ length: 400 }, (_, i) => registry.counter(`counter.c${i}`))
  const gauges = Array.from({ length: 50 }, (_, i) => registry.gauge(`gauge.g${i}`))
  const histograms = Array.from({ length: 50 }, (_, i) => registry.histogram(`histogram.h${i}`, { unit: 'By' }))
  const seconds = 180
  for (let second = 0; second < seconds; second++) {
    for (const counter of counters) if (random() < 0.5) counter.add(Math.floor(random() * 20))
    for (const gauge of gauges) gauge.set(Math.floor(random() * 100))
    for (const histogram of histograms) for (let i = 0; i < 5; i++) histogram.record(Math.floor(1000 * random() ** 3))
    if (second % 5 === 0) registry.tick()
    recorder.add({ files: [page], retained: [], snapshots: new Map() }, begin + second, beginNow + second)
  }
  recorder.close()
  publication.close()
  const perSecond = readFileSync(file).length / seconds
  assert.ok(perSecond < 3000, `${perSecond} bytes a second`)
})
