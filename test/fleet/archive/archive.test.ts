import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { publish, Registry } from 'plimsoll'
import { type Fleet, fleet } from 'plimsoll/fleet'
import { formatPrometheus } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import type { ManualClock } from 'plimsoll/testing'
import { archiveFile } from '#src/fleet/archive/archive.ts'
import { bounded, maxTextInAll } from '#src/fleet/archive/archive-limits.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { codeOf } from '#src/os/trusted-file.ts'
import { maxFamilies } from '#src/snapshot/limits.ts'
import { plimsoll } from '../../cli/processes.ts'
import { endPublication } from '../../support/ended.ts'
import { laterClock, newFolder, newWriter, numbers } from '../pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

interface Kept {
  readonly dir: string
  readonly clock: ManualClock
  readonly shop: Fleet
  readonly archive: string
}

/** An app all of whose writers are gone, and whose archive has all that is known of them. */
function keptShop(t: TestContext): Kept {
  const dir = newFolder(t)
  const clock = laterClock()
  newWriter(t, dir, 10).end()
  const shop = fleet('shop', { dir, clock, retentionSeconds: 0, onWarning: () => {} })
  t.after(() => shop.close())
  assert.equal(shop.compact().removed.length, 1)
  return { dir, clock, shop, archive: archiveFile(dir, 'shop') }
}

const kept = ['jobs{"queue":"mail"} 30', 'took{} 1 in 5']

test('a page with numbers that no writer counts spoils no archive', needsPages, (t) => {
  const cells = { counter: 21, sum: 3.5, bucket: 1 }
  for (const [what, value] of Object.entries(cells)) {
    for (const odd of [0.5, -7, Number.NaN, Infinity, 1e300]) {
      const { dir, shop } = keptShop(t)
      const { file, end } = newWriter(t, dir, 7)
      end()
      const bytes = readFileSync(file)
      const floats = new Float64Array(new Uint8Array(bytes).buffer)
      for (const [i, found] of floats.entries()) if (i >= 512 && found === value) floats[i] = odd
      writeFileSync(file, Buffer.from(floats.buffer))
      assert.equal(shop.compact().archived.length, 1)
      const [jobs = '', took = ''] = numbers(shop.read())
      const told = `${what} ${odd}: ${jobs}, ${took}`
      assert.deepEqual(shop.failures, [], told)
      assert.ok(Number(jobs.split(' ')[1]) >= (what === 'counter' ? 30 : 51), told)
      assert.match(took, /^took\{\} [12] in -?\d/, told)
    }
  }
})

test('a counter that passes the largest number stays there, in the archive and with later counts', needsPages, (t) => {
  const dir = newFolder(t)
  const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: 0, onWarning: () => {} })
  t.after(() => shop.close())
  const bytes = (): string[] => numbers(shop.read()).filter((line) => line.startsWith('bytes'))
  const write = (amount: number): void => {
    const writer = newWriter(t, dir)
    writer.registry.counter('bytes').add(amount)
    writer.end()
  }
  write(1.7e308)
  write(1.7e308)
  const most = [`bytes{} ${Number.MAX_VALUE}`]
  assert.deepEqual(bytes(), most)
  assert.equal(shop.compact().archived.length, 2)
  assert.deepEqual(bytes(), most)
  write(12)
  assert.equal(shop.compact().archived.length, 1)
  assert.deepEqual(bytes(), most)
  assert.match(formatPrometheus(shop.read()), /^bytes_total 1\.7976931348623157e\+308$/m)
})

test('whatever is in the page of a writer that is gone, the archive keeps what it had', needsPages, (t) => {
  const { dir, shop } = keptShop(t)
  const { file, end } = newWriter(t, dir, 7)
  end()
  const good = readFileSync(file)
  unlinkSync(file)
  let runs = 0
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255))
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), (changes) => {
    const bytes = Buffer.from(good)
    for (const [at, value] of changes) bytes[at] = value
    const page = join(dir, `page-${runs++}.page`)
    writeFileSync(page, bytes)
    shop.compact()
    rmSync(page, { force: true })
    // Damaged names are those of other metrics.
    const read = numbers(shop.read()).join('\n')
    assert.ok(Number(read.match(/^jobs\{"queue":"mail"\} (.*)$/m)?.[1]) >= 30, read)
    assert.ok(Number(read.match(/^took\{\} (\d+) in /m)?.[1]) >= 1, read)
    assert.deepEqual(shop.failures, [])
  })
  fc.assert(property, { numRuns: 100 })
})

test('an archive of a later version is left as it is, and so are the pages that belong into it', needsPages, (t) => {
  const { dir, shop, archive } = keptShop(t)
  const later = readFileSync(archive, 'utf8').replace('"plimsollArchive":1', '"plimsollArchive":2')
  unlinkSync(archive)
  writeFileSync(archive, later)
  newWriter(t, dir, 1).end()
  newWriter(t, dir, 1, { app: 'other' }).end()
  const all = fleet(dir, { clock: laterClock(), onWarning: () => {} })
  t.after(() => all.close())
  for (const each of [shop, all]) assert.equal(each.compact().error?.code, 'PLIMSOLL_ARCHIVE_UNREADABLE')
  assert.equal(readFileSync(archive, 'utf8'), later)
  const anew = fleet('shop', { dir, clock: laterClock() })
  t.after(() => anew.close())
  assert.deepEqual(numbers(anew.read()), ['jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
  assert.deepEqual(
    anew.failures.map(({ file, error }) => [file, error.code]),
    [[archive, 'PLIMSOLL_ARCHIVE_UNREADABLE']],
  )
  assert.equal(statSync(archiveFile(dir, 'other')).isFile(), true)
})

test('a copy of an archive under another name is told and does not count', needsPages, (t) => {
  const { dir, archive } = keptShop(t)
  const all = fleet(dir, { clock: laterClock(), onWarning: () => {} })
  t.after(() => all.close())
  for (const name of ['a-backup.archive', 'z-backup.archive']) copyFileSync(archive, join(dir, name))
  assert.deepEqual(numbers(all.read()), kept)
  assert.deepEqual(
    all.failures.map(({ error }) => error.code),
    ['PLIMSOLL_ARCHIVE_DAMAGED', 'PLIMSOLL_ARCHIVE_DAMAGED'],
  )
  newWriter(t, dir, 1).end()
  all.compact()
  assert.deepEqual([numbers(all.read()), all.failures], [['jobs{"queue":"mail"} 33', 'took{} 2 in 5.5'], []])
})

test('a writer that died before the clock was set back is archived', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1).end()
  const shop = fleet('shop', { dir, clock: laterClock(-3600) })
  t.after(() => shop.close())
  assert.equal(shop.compact().archived.length, 1)
})

test('an archive that is as it was is not read again, neither to read nor to compact', needsPages, (t) => {
  const { shop, archive } = keptShop(t)
  utimesSync(archive, 1000, 1000)
  assert.deepEqual(numbers(shop.read()), kept)
  writeFileSync(archive, ' '.repeat(statSync(archive).size))
  utimesSync(archive, 1000, 1000)
  for (let i = 0; i < 2; i++) {
    assert.equal(shop.compact().error, undefined)
    assert.deepEqual(numbers(shop.read()), kept)
  }
})

test('many apps in a directory leave most descriptors to others', needsPages, (t) => {
  const dir = newFolder(t)
  const clock = laterClock()
  for (let i = 0; i < 100; i++) newWriter(t, dir, 1, { app: `app ${i}` }).end()
  const all = fleet(dir, { clock, retentionSeconds: 0 })
  t.after(() => all.close())
  const before = readdirSync('/proc/self/fd').length
  assert.equal(all.compact().archived.length, 100)
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(numbers(all.read()), ['jobs{"queue":"mail"} 300', 'took{} 100 in 50'])
    assert.equal(readdirSync('/proc/self/fd').length - before, 64)
  }
  newWriter(t, dir, 1, { app: 'app 99' }).end()
  assert.equal(all.compact().archived.length, 1)
  assert.deepEqual(numbers(all.read()), ['jobs{"queue":"mail"} 303', 'took{} 101 in 50.5'])
})

test('what was last read of an archive counts as long as it is there and cannot be read', needsPages, (t) => {
  const later = (archive: string): void =>
    writeFileSync(archive, readFileSync(archive, 'utf8').replace('"plimsollArchive":1', '"plimsollArchive":2'))
  const faults: Record<string, (archive: string) => void> = {
    PLIMSOLL_ARCHIVE_DAMAGED: (archive) => truncateSync(archive, 100),
    PLIMSOLL_ARCHIVE_UNREADABLE: later,
  }
  for (const [code, spoil] of Object.entries(faults)) {
    const { dir, shop, archive, clock } = keptShop(t)
    const writer = newWriter(t, dir)
    const all = fleet(dir, { clock })
    t.after(() => all.close())
    const expected = ['busy{} 9', 'jobs{"queue":"mail"} 33', 'took{} 2 in 5.5']
    for (const each of [shop, all]) assert.deepEqual(numbers(each.read()), expected)
    const good = readFileSync(archive)
    spoil(archive)
    for (const each of [shop, all, shop, all]) {
      assert.deepEqual(numbers(each.read()), expected)
      assert.deepEqual(
        each.failures.map(({ file, error }) => [file, error.code]),
        [[archive, code]],
      )
    }
    // The living are read as they are, and what is in the archive does not count twice.
    writer.registry
      .counter('jobs', { labels: ['queue'] })
      .labels({ queue: 'mail' })
      .inc()
    const more = ['busy{} 9', 'jobs{"queue":"mail"} 34', 'took{} 2 in 5.5']
    assert.deepEqual(numbers(shop.read()), more)
    writeFileSync(archive, good)
    assert.deepEqual([numbers(shop.read()), shop.failures], [more, []])
    unlinkSync(archive)
    assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 4', 'took{} 1 in 0.5'])
  }
})

test('an archive that this user may not read any more counts as it was last read', (t) => {
  if (mappingUnavailable() !== undefined) return t.skip('there are no pages here')
  if (process.geteuid?.() !== 0) return t.skip('only root can be several users')
  const dir = newFolder(t)
  newWriter(t, dir, 10).end()
  const clock = laterClock()
  const compactor = fleet('shop', { dir, clock, retentionSeconds: 0 })
  t.after(() => compactor.close())
  assert.equal(compactor.compact().removed.length, 1)
  const archive = archiveFile(dir, 'shop')
  const user = 4714
  for (const each of [dir, archive]) chownSync(each, user, user)
  process.seteuid?.(user)
  try {
    const shop = fleet('shop', { dir, clock })
    t.after(() => shop.close())
    assert.deepEqual(numbers(shop.read()), kept)
    // Its time of change would stay as it is.
    chmodSync(archive, 0)
    utimesSync(archive, 1000, 1000)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(numbers(shop.read()), kept)
      assert.deepEqual(
        shop.failures.map(({ error }) => [error.code, codeOf((error as Error).cause)]),
        [['PLIMSOLL_ARCHIVE_UNREADABLE', 'EACCES']],
      )
    }
    chmodSync(archive, 0o600)
    assert.deepEqual([numbers(shop.read()), shop.failures], [kept, []])
  } finally {
    process.seteuid?.(0)
  }
})

test('users who share a directory keep an archive each, and none keeps another from compaction', (t) => {
  if (mappingUnavailable() !== undefined) return t.skip('there are no pages here')
  if (process.geteuid?.() !== 0) return t.skip('only root can be several users')
  const dir = newFolder(t)
  chmodSync(dir, 0o1777)
  const as = (user: number, work: () => void): void => {
    process.seteuid?.(user)
    try {
      work()
    } finally {
      process.seteuid?.(0)
    }
  }
  as(4713, () => {
    mkdirSync(join(dir, '.x.archive'))
    writeFileSync(join(dir, 'x.archive'), '')
    writeFileSync(join(dir, '.y.archive'), '')
  })
  for (const user of [4711, 4712]) {
    as(user, () => {
      const clock = laterClock()
      newWriter(t, dir, user).end()
      const shop = fleet('shop', { dir, clock, retentionSeconds: 0 })
      const all = fleet(dir, { clock })
      assert.deepEqual([all.compact().archived.length, all.compact().error], [1, undefined])
      const sums = [`jobs{"queue":"mail"} ${3 * user}`, `took{} 1 in ${user / 2}`]
      for (const each of [shop, all]) assert.deepEqual(numbers(each.read()), sums)
      assert.deepEqual(
        shop.failures.filter(({ file }) => file.endsWith('.archive')),
        [],
      )
      shop.close()
      all.close()
    })
  }
  assert.equal(readdirSync(dir).filter((name) => /^shop-.*-471[12]\.archive$/.test(name)).length, 2)
})

test('what an archive has no room for is counted, as no total has it', () => {
  const snapshotOf = (...names: readonly string[]): Snapshot => {
    const series = [{ labels: {}, value: 1 }]
    const families = names.map(
      (name) => ({ name, kind: 'counter', unit: '', help: '', labelNames: [], series }) as const,
    )
    return { version: 1, takenAt: 0, pages: [], families }
  }
  const droppedIn = ({ families }: Snapshot) => families.find(({ name }) => name === 'plimsoll.archive.dropped')?.series
  const names = Array.from({ length: maxFamilies }, (_, i) => `m${i}`)
  const full = bounded(snapshotOf(), snapshotOf(...names))
  assert.deepEqual([full.families.length, droppedIn(full)], [maxFamilies, undefined])
  const once = bounded(full, snapshotOf(...names, 'one', 'two'))
  assert.deepEqual([once.families.length, droppedIn(once)], [maxFamilies + 1, [{ labels: {}, value: 2 }]])
  const again = bounded(once, { ...once, families: [...once.families, ...snapshotOf('one').families] })
  assert.deepEqual(droppedIn(again), [{ labels: {}, value: 3 }])
})

test('doctor reports an archive that takes no further metrics', needsPages, async (t) => {
  const dir = newFolder(t)
  for (const first of ['a', 'b']) {
    const registry = new Registry()
    for (let i = 0; i < maxFamilies * 0.6; i++) registry.counter(`${first}${i}`).inc()
    endPublication(publish({ registry, dir, app: 'shop', maxBytes: 2 ** 24, onWarning: () => {} }))
  }
  const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: 0, onWarning: () => {} })
  t.after(() => shop.close())
  assert.equal(shop.compact().archived.length, 2)
  const { status, stdout } = await plimsoll('doctor', '--dir', dir)
  assert.equal(status, 1)
  assert.match(
    stdout,
    /^▲ shop archived: [\d,]+ series of ended processes in no total: the archive takes no further metrics\n/m,
  )
})

test('an archive takes no further series once their text is long, and what is there stays as it is', () => {
  const long = 'x'.repeat(2 ** 20)
  const snapshotOf = (ids: readonly number[]): Snapshot => {
    const series = ids.map((id) => ({ labels: { id: `${id} ${long}` }, value: 1 }))
    const family = { name: 'odd', kind: 'counter', unit: '', help: '', labelNames: ['id'], series } as const
    return { version: 1, takenAt: 0, pages: [], families: [family] }
  }
  const ids = Array.from({ length: 2 * (maxTextInAll / long.length) }, (_, i) => i)
  const valuesOf = ({ families }: Snapshot) =>
    families.flatMap(({ series }) => series.map((one) => 'value' in one && one.value))
  const first = bounded(snapshotOf([]), snapshotOf(ids))
  assert.deepEqual(valuesOf(first), [...new Array(ids.length / 2).fill(1), ids.length / 2])
  assert.deepEqual(valuesOf(bounded(snapshotOf(ids), snapshotOf([...ids, -1]))), [...ids.map(() => 1), 1])
})
