import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listMmstats, mmstatsGlob } from 'plimsoll/mmstats'
import { mmstatsFile } from '#src/mmstats/names.ts'
import { newFolder } from './mmstats-file.ts'

test('A pattern finds what it finds in Python: in each part of a path, no directories, nothing hidden', (t) => {
  const folder = newFolder(t)
  for (const part of ['a', 'b', '.c', 'a/d.mmstats']) mkdirSync(join(folder, part))
  const files = [
    'x.mmstats',
    'a/1.mmstats',
    'a/22.mmstats',
    'a/[1].mmstats',
    'a/.h.mmstats',
    'b/1.mmstats',
    '.c/1.mmstats',
  ]
  for (const file of files) writeFileSync(join(folder, file), '')
  const find = (pattern: string): string[] =>
    listMmstats(join(folder, pattern)).map((file) => file.slice(folder.length + 1))
  const patterns = [
    '*.mmstats',
    '*/*.mmstats',
    'a/?.mmstats',
    '[!a]/[0-9].*',
    'a/[[]1].mmstats',
    'a/.*',
    'a/[',
    'no/*',
    'x.mmstats',
  ]
  assert.deepEqual(patterns.map(find), [
    ['x.mmstats'],
    ['a/1.mmstats', 'a/22.mmstats', 'a/[1].mmstats', 'b/1.mmstats'],
    ['a/1.mmstats'],
    ['b/1.mmstats'],
    ['a/[1].mmstats'],
    ['a/.h.mmstats'],
    [],
    [],
    ['x.mmstats'],
  ])
})

test('Where no pattern is given, MMSTATS_GLOB counts, then MMSTATS_PATH, then the place for temporary files', (t) => {
  const { MMSTATS_GLOB, MMSTATS_PATH, TMPDIR } = process.env
  t.after(() => {
    for (const [name, value] of Object.entries({ MMSTATS_GLOB, MMSTATS_PATH, TMPDIR })) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const folder = newFolder(t)
  delete process.env.MMSTATS_GLOB
  delete process.env.MMSTATS_PATH
  process.env.TMPDIR = folder
  const globs = [mmstatsGlob()]
  process.env.MMSTATS_PATH = '/p'
  globs.push(mmstatsGlob())
  process.env.MMSTATS_GLOB = '/g/*'
  globs.push(mmstatsGlob())
  assert.deepEqual(globs, [`${folder}/*.mmstats`, '/p/*.mmstats', '/g/*'])
})

test('The file of a script that is hidden is not', (t) => {
  const folder = newFolder(t)
  const [, script = ''] = process.argv
  process.argv[1] = '/srv/.jobs.js'
  t.after(() => {
    process.argv[1] = script
  })
  const file = mmstatsFile(folder)
  assert.match(file, /\/_jobs\.js-\d+-\d+\.mmstats$/)
  writeFileSync(file, '')
  assert.deepEqual(listMmstats(join(folder, '*.mmstats')), [file])
})
