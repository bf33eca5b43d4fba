import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Publication, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { plimsoll } from '../cli/processes.ts'
import { endPublication } from '../support/ended.ts'
import { fillFile, mountDisk } from './disk.ts'
import { countOf } from './processes.ts'

function publishSales(dir: string): Publication {
  const registry = new Registry()
  registry.counter('sales').add(10)
  return publish({ registry, dir, app: 'shop', compact: false, onWarning: () => {} })
}

test('clean frees a tmpfs that pages of ended processes have filled to the last byte, and totals stay', async (t) => {
  const dir = mountDisk(t, 512)
  if (dir === undefined) return
  let count = 0
  let last = publishSales(dir)
  for (; last.file !== undefined; last = publishSales(dir)) {
    count += 10
    endPublication(last)
  }
  assert.ok(count > 50)
  assert.match(String(last.error?.message), /run "plimsoll clean" or enlarge it/)
  last.close()
  fillFile(join(dir, 'ballast'), 2 ** 20)
  const { status, stderr } = await plimsoll('clean', '--dir', dir)
  assert.deepEqual([status, stderr], [0, ''])
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith('.page')),
    [],
  )
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  assert.equal(countOf(shop.read(), 'sales'), count)
  const again = publishSales(dir)
  t.after(() => again.close())
  assert.ok(again.file !== undefined && existsSync(again.file))
  assert.equal(countOf(shop.read(), 'sales'), count + 10)
})
