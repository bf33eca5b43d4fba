import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { PlimsollError } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { createTestRegistry, ManualClock, type TestPageOptions } from 'plimsoll/testing'
import { main } from '../support/command.ts'

const start = new ManualClock().unixTime()

function pageOf({ pages }: Snapshot): PageInfo {
  return pages[0] ?? assert.fail('there is no page')
}

function seriesOf({ families }: Snapshot, name: string): readonly object[] {
  return families.find((family) => family.name === name)?.series ?? []
}

describe('The page of a test registry', () => {
  test('shows what others would see: limits of series, cut texts, and who writes it.', () => {
    const { registry, advance, publish } = createTestRegistry()
    const sent = registry.counter('mails.sent', { help: 'Mails sent', labels: ['to'], maxSeries: 1 })
    sent.labels({ to: 'crew' }).add(3)
    const page = publish({ app: 'mailer', labels: { zone: 'b' } })
    sent.labels({ to: 'purser' }).inc()
    registry.text('last.error', { capacity: 8 }).set('naïvely sunk')
    advance(12.5)
    const { version: format, takenAt, pages, families } = page.read()
    assert.deepEqual([format, takenAt, pages.length], [1, start + 12.5, 1])
    const { pid, host, ...writer } = pageOf(page.read())
    assert.equal(pid, process.pid)
    assert.deepEqual(writer, {
      file: 'in-memory.page',
      tid: 0,
      app: 'mailer',
      startedAt: start,
      state: 'live',
      heartbeatAge: 0,
      endedAt: null,
      labels: { zone: 'b' },
    })
    assert.deepEqual(
      families.filter(({ name }) => !name.startsWith('plimsoll.')),
      [
        {
          name: 'last.error',
          kind: 'text',
          unit: '',
          help: '',
          labelNames: [],
          series: [{ labels: {}, value: 'naïvely' }],
        },
        {
          name: 'mails.sent',
          kind: 'counter',
          unit: '',
          help: 'Mails sent',
          labelNames: ['to'],
          maxSeries: 1,
          series: [
            { labels: { to: 'crew' }, value: 3 },
            { labels: { overflow: 'true' }, value: 1 },
          ],
        },
      ],
    )
    assert.deepEqual(registry.read().families, families)
  })

  test('goes on with the clock of the test; a snapshot of before stays as it was.', () => {
    const { registry, clock, advance, publish } = createTestRegistry()
    const page = publish()
    const jobs = registry.timer('jobs')
    jobs.record(0.5)
    const before = page.read()
    const asItWas = structuredClone(before)
    for (let i = 0; i < 60; i++) {
      jobs.record(2)
      advance(1)
    }
    assert.deepEqual(before, asItWas)
    const after = page.read()
    assert.deepEqual(after.families, registry.read().families)
    assert.equal(after.takenAt - before.takenAt, 60)
    assert.equal(pageOf(after).heartbeatAge, 0)
    clock.advance(30)
    assert.equal(pageOf(page.read()).heartbeatAge, 30)
    assert.equal(pageOf(page.read()).state, 'blocked')
  })

  test('stays as it was when its process was killed.', () => {
    const { registry, advance, publish } = createTestRegistry()
    const page = publish()
    const jobs = registry.counter('jobs')
    jobs.add(7)
    advance(3)
    const living = page.bytes()
    page.kill()
    jobs.add(100)
    registry.counter('later').inc()
    advance(20)
    assert.deepEqual(page.bytes(), living)
    assert.equal(jobs.value, 107)
    const left = page.read()
    const { state, heartbeatAge, endedAt } = pageOf(left)
    assert.deepEqual({ state, heartbeatAge, endedAt }, { state: 'killed', heartbeatAge: 20, endedAt: null })
    assert.deepEqual(seriesOf(left, 'jobs'), [{ labels: {}, value: 7 }])
    assert.deepEqual(seriesOf(left, 'later'), [])
    page.close()
    assert.equal(pageOf(page.read()).endedAt, null)
  })

  test('says when it was closed in good order.', () => {
    const { advance, publish } = createTestRegistry()
    const page = publish()
    advance(3)
    page.close()
    advance(4)
    page.kill()
    const { state, heartbeatAge, endedAt } = pageOf(page.read())
    assert.deepEqual({ state, heartbeatAge, endedAt }, { state: 'exited', heartbeatAge: 4, endedAt: start + 3 })
  })

  test('is the same until it is gone, and then another one, with all that was counted.', () => {
    const { registry, publish } = createTestRegistry()
    const jobs = registry.counter('jobs')
    const page = publish()
    assert.equal(publish(), page)
    jobs.inc()
    page.kill()
    jobs.inc()
    const other = publish()
    jobs.inc()
    assert.deepEqual(seriesOf(other.read(), 'jobs'), [{ labels: {}, value: 3 }])
    assert.deepEqual(seriesOf(page.read(), 'jobs'), [{ labels: {}, value: 1 }])
  })

  test('may be full: series past it are seen in the app, and counted in the page.', () => {
    const { registry, publish } = createTestRegistry()
    const hits = registry.counter('hits', { labels: ['user'], maxSeries: 100_000 })
    const page = publish({ maxBytes: 65_536 })
    for (let user = 0; user < 5000; user++) hits.labels({ user }).inc()
    assert.equal(seriesOf(registry.read(), 'hits').length, 5000)
    const outside = page.read()
    const seen = seriesOf(outside, 'hits').length
    assert(seen > 500 && seen < 5000, `${seen} series`)
    assert.deepEqual(seriesOf(outside, 'plimsoll.dropped'), [{ labels: {}, value: 5000 - seen }])
    assert.equal(page.error?.code, 'PLIMSOLL_PAGE_FULL')
    assert(page.bytes().length <= 65_536)
  })

  test('is replaced when most of it is about series that are gone, and whoever reads it does not notice.', () => {
    const { registry, publish } = createTestRegistry()
    const page = publish({ maxBytes: 65_536 })
    // A new page has no line about a family that has no series just then.
    const shown = ({ families }: Snapshot) => families.filter(({ series }) => series.length > 0)
    const kept = registry.histogram('kept')
    const calls = registry.counter('calls', { labels: ['to'] })
    for (let i = 0; i < 2000; i++) {
      kept.record(i)
      calls.labels({ to: `number ${i}` }).inc()
      calls.remove({ to: `number ${i}` })
      if (i % 100 === 0) assert.deepEqual(shown(page.read()), shown(registry.read()))
    }
    const now = page.read()
    assert.deepEqual(shown(now), shown(registry.read()))
    assert.equal(pageOf(now).state, 'live')
    assert.equal(page.error, undefined)
  })

  test('is a file that plimsoll show reads, once it is written to one.', () => {
    const { registry, publish } = createTestRegistry()
    const page = publish({ app: 'mailer' })
    registry.counter('mails.sent', { unit: 'mails' }).add(3)
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-page-'))
    try {
      const file = join(folder, 'test.page')
      writeFileSync(file, page.bytes())
      const read = readPage(file, { clock: new ManualClock() })
      assert.deepEqual(read, { ...page.read(), pages: [{ ...pageOf(page.read()), file, state: 'killed' }] })
      const { stdout, status } = spawnSync(process.execPath, [main, 'show', file], { encoding: 'utf8' })
      assert.equal(status, 0)
      assert.match(stdout, /^mails\.sent +counter\n +\(all\) +3 mails$/m)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('needs no native code, writes no file and waits for nothing.', () => {
    // Node refuses to load the one and to open the other in a process with so few permissions.
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission'
    const flags = [permission, '--allow-fs-read=*', '--no-warnings']
    const program = join('build', 'test', 'testing', 'fixtures', 'without-permissions.js')
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, program], { encoding: 'utf8' })
    assert.deepEqual(
      [stderr, JSON.parse(stdout)],
      ['', { jobs: [{ labels: {}, value: 2 }], awaited: [], native: [], real: false }],
    )
  })

  test('refuses options that are wrong.', () => {
    const { publish } = createTestRegistry()
    const wrong = [{ maxBytes: 65_535 }, { maxBytes: 2 ** 29 }, { app: '' }, { labels: { pid: '1' } }, null]
    for (const options of wrong) {
      assert.throws(
        () => publish(options as TestPageOptions),
        (error) => error instanceof PlimsollError && error.code === 'PLIMSOLL_OPTION_INVALID',
      )
    }
    assert.throws(() => publish({ dir: '/tmp' } as TestPageOptions), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  })
})
