import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { PlimsollError } from 'plimsoll'
import { type Fleet, type FleetOptions, fleet } from 'plimsoll/fleet'
import type { ManualClock } from 'plimsoll/testing'
import { archiveFile } from '#src/fleet/archive/archive.ts'
import { lockCompaction } from '#src/fleet/archive/compaction-lock.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { laterClock, newFolder, newWriter, numbers } from '../pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

interface Shop {
  readonly dir: string
  readonly clock: ManualClock
  readonly shop: Fleet
  readonly archive: string
  readonly warnings: PlimsollError[]
  /** A new reader each time, which knows nothing from before. */
  readonly look: () => string[]
}

/** An app with one writer that lives and two that are gone. */
function newShop(t: TestContext, options: FleetOptions = {}): Shop {
  const dir = newFolder(t)
  const clock = laterClock()
  newWriter(t, dir, 1)
  for (const factor of [10, 20]) newWriter(t, dir, factor).end()
  const warnings: PlimsollError[] = []
  const shop = fleet('shop', { dir, clock, onWarning: (warning) => warnings.push(warning), ...options })
  t.after(() => shop.close())
  const look = (): string[] => {
    const anew = fleet('shop', { dir, clock })
    const read = numbers(anew.read())
    anew.close()
    return read
  }
  return { dir, clock, shop, archive: archiveFile(dir, 'shop'), warnings, look }
}

/** What all three counted; the gauge is that of the living one. */
const sums = ['busy{} 9', 'jobs{"queue":"mail"} 93', 'took{} 3 in 15.5']

function pagesIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.page'))
}

test(
  'compaction moves what dead writers counted into the archive, and their pages go after their stay',
  needsPages,
  (t) => {
    const { dir, clock, shop, archive, look } = newShop(t)
    assert.deepEqual(numbers(shop.read()), sums)
    const { archived, removed, error } = shop.compact()
    assert.deepEqual([archived.length, removed, error], [2, [], undefined])
    for (const read of [numbers(shop.read()), look()]) assert.deepEqual(read, sums)
    assert.deepEqual([pagesIn(dir).length, shop.readParts().retained.length], [3, 2])
    const { file, pid, app, state, heartbeatAge } = shop.read().pages[1] ?? {}
    assert.deepEqual(
      { file, pid, app, state, heartbeatAge },
      { file: archive, pid: 0, app: 'shop', state: 'archived', heartbeatAge: null },
    )
    assert.deepEqual(shop.compact(), { archived: [], removed: [], error: undefined })
    clock.advance(599)
    assert.deepEqual(shop.compact().removed, [])
    clock.advance(1)
    assert.deepEqual([...shop.compact().removed].sort(), [...archived].sort())
    for (const read of [numbers(shop.read()), look()]) assert.deepEqual(read, sums)
    assert.deepEqual(readdirSync(dir).sort(), [...pagesIn(dir), basename(archive)].sort())
  },
)

test('writers that end later are added to the archive, and a long row of them leaves two files', needsPages, (t) => {
  const { dir, shop, look, clock } = newShop(t, { retentionSeconds: 0 })
  for (let i = 0; i < 20; i++) {
    newWriter(t, dir, 1).end()
    clock.advance(1)
    shop.compact()
  }
  assert.deepEqual(look(), ['busy{} 9', 'jobs{"queue":"mail"} 153', 'took{} 23 in 25.5'])
  assert.equal(readdirSync(dir).length, 2)
})

test('with the option compact, each read compacts', needsPages, (t) => {
  const { dir, shop, look } = newShop(t, { compact: true, retentionSeconds: 0 })
  assert.deepEqual([numbers(shop.read()), pagesIn(dir).length], [sums, 1])
  assert.deepEqual(look(), sums)
})

test('the fleet of a directory compacts each app into its own archive', needsPages, (t) => {
  const { dir, clock, shop } = newShop(t)
  newWriter(t, dir, 1, { app: 'other' }).end()
  const all = fleet(dir, { clock })
  t.after(() => all.close())
  assert.equal(all.compact().archived.length, 3)
  assert.equal(readdirSync(dir).filter((name) => name.endsWith('.archive')).length, 2)
  assert.deepEqual(numbers(all.read()), ['busy{} 9', 'jobs{"queue":"mail"} 96', 'took{} 4 in 16'])
  assert.deepEqual(numbers(shop.read()), sums)
})

test('a writer that was heard of within three seconds is not archived, whatever its lock says', needsPages, (t) => {
  const { shop, clock } = newShop(t)
  clock.setUnixTime(Date.now() / 1000)
  assert.deepEqual(shop.compact().archived, [])
  clock.advance(4)
  assert.equal(shop.compact().archived.length, 2)
})

test('a dead page whose name leads to a page of a living writer by now is not archived', needsPages, (t) => {
  const dir = newFolder(t)
  const elsewhere = newFolder(t)
  const old = newWriter(t, dir, 1)
  const compacted = newWriter(t, elsewhere, 1)
  const shop = fleet('shop', { dir, clock: laterClock() })
  t.after(() => shop.close())
  shop.read()
  renameSync(compacted.file, old.file)
  old.publication.close()
  assert.deepEqual(shop.compact().archived, [])
  assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
})

test('one at a time compacts; another returns at once, and a reader needs nobody to stop', needsPages, (t) => {
  const { dir, shop, look } = newShop(t)
  const lock = lockCompaction(dir)
  assert.deepEqual(shop.compact(), { archived: [], removed: [], error: undefined })
  assert.deepEqual(look(), sums)
  lock?.release()
  assert.equal(shop.compact().archived.length, 2)
})

// The steps of a compact, and what a folder that is killed after each of them leaves behind.
const killedAfter: Readonly<Record<string, (shop: Shop) => void>> = {
  'nothing but the beginning of a new archive was written': ({ archive }) => {
    writeFileSync(unfinished(archive), '{"plimsollArchive":1,"app":"sh')
  },
  'the whole of a new archive was written, but not named': ({ shop, archive }) => {
    shop.compact()
    renameSync(archive, unfinished(archive))
  },
  'the archive was named, and no page removed': ({ shop }) => {
    shop.compact()
  },
  'one page of two was removed': ({ shop, dir }) => {
    const [first = ''] = shop.compact().archived
    unlinkSync(join(dir, basename(first)))
  },
  'all pages were removed, and the archive still names them': ({ shop }) => {
    for (const file of shop.compact().archived) unlinkSync(file)
  },
  'an older archive was in place, and a newer one written but not named': ({ shop, archive, dir }) => {
    shop.compact()
    const files = readdirSync(dir)
    copyFileSync(archive, unfinished(archive))
    assert.equal(files.length, 4)
  },
}

function unfinished(archive: string): string {
  return join(archive, '..', `.${basename(archive)}`)
}

for (const [what, leave] of Object.entries(killedAfter)) {
  test(`sums are right, and the next compact goes on, after a folder was killed when ${what}`, needsPages, (t) => {
    const shop = newShop(t)
    leave(shop)
    assert.deepEqual(shop.look(), sums)
    shop.clock.advance(1000)
    for (let i = 0; i < 2; i++) {
      assert.equal(shop.shop.compact().error, undefined)
      assert.deepEqual(shop.look(), sums)
      shop.clock.advance(1000)
    }
    shop.shop.compact()
    assert.deepEqual(readdirSync(shop.dir).sort(), [...pagesIn(shop.dir), basename(shop.archive)].sort())
    assert.equal(pagesIn(shop.dir).length, 1)
    assert.deepEqual(shop.look(), sums)
  })
}

test(
  'a sum counts since its first writer began, also once that one is archived, before others or after',
  needsPages,
  (t) => {
    const dir = newFolder(t)
    const shop = fleet('shop', { dir, clock: laterClock(), retentionSeconds: 0 })
    t.after(() => shop.close())
    const since = (): number => Math.min(...shop.read().pages.map(({ startedAt }) => startedAt))
    const first = newWriter(t, dir)
    const began = since()
    const second = newWriter(t, dir)
    for (const writer of [second, first]) {
      writer.end()
      assert.equal(shop.compact().archived.length, 1)
      assert.equal(since(), began)
    }
    assert.equal(shop.read().pages.length, 1)
  },
)

test(
  'a damaged archive is told to readers, then set aside, and the sums begin again where they can be seen',
  needsPages,
  (t) => {
    const { dir, shop, archive, look, clock, warnings } = newShop(t)
    shop.compact()
    const [, first] = shop.read().pages
    clock.advance(1000)
    assert.equal(shop.compact().removed.length, 2)
    const good = readFileSync(archive)
    writeFileSync(archive, good.subarray(0, good.length / 2))
    const other = fleet('shop', { dir, clock, onWarning: (warning) => warnings.push(warning) })
    t.after(() => other.close())
    for (const _ of ['first', 'second']) {
      assert.deepEqual(numbers(other.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
      assert.deepEqual(
        other.failures.map(({ file, error }) => [file, error.code]),
        [[archive, 'PLIMSOLL_ARCHIVE_DAMAGED']],
      )
    }
    newWriter(t, dir, 5).end()
    const { archived, error } = other.compact()
    assert.deepEqual([archived.length, error?.code], [1, 'PLIMSOLL_ARCHIVE_DAMAGED'])
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['PLIMSOLL_ARCHIVE_DAMAGED'],
    )
    assert.deepEqual(readFileSync(`${archive}.damaged`), good.subarray(0, good.length / 2))
    assert.deepEqual(look(), ['busy{} 9', 'jobs{"queue":"mail"} 18', 'took{} 2 in 3'])
    assert.deepEqual(other.failures.length, 1)
    const startedAt = other.read().pages.find(({ state }) => state === 'archived')?.startedAt ?? 0
    assert.ok(startedAt > (first?.startedAt ?? Infinity))
  },
)

test(
  'a damaged archive is replaced by what was last read of it, where compaction is by a fleet that has read it',
  needsPages,
  (t) => {
    const { dir, shop, archive, look, clock, warnings } = newShop(t)
    shop.compact()
    const [, first] = shop.read().pages
    clock.advance(1000)
    assert.equal(shop.compact().removed.length, 2)
    for (const [extra, expected] of [
      [0, sums],
      [5, ['busy{} 9', 'jobs{"queue":"mail"} 108', 'took{} 4 in 18']],
    ] as const) {
      assert.deepEqual(numbers(shop.read()), sums)
      writeFileSync(archive, 'damaged')
      if (extra > 0) newWriter(t, dir, extra).end()
      assert.equal(shop.compact().error?.code, 'PLIMSOLL_ARCHIVE_DAMAGED')
      assert.deepEqual([look(), numbers(shop.read()), shop.failures], [expected, expected, []])
      assert.equal(readFileSync(`${archive}.damaged`, 'utf8'), 'damaged')
      assert.equal(shop.read().pages.find(({ state }) => state === 'archived')?.startedAt, first?.startedAt)
    }
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['PLIMSOLL_ARCHIVE_DAMAGED'],
    )
  },
)

test('whatever is in an archive, a fleet reads on, and takes it or says that it is damaged', needsPages, (t) => {
  const { shop, archive } = newShop(t)
  shop.compact()
  const good = readFileSync(archive)
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255))
  const property = fc.property(
    fc.array(change, { minLength: 1, maxLength: 4 }),
    fc.nat(good.length),
    (changes, end) => {
      const bytes = Buffer.from(good)
      for (const [at, value] of changes) bytes[at] = value
      // As a new file, as nobody writes to one that is there.
      unlinkSync(archive)
      writeFileSync(archive, end % 3 === 0 ? bytes.subarray(0, end) : bytes)
      assert.ok(numbers(shop.read()).includes('busy{} 9'))
      assert.ok(shop.failures.every(({ error }) => /^PLIMSOLL_ARCHIVE_(DAMAGED|UNREADABLE)$/.test(error.code)))
    },
  )
  fc.assert(property, { numRuns: 200 })
})

test(
  'where the archive cannot be written, reading goes on and compaction is put off, which is said once',
  needsPages,
  (t) => {
    const { shop, archive, look, warnings } = newShop(t, { compact: true })
    // A folder where the file stands that a new archive begins as.
    mkdirSync(unfinished(archive))
    for (let i = 0; i < 3; i++) assert.deepEqual(numbers(shop.read()), sums)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['PLIMSOLL_ARCHIVE_NOT_WRITTEN'],
    )
    assert.deepEqual([look(), existsSync(archive)], [sums, false])
    rmdirSync(unfinished(archive))
    assert.deepEqual([numbers(shop.read()), existsSync(archive)], [sums, true])
  },
)

test('at most a hundred archived pages stay, the youngest', needsPages, (t) => {
  const { dir, shop, clock, look } = newShop(t)
  shop.compact()
  clock.advance(1)
  const [, second = ''] = shop.readParts().retained
  for (let i = 0; i < 99; i++) copyFileSync(second, join(dir, `copy-${i}.page`))
  const { archived, removed } = shop.compact()
  assert.deepEqual([archived.length, removed.length, shop.readParts().retained.length], [99, 1, 100])
  assert.match(look()[1] ?? '', /"mail"\} \d+$/)
})

test(
  'an archive has a limit of series: what is past it is added up as overflow, and nothing is lost',
  needsPages,
  (t) => {
    const dir = newFolder(t)
    const clock = laterClock()
    const shop = fleet('shop', { dir, clock, retentionSeconds: 0 })
    t.after(() => shop.close())
    let counted = 0
    for (let generation = 0; generation < 5; generation++) {
      const writer = newWriter(t, dir, 1)
      const odd = writer.registry.counter('odd', { labels: ['id'], maxSeries: 100_000 })
      for (let i = 0; i < 3000; i++) odd.labels({ id: `${generation} ${i}` }).add(2)
      counted += 6000
      writer.end()
      shop.compact()
    }
    const odd = shop.read().families.find(({ name }) => name === 'odd')
    const values = odd?.series.map((one) => ('value' in one ? Number(one.value) : 0)) ?? []
    assert.equal(values.length, 10_001)
    assert.equal(
      values.reduce((sum, value) => sum + value, 0),
      counted,
    )
    assert.deepEqual(odd?.series.at(-1), { labels: { overflow: 'true' }, value: counted - 20_000 })
  },
)

test('what is archived and removed while a reader looks is counted once', needsPages, (t) => {
  const { dir, clock, look } = newShop(t)
  const folder = fleet('shop', { dir, clock, retentionSeconds: 0 })
  t.after(() => folder.close())
  let looks = 0
  // The reader asks for the time with each page, so this is between two pages, or between the last page and the archive.
  const meddling = {
    now: () => clock.now(),
    unixTime: () => {
      looks++
      if (looks === at) folder.compact()
      return clock.unixTime()
    },
  }
  let at = 0
  const before = look()
  for (let i = 1; i < 12; i++) {
    newWriter(t, dir, i).end()
    const expected = look()
    looks = 0
    at = i
    const reader = fleet('shop', { dir, clock: meddling })
    assert.deepEqual(numbers(reader.read()), expected)
    reader.close()
  }
  assert.notDeepEqual(look(), before)
})
