import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { cleanMmstats, counter64, listUnfinished, mmstats, mmstatsIn, unfinishedIn } from 'plimsoll/mmstats'
import { ManualClock } from 'plimsoll/testing'
import { lockExclusive } from '#src/os/map.ts'
import { field, fileOf, newFolder } from './mmstats-file.ts'

test('Files go when their writer is gone, also damaged ones; never those of whom that is not known', (t) => {
  const folder = newFolder(t)
  const live = mmstats({ hits: counter64() }, { path: folder, filename: 'a-live.mmstats' })
  t.after(() => live.close())
  mmstats({ hits: counter64() }, { path: folder, filename: 'b-closed.mmstats' }).close()
  const files: Readonly<Record<string, Buffer>> = {
    'c-other-user': fileOf(field('sys.pid', 'I', 255, '01000000')),
    'd-nobody': fileOf(field('sys.pid', 'I', 255, 'feffff7f')),
    'e-damaged': fileOf(field('sys.pid', 'I', 255, 'feffff7f'), Buffer.from('ffff', 'hex')),
    'f-no-pid': fileOf(field('hits', 'B', 255, '01')),
    'g-odd-pid': fileOf(field('sys.pid', 'I', 255, 'ffffffff')),
    'h-no-mmstats': Buffer.from('text'),
  }
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, `${name}.mmstats`), bytes)
  const all = [...mmstatsIn(folder), join(folder, 'i-missing.mmstats')]
  const tell = (dryRun: boolean): unknown =>
    cleanMmstats(all, { dryRun }).map(({ file, removed, why, error }) => [
      basename(file, '.mmstats'),
      removed,
      why,
      error?.code,
    ])
  const expected = [
    ['a-live', false, 'live', undefined],
    ['b-closed', true, 'dead', undefined],
    ['c-other-user', false, 'live', undefined],
    ['d-nobody', true, 'dead', undefined],
    ['e-damaged', true, 'dead', undefined],
    ['f-no-pid', false, 'unknown', 'PLIMSOLL_PAGE_NOT_REMOVED'],
    ['g-odd-pid', false, 'unknown', 'PLIMSOLL_PAGE_NOT_REMOVED'],
    ['h-no-mmstats', false, 'unknown', 'PLIMSOLL_MMSTATS_VERSION'],
    ['i-missing', false, 'gone', undefined],
  ]
  assert.deepEqual([tell(true), mmstatsIn(folder).length, tell(false)], [expected, 8, expected])
  assert.deepEqual(
    mmstatsIn(folder).map((file) => basename(file, '.mmstats')),
    ['a-live', 'c-other-user', 'f-no-pid', 'g-odd-pid', 'h-no-mmstats'],
  )
  assert.deepEqual(cleanMmstats([join(folder, 'c-other-user.mmstats')], { olderThan: 60 })[0]?.why, 'live')
})

test('A clock that was set back keeps no file of a dead writer, where no age is asked for', (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'a.mmstats')
  writeFileSync(file, fileOf(field('sys.pid', 'I', 255, 'feffff7f')))
  const options = { clock: new ManualClock(1), dryRun: true }
  assert.equal(cleanMmstats([file], options)[0]?.why, 'dead')
  assert.equal(cleanMmstats([file], { ...options, olderThan: 5 })[0]?.why, 'young')
})

test('What writers left that died before their file had its name goes after a minute, unless somebody holds its lock', (t) => {
  const folder = newFolder(t)
  const whole = fileOf(field('sys.pid', 'I', 255, '01000000'))
  const files: Readonly<Record<string, Buffer>> = {
    '.1-aaaaaaaa': Buffer.alloc(0),
    '.1-bbbbbbbb': Buffer.alloc(4096),
    '.1-cccccccc': whole,
    '.1-dddddddd': Buffer.from('text'),
    '.1-eeeeeeee': whole,
    '.1-ffffffff': whole,
  }
  for (const [name, bytes] of Object.entries(files)) {
    const file = join(folder, `${name}.mmstats-new`)
    writeFileSync(file, bytes)
    const ago = Date.now() / 1000 - (name === '.1-eeeeeeee' ? 30 : 90)
    utimesSync(file, ago, ago)
  }
  const held = openSync(join(folder, '.1-ffffffff.mmstats-new'), 'r')
  t.after(() => closeSync(held))
  assert.ok(lockExclusive(held))
  const all = unfinishedIn(folder)
  assert.deepEqual([listUnfinished(`${folder}/*.mmstats`), mmstatsIn(folder)], [all, []])
  assert.deepEqual(
    cleanMmstats(all).map(({ file, removed, why, error }) => [basename(file).slice(3, 4), removed, why, error?.code]),
    [
      ['a', true, 'unfinished', undefined],
      ['b', true, 'unfinished', undefined],
      ['c', true, 'unfinished', undefined],
      ['d', false, 'unknown', 'PLIMSOLL_PAGE_NOT_REMOVED'],
      ['e', false, 'young', undefined],
      ['f', false, 'live', undefined],
    ],
  )
  assert.deepEqual(
    readdirSync(folder),
    ['.1-dddddddd', '.1-eeeeeeee', '.1-ffffffff'].map((name) => `${name}.mmstats-new`),
  )
})
