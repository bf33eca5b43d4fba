import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { publish, Registry } from 'plimsoll'
import { openPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { mappingUnavailable } from '#src/os/map.ts'

const skip = mappingUnavailable()?.message ?? false
const objects = Number(process.env['PLIMSOLL_SOAK_OBJECTS'] ?? 10_000)
const alive = 100
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-goings-'))
after(() => rmSync(dir, { recursive: true }))
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test(`${objects} objects with stats of all kinds come and go in the memory and the page of ${alive}`, {
  skip,
}, async (t) => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir })
  const file = publication.file ?? assert.fail(publication.error)
  const page = openPage(file, { clock })
  const labels = ['object'] as const
  const calls = registry.counter('calls', { labels })
  const time = registry.timer('time', { labels })
  const state = registry.state('state', { labels, states: ['idle', 'busy'] })
  const name = registry.text('name', { labels })
  const removed = [calls, time, state, name]
  const sizes = registry.histogram('sizes', { labels, expireAfterSeconds: 10 })
  const users = registry.gauge('users', { labels, removeAtZero: true })
  const expected = { sizes: 0 }
  const leave: (() => void)[] = []

  const come = (object: string, n: number): void => {
    calls.labels({ object }).inc()
    time.labels({ object }).record(n / 100)
    state.labels({ object }).set('busy')
    name.labels({ object }).set(object)
    const size = sizes.labels({ object })
    for (let i = 0; i < 3; i++) size.record(2 ** ((n + i) % 20))
    expected.sizes += 3
    const user = users.labels({ object })
    user.inc()
    const path = `objects.${object}.calls`
    const own = n % 10 === 0 ? registry.counter(path) : undefined
    own?.inc()
    leave.push(() => {
      for (const family of removed) family.remove({ object })
      if (own !== undefined) registry.remove(path)
      user.dec()
      own?.inc()
    })
  }
  const measure = async (): Promise<{ heap: number; page: number }> => {
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return { heap: heapUsed + arrayBuffers, page: statSync(file).size }
  }

  const found: { heap: number; page: number }[] = []
  for (let n = 0; n < objects; n++) {
    come(`object-${n}`, n)
    if (leave.length > alive) leave.shift()?.()
    if (n % alive !== 0) continue
    clock.advance(5)
    registry.tick()
    // What weak references were asked for stays until the event loop turns.
    await new Promise((resolve) => setImmediate(resolve))
    if (n % (objects / 10) !== 0) continue
    assert.equal(countOf(page.read(), 'sizes'), expected.sizes)
    found.push(await measure())
  }
  // Until then the heap also gets the code that V8 compiles.
  const half = found[5] ?? { heap: 0, page: 0 }
  const last = await measure()
  t.diagnostic(
    `heap ${half.heap} bytes after ${objects / 2} objects, ${last.heap} after all; page ${half.page}, ${last.page}`,
  )
  assert(last.heap - half.heap < 2 ** 19, `${last.heap - half.heap} bytes more`)
  for (const { page } of found) assert(page < 2 ** 21, `a page of ${page} bytes`)
  assert.equal(registry.read().families.length, removed.length + 3 + alive / 10)
  page.close()
  publication.close()
})

function countOf({ families }: Snapshot, name: string): number {
  const family = families.find((one) => one.name === name)
  assert(family?.kind === 'histogram')
  return family.series.reduce((sum, { count }) => sum + count, 0)
}
