import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { mappingUnavailable } from '#src/os/map.ts'
import { endedOffset, heartbeatOffset, monotonicBeatOffset } from '#src/page/layout.ts'
import { publisher } from '../../cli/processes.ts'
import { endPublication } from '../../support/ended.ts'
import { newFolder, numbers } from '../pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

/** Pages of processes that ended ten seconds ago, with a count of 1 each. */
function leavePages(t: TestContext, count: number, dir = newFolder(t)): string {
  for (let i = 0; i < count; i++) {
    const registry = new Registry()
    registry.counter('jobs').inc()
    const publication = publish({ registry, dir, app: 'shop', compact: false, onWarning: () => {} })
    const { file } = publication
    if (file === undefined) throw publication.error
    endPublication(publication)
    const fd = openSync(file, 'r+')
    const earlier = new Float64Array([Date.now() / 1000 - 10])
    for (const offset of [heartbeatOffset, endedOffset]) writeSync(fd, earlier, 0, 8, offset)
    writeSync(fd, new Float64Array([Math.max(1, performance.now() / 1000 - 10)]), 0, 8, monotonicBeatOffset)
    closeSync(fd)
  }
  return dir
}

function pagesIn(dir: string): number {
  return readdirSync(dir).filter((name) => name.endsWith('.page')).length
}

function archivesIn(dir: string): number {
  return readdirSync(dir).filter((name) => name.endsWith('.archive')).length
}

test('a process that starts compacts what earlier ones of its app left over', needsPages, async (t) => {
  const dir = leavePages(t, 130)
  await publisher(t, dir, 'mail')
  await publisher(t, dir, 'shop')
  for (let i = 0; i < 1000 && pagesIn(dir) > 102; i++) await sleep(20)
  assert.ok(pagesIn(dir) <= 102, `${pagesIn(dir)} pages`)
  assert.equal(archivesIn(dir), 1)
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  assert.deepEqual(
    numbers(shop.read()).filter((line) => line.startsWith('jobs')),
    ['jobs{} 130'],
  )
})

test(
  'a process with the id of an earlier one, as in a container, compacts what that one left over',
  needsPages,
  async (t) => {
    const dir = leavePages(t, 3)
    const here = publish({ registry: new Registry(), dir, app: 'shop', onWarning: () => {} })
    t.after(() => here.close())
    for (let i = 0; i < 1000 && archivesIn(dir) === 0; i++) await sleep(20)
    const shop = fleet('shop', { dir })
    t.after(() => shop.close())
    assert.equal(archivesIn(dir), 1)
    assert.deepEqual(
      numbers(shop.read()).filter((line) => line.startsWith('jobs')),
      ['jobs{} 3'],
    )
  },
)

test('a process with plimsoll/register compacts as well', needsPages, async (t) => {
  const dir = leavePages(t, 3)
  const env = { ...process.env, PLIMSOLL_DIR: dir, PLIMSOLL_APP: 'shop' }
  const args = ['--require', resolve('build/package/dist/register.cjs'), resolve('examples/server.mjs')]
  const child = spawn(process.execPath, args, { env: { ...env, PORT: '0' }, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  for (let i = 0; i < 1000 && archivesIn(dir) === 0; i++) await sleep(20)
  assert.equal(archivesIn(dir), 1)
})

test('a process in which many threads have ended compacts again', needsPages, async (t) => {
  const dir = newFolder(t)
  const here = publish({ registry: new Registry(), dir, app: 'shop', onWarning: () => {} })
  t.after(() => here.close())
  leavePages(t, 3, dir)
  assert.equal(archivesIn(dir), 0)
  for (let i = 0; i < 50; i++) await once(new Worker('', { eval: true, execArgv: [], env: {} }), 'exit')
  for (let i = 0; i < 1000 && archivesIn(dir) === 0; i++) await sleep(20)
  assert.equal(archivesIn(dir), 1)
})

test('compaction at the start is off by an option, and by PLIMSOLL_COMPACT', needsPages, async (t) => {
  const dir = leavePages(t, 101)
  process.env.PLIMSOLL_COMPACT = 'False'
  t.after(() => delete process.env.PLIMSOLL_COMPACT)
  const other = await publisher(t, dir, 'shop')
  // The safe choice.
  process.env.PLIMSOLL_COMPACT = 'perhaps'
  const codes: string[] = []
  const third = publish({ registry: new Registry(), dir, app: 'shop', onWarning: ({ code }) => codes.push(code) })
  t.after(() => third.close())
  assert.deepEqual(codes, ['PLIMSOLL_OPTION_INVALID'])
  delete process.env.PLIMSOLL_COMPACT
  const here = publish({ registry: new Registry(), dir, app: 'shop', compact: false, onWarning: () => {} })
  t.after(() => here.close())
  // With so many pages, compaction comes before the first line of input.
  await other.order('count 1')
  await other.order('count 1')
  assert.deepEqual([archivesIn(dir), pagesIn(dir)], [0, 104])
  assert.throws(() => publish({ registry: new Registry(), compact: 'no' as never }), {
    code: 'PLIMSOLL_OPTION_INVALID',
  })
})
