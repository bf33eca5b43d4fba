import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { counter, publish, Registry } from 'plimsoll'
import { type Fleet, fleet } from 'plimsoll/fleet'
import { newFolder, numbers } from './pages.ts'

function codes(shop: Fleet): string[] {
  return shop.failures.map(({ error }) => error.code)
}

function fleetIn(t: TestContext, dir: string | undefined): Fleet {
  const shop = fleet('shop', dir === undefined ? {} : { dir })
  t.after(() => shop.close())
  return shop
}

test('a fleet includes a registry of this process that could not be published, and reports why', (t) => {
  const dir = join(newFolder(t), 'metrics')
  writeFileSync(dir, 'a file, where a directory should be')
  const registry = new Registry()
  registry.counter('jobs').add(3)
  const options = { registry, dir, app: 'shop', onWarning: () => {} }
  const failed = publish(options)
  const [shop, mail] = [fleetIn(t, dir), fleet('mail', { dir })]
  assert.deepEqual(numbers(shop.read()), ['jobs{} 3'])
  assert.deepEqual(
    shop.read().pages.map(({ file, pid, state }) => [file, pid, state]),
    [[null, process.pid, 'live']],
  )
  assert.ok(failed.error !== undefined && shop.failures.some(({ error }) => error === failed.error))
  assert.deepEqual([mail.read().families, fleetIn(t, newFolder(t)).read().families], [[], []], 'another fleet does not')
  const byWorker = fleet('shop', { dir, by: 'worker' }).read()
  assert.deepEqual(byWorker.families.find(({ name }) => name === 'jobs')?.series[0]?.labels, {
    worker: '',
    pid: String(process.pid),
    tid: '0',
  })

  rmSync(dir)
  const published = publish(options)
  t.after(() => published.close())
  assert.deepEqual([numbers(shop.read()), codes(shop)], [['jobs{} 3'], []], 'once it has a page, that counts alone')
  published.close()
  assert.deepEqual([numbers(shop.read()), codes(shop)], [['jobs{} 3'], []])
})

test('a fleet includes the metrics of its own process when that never published', (t) => {
  const before = [process.env.PLIMSOLL_DIR, process.env.PLIMSOLL_APP]
  t.after(() => {
    for (const [i, name] of ['PLIMSOLL_DIR', 'PLIMSOLL_APP'].entries()) {
      if (before[i] === undefined) delete process.env[name]
      else process.env[name] = before[i]
    }
  })
  process.env.PLIMSOLL_DIR = newFolder(t)
  process.env.PLIMSOLL_APP = 'shop'
  const shop = fleetIn(t, undefined)
  assert.deepEqual([shop.read().pages, codes(shop)], [[], ['PLIMSOLL_FLEET_EMPTY']], 'it has no metrics yet')
  counter('jobs').add(2)
  assert.deepEqual([numbers(shop.read()), codes(shop)], [['jobs{} 2'], ['PLIMSOLL_NOT_PUBLISHED']])
  assert.match(String(shop.failures[0]?.error.message), new RegExp(`process ${process.pid} have no page\\.`))
  const publication = publish({ onWarning: () => {} })
  assert.deepEqual([numbers(shop.read()), codes(shop)], [['jobs{} 2'], []])
  publication.close()
})

test('a fleet that finds no page says so, and where it looked', (t) => {
  const dir = newFolder(t)
  const shop = fleetIn(t, dir)
  assert.deepEqual(shop.read().families, [])
  assert.match(
    shop.failures.map(({ error }) => error.message).join(),
    new RegExp(`^No page of app "shop" in ${dir}\\.`),
  )
})
