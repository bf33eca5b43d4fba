import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fleet } from 'plimsoll/fleet'
import { formatPrometheus } from 'plimsoll/formats'
import { statusHandler } from 'plimsoll/http'
import { withProcesses } from 'plimsoll/snapshot'
import { newFolder, publisher } from '../cli/processes.ts'
import { ask } from '../cli/scraping.ts'
import { serveHandler } from '../http/apps.ts'

test('a killed process is counted as killed after its page was archived, until the page is removed', async (t) => {
  const dir = newFolder(t)
  await publisher(t, dir, 'shop', 'count 1')
  const killed = await publisher(t, dir, 'shop', 'count 1')
  await publisher(t, dir, 'mail', 'count 1').then((other) => other.kill())
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  await killed.kill()
  for (let i = 0; i < 500 && shop.compact().archived.length === 0; i++) await sleep(20)
  const text = formatPrometheus(withProcesses(shop.read(), undefined, shop.ended))
  assert.deepEqual(
    shop.ended.map(({ pid, app, state }) => ({ pid, app, state })),
    [{ pid: killed.pid, app: 'shop', state: 'killed' }],
  )
  assert.match(text, /^plimsoll_processes\{state="live"\} 1$/m)
  assert.match(text, /^plimsoll_processes\{state="killed"\} 1$/m)
  const url = await serveHandler(t, statusHandler(shop, { allow: 'loopback' }))
  assert.match((await ask(`${url}/metrics`)).text, /^plimsoll_processes\{state="killed"\} 1$/m)
  shop.compact()
  const removing = fleet('shop', { dir, retentionSeconds: 0 })
  t.after(() => removing.close())
  removing.compact()
  shop.read()
  assert.deepEqual(shop.ended, [])
})
