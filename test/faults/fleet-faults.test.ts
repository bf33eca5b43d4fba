import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import type { Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { endPublication } from '../support/ended.ts'
import { mountDisk } from './disk.ts'
import { countOf, fixture, newFolder, start, suspend, until } from './processes.ts'

const env = { PLIMSOLL_APP: 'shop' }

/** By process id, the age of the heartbeat of those that live. */
function agesOf({ pages }: Snapshot): Map<number, number> {
  return new Map(
    pages.filter(({ state }) => state !== 'killed').map(({ pid, heartbeatAge }) => [pid, heartbeatAge ?? -1]),
  )
}

test('workers that are stopped, and workers that spin, are read with all values and an age for each', async (t) => {
  const dir = newFolder(t)
  const apps = Array.from({ length: 4 }, () => start(t, 'shop', [dir, 'busy', 'main'], { env }))
  for (const app of apps) assert.equal(await app.line(), 'ready')
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  await until(
    'all have counted',
    10,
    () => shop.readParts().parts.filter((part) => (countOf(part, 'sales') ?? 0) > 0).length === 4,
  )
  for (const [i, app] of apps.entries()) {
    if (i < 2) await suspend(app)
    else app.tell('block')
  }
  for (const app of apps.slice(2)) assert.equal(await app.line(), 'blocking')
  const first = shop.read()
  const sales = countOf(first, 'sales') ?? Infinity
  const second = await until('more than a heartbeat', 5, () => {
    const seen = shop.read()
    return seen.takenAt > first.takenAt + 1.2 && (countOf(seen, 'sales') ?? 0) > sales && seen
  })
  t.diagnostic(JSON.stringify([...agesOf(second)]))
  assert.deepEqual([...agesOf(second).keys()].sort(), apps.map(({ pid }) => pid).sort())
  for (const [pid, age] of agesOf(second)) assert.ok(age > (agesOf(first).get(pid) ?? Infinity) && age > 1.2)
  assert.deepEqual(shop.failures, [])
})

test('on a full disk compaction is put off, which is said once, and done when there is room', (t) => {
  const dir = mountDisk(t, 256)
  if (dir === undefined) return
  const clock = new ManualClock(Date.now() / 1000 + 60)
  const warnings: string[] = []
  for (let i = 0; i < 4; i++) {
    const registry = new Registry()
    registry.counter('sales').add(10)
    // More than the empty blocks of these pages, which compaction gives back, have room for.
    const mails = registry.counter('mails', { labels: ['to'] })
    if (i === 0) for (let to = 0; to < 250; to++) mails.labels({ to: `${to}`.padEnd(200, '-') }).inc()
    endPublication(publish({ registry, dir, app: 'shop' }))
  }
  const ballast = join(dir, 'ballast')
  try {
    for (let kib = 200; kib > 0; kib--) writeFileSync(ballast, Buffer.alloc(1024, 1), { flag: 'a' })
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
  }
  const shop = fleet('shop', {
    dir,
    clock,
    retentionSeconds: 0,
    compact: true,
    onWarning: ({ code }) => warnings.push(code),
  })
  t.after(() => shop.close())
  for (let i = 0; i < 3; i++) assert.equal(countOf(shop.read(), 'sales'), 40)
  assert.deepEqual(warnings, ['PLIMSOLL_ARCHIVE_NOT_WRITTEN'])
  unlinkSync(ballast)
  assert.deepEqual([countOf(shop.read(), 'sales'), shop.read().pages.map(({ state }) => state)], [40, ['archived']])
  assert.equal(warnings.length, 1)
})

/** An app in a pid namespace of its own, where it has the process id 1. */
async function startApart(t: TestContext, dir: string) {
  const args = ['--pid', '--fork', '--kill-child', process.execPath, fixture('shop'), dir, 'calm', 'main']
  const child = spawn('unshare', args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  await once(child.stdout, 'data')
  return kill
}

test('writers in several pid namespaces over one directory are told apart, and so are the living and the dead', async (t) => {
  const { status, stderr } = spawnSync('unshare', ['--pid', '--fork', '--kill-child', 'true'], { encoding: 'utf8' })
  if (status !== 0 && process.env['CI'] !== 'true') {
    t.skip(`no pid namespace to be had here: ${stderr ?? 'there is no unshare'}`)
    return
  }
  const dir = newFolder(t)
  const clock = new ManualClock(Date.now() / 1000 + 60)
  const shop = fleet('shop', { dir, clock, retentionSeconds: 0 })
  t.after(() => shop.close())
  const kills = [await startApart(t, dir), await startApart(t, dir)]
  const here = start(t, 'shop', [dir, 'calm', 'main'], { env })
  assert.equal(await here.line(), 'ready')
  await until('all have counted', 10, () => (countOf(shop.read(), 'sales') ?? 0) > 10_000)
  // The reader's clock is a minute ahead of heartbeats.
  assert.deepEqual(
    shop
      .read()
      .pages.map(({ pid, state }) => [pid, state])
      .sort(),
    [
      [1, 'blocked'],
      [1, 'blocked'],
      [here.pid, 'blocked'],
    ].sort(),
  )
  await kills[0]?.()
  // The inner process dies with its parent, but not in the same instant.
  const before = await until('one is gone', 10, () => {
    const snapshot = shop.read()
    return snapshot.pages.filter(({ state }) => state === 'blocked').length === 2 ? snapshot : undefined
  })
  assert.equal(shop.compact().archived.length, 1)
  const after = shop.read()
  assert.deepEqual(
    after.pages.map(({ state }) => state),
    ['blocked', 'blocked', 'archived'],
  )
  assert.ok((countOf(after, 'sales') ?? 0) >= (countOf(before, 'sales') ?? Infinity))
})
