import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PlimsollError, publish } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { mappingUnavailable } from '#src/os/map.ts'
import { laterClock, newFolder, newWriter } from './pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

test('a page says which cluster worker writes it, or which instance of PM2', needsPages, async (t) => {
  const dir = newFolder(t)
  const program = fileURLToPath(new URL('fixtures/numbered.js', import.meta.url))
  const environments = {
    cluster: {},
    pm2: { NODE_APP_INSTANCE: '3' },
    'cluster-of-pm2': { NODE_APP_INSTANCE: '3', exec_mode: 'cluster_mode' },
    'cluster-in-pm2': { NODE_APP_INSTANCE: '3', exec_mode: 'fork_mode' },
    alone: {},
  }
  for (const [app, env] of Object.entries(environments)) {
    const child = spawn(process.execPath, [program, dir, app], { env: { ...process.env, ...env }, stdio: 'inherit' })
    assert.deepEqual(await once(child, 'exit'), [0, null])
  }
  const workersOf = (app: string) =>
    fleet(app, { dir })
      .read()
      .pages.map(({ worker }) => worker)
  assert.deepEqual(
    [workersOf('cluster').sort(), workersOf('pm2'), workersOf('alone')],
    [['1', '2'], ['3'], [undefined]],
  )
  assert.deepEqual(workersOf('cluster-of-pm2'), ['3', '3'], 'whose ids all apps of PM2 share')
  assert.deepEqual(workersOf('cluster-in-pm2').sort(), ['1', '2'], 'whose instance all workers share')
})

test('labels of a writer that cannot stand in a page are refused', (t) => {
  const dir = newFolder(t)
  const wrong = [
    { pid: '1' },
    { worker: 'a' },
    { le: '1' },
    { 'a b': 'c' },
    { a: 1 },
    { a: 'x'.repeat(800) },
    ['a'],
    null,
  ]
  for (const labels of wrong) {
    assert.throws(
      () => publish({ dir, labels: labels as never }),
      (error) => error instanceof PlimsollError && error.code === 'PLIMSOLL_OPTION_INVALID',
    )
  }
  assert.deepEqual(readdirSync(dir), [])
})

test(
  'generations that come and go leave no descriptor behind in a process that reads and compacts',
  needsPages,
  (t) => {
    const dir = newFolder(t)
    const clock = laterClock()
    const shop = fleet('shop', { dir, clock, retentionSeconds: 5, compact: true })
    t.after(() => shop.close())
    const open = () => readdirSync('/proc/self/fd').length
    const generation = () => {
      newWriter(t, dir).end()
      clock.advance(1)
      return shop.read().pages.length
    }
    for (let i = 0; i < 10; i++) generation()
    const before = open()
    for (let i = 0; i < 40; i++) assert.ok(generation() < 3)
    assert.deepEqual([open(), readdirSync(dir).length <= 7], [before, true])
  },
)
