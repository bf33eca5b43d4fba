import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fleet } from 'plimsoll/fleet'
import { counter64, mmstats, readMmstats } from 'plimsoll/mmstats'
import { main } from '../support/command.ts'

const rejecting = fileURLToPath(new URL('fixtures/rejecting.js', import.meta.url))
const needsRoot = process.geteuid?.() === 0 ? false : 'files can be given to others by root only'
const stranger = 4711

/** A directory that anyone may write to, as that of temporary files. */
function newShared(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mmstats-trust-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  chmodSync(folder, 0o1777)
  return folder
}

function writeStats(folder: string, filename: string, hits: number): string {
  const stats = mmstats({ hits: counter64() }, { path: folder, filename })
  stats.hits.inc(hits)
  stats.close()
  return join(folder, filename)
}

test('a directory that the kernel does not let anybody make, and a handler of warnings that rejects, leave the app at work', (t) => {
  const file = join(newShared(t), 'file')
  writeFileSync(file, '')
  for (const path of ['/proc/nope', join(file, 'below')]) {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [rejecting, path], {
      encoding: 'utf8',
      timeout: 10_000,
    })
    assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' })
    const code = 'PLIMSOLL_MMSTATS_NOT_CREATED'
    assert.deepEqual(JSON.parse(stdout), { codes: [code, code], errors: [code, code], file: null })
  }
})

test('the mmstats file of another user is refused as a page is', { skip: needsRoot }, (t) => {
  const file = writeStats(newShared(t), 'shop-1-1.mmstats', 3)
  assert.equal(readMmstats(file).families.find(({ name }) => name === 'hits')?.kind, 'counter')
  chownSync(file, stranger, stranger)
  assert.throws(() => readMmstats(file), { code: 'PLIMSOLL_PAGE_FOREIGN' })
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'show', file], { encoding: 'utf8' })
  assert.deepEqual([status, stdout], [1, ''])
  assert.match(stderr, /^plimsoll: PLIMSOLL_PAGE_FOREIGN The page \S+ belongs to user 4711/)
})

test('a fleet reads mmstats files only where it is asked to', (t) => {
  const folder = newShared(t)
  writeStats(folder, 'shop-1-1.mmstats', 3)
  const empty = join(folder, 'empty')
  const hitsOf = (...given: Parameters<typeof fleet>): number | undefined => {
    const one = fleet(...given)
    const family = one.read().families.find(({ name }) => name === 'hits')
    const others = one.failures.filter(({ error }) => error.code !== 'PLIMSOLL_FLEET_EMPTY')
    assert.deepEqual(others, [])
    one.close()
    return family?.kind === 'counter' ? family.series[0]?.value : undefined
  }
  const before = { PLIMSOLL_DIR: process.env.PLIMSOLL_DIR, MMSTATS_PATH: process.env.MMSTATS_PATH }
  t.after(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  Object.assign(process.env, { PLIMSOLL_DIR: empty, MMSTATS_PATH: folder })
  assert.equal(hitsOf('shop'), undefined)
  assert.equal(hitsOf('shop', { mmstats: true }), 3)
  assert.equal(hitsOf('shop', { mmstats: folder }), 3)
  assert.equal(hitsOf('shop', { dir: folder }), 3)
  assert.equal(hitsOf(folder), 3)
  assert.equal(hitsOf(folder, { mmstats: true }), 3)
})

test('commands read mmstats files by default only where the environment says where they are', (t) => {
  const folder = newShared(t)
  writeStats(folder, 'shop-1-1.mmstats', 3)
  const list = (env: Readonly<Record<string, string>>, ...args: string[]) => {
    const { MMSTATS_PATH: _, MMSTATS_GLOB: __, ...rest } = process.env
    const { stdout, status } = spawnSync(process.execPath, [main, 'ls', '--json', ...args], {
      encoding: 'utf8',
      env: { ...rest, PLIMSOLL_DIR: join(folder, 'empty'), TMPDIR: folder, ...env },
    })
    return [status, ...JSON.parse(stdout).map(({ app }: { app: string }) => app)]
  }
  assert.deepEqual(list({}), [0])
  assert.deepEqual(list({ MMSTATS_PATH: folder }), [0, 'shop'])
  assert.deepEqual(list({ MMSTATS_GLOB: `${folder}/s*` }), [0, 'shop'])
  assert.deepEqual(list({}, '--dir', folder), [0, 'shop'])
})
