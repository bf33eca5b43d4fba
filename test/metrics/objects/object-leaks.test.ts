import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { publish, Registry } from 'plimsoll'
import { childrenByValue, statsFor, sumOfChildren, template } from 'plimsoll/objects'
import { readPage } from 'plimsoll/page'
import { valuesIn } from '../../support/values.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const sums = {
  hits: sumOfChildren(template.counter()),
  open: sumOfChildren(template.gauge()),
  state: childrenByValue(),
}
const empty = { 'pool.hits': 0, 'pool.open': 0, 'pool.state{value=busy}': 0, 'pool.state{value=idle}': 0 }

class Connection {
  readonly stats
  constructor(parent: object) {
    const templates = {
      hits: template.counter(),
      open: template.gauge(),
      state: template.state({ states: ['idle', 'busy'] }),
    }
    this.stats = statsFor(this, 'connection-{}', templates, { parent })
    this.stats.hits.inc()
    this.stats.open.set(7)
    this.stats.state.set('busy')
  }
}

/** Lets garbage go, and what waits for that. */
async function collectAll(): Promise<void> {
  for (let again = 0; again < 4; again++) {
    collect()
    await nextTurn()
  }
}

/** Waits until what `make` gives was collected, and what the library wants to do then is done. Gives what it says besides. */
async function collected<T>(make: () => { object: object; rest: T }): Promise<T> {
  let isGone = false
  const watch = new FinalizationRegistry(() => {
    isGone = true
  })
  const begin = (): T => {
    const { object, rest } = make()
    watch.register(object, undefined)
    return rest
  }
  const rest = begin()
  while (!isGone) await collectAll()
  // The library hears of it in a task of its own, before or after.
  await collectAll()
  return rest
}

describe('Objects with statistics that come and go', () => {
  test('leave nothing behind in memory when they are closed.', async () => {
    const registry = new Registry()
    const pool = {}
    const { hits } = statsFor(pool, 'pool', sums, { registry })
    const round = async (): Promise<number> => {
      const all = Array.from({ length: 1700 }, () => new Connection(pool))
      for (const { stats } of all) stats.close()
      all.length = 0
      await collectAll()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    await round()
    const before = await round()
    const after: number[] = []
    // Of 5,100 objects or more, that take 3 KB each. What else the process does may pass; a leak grows with each round.
    const isBack = (): boolean => Math.min(...after.slice(2)) - before < 400_000
    while (!isBack() && after.length < 12) after.push(await round())
    assert(isBack(), `${before}, then ${after}`)
    const opened = 1700 * (after.length + 2)
    assert.equal(hits.value, opened)
    assert.deepEqual(valuesIn(registry), { ...empty, 'pool.hits': opened })
  })

  test('go by themselves when they are collected as garbage, and let their parent go, too.', async () => {
    const registry = new Registry()
    const open = (): void => {
      const pool = {}
      statsFor(pool, 'pool', sums, { registry })
      for (let i = 0; i < 1000; i++) new Connection(pool)
    }
    open()
    assert.equal(Object.keys(valuesIn(registry)).length, 3004)
    while (registry.read().families.length > 0) await collectAll()
  })

  test('are not collected as long as somebody holds their statistics.', async () => {
    const registry = new Registry()
    const stats = statsFor({}, 'held-{}', { hits: template.counter() }, { registry })
    await collectAll()
    stats.hits.inc()
    assert.deepEqual(valuesIn(registry), { 'held.hits{object=/held-0}': 1 })
  })

  test('stay with a parent that was collected before them, until the last of them goes.', async () => {
    const registry = new Registry()
    const [first, last] = await collected(() => {
      const pool = {}
      statsFor(pool, 'pool', sums, { registry })
      return { object: pool, rest: [new Connection(pool), new Connection(pool)] }
    })
    first?.stats.hits.inc()
    first?.stats.close()
    assert.equal(valuesIn(registry)['pool.hits'], 3)
    assert.equal(valuesIn(registry)['pool.open'], 7)
    last?.stats.close()
    while (registry.read().families.length > 0) await collectAll()
  })

  test('stay with a parent that took the place of one that was collected.', async () => {
    const registry = new Registry()
    const connection = await collected(() => {
      const pool = {}
      statsFor(pool, 'pool', sums, { registry })
      return { object: pool, rest: new Connection(pool) }
    })
    const pool = {}
    const stats = statsFor(pool, 'pool', sums, { registry })
    connection.stats.close()
    new Connection(pool).stats.close()
    await collectAll()
    assert.equal(stats.hits.value, 2)
    assert.deepEqual(valuesIn(registry), { ...empty, 'pool.hits': 2 })
    stats.close()
    assert.deepEqual(valuesIn(registry), {})
  })

  test('leave a page no larger than so many that are there at once need.', () => {
    const dir = mkdtempSync(join(tmpdir(), 'plimsoll-objects-'))
    const registry = new Registry()
    const publication = publish({ registry, dir, app: 'objects' })
    const size = (): number => readdirSync(dir).reduce((sum, file) => sum + statSync(join(dir, file)).size, 0)
    try {
      const pool = {}
      statsFor(pool, 'pool', sums, { registry })
      const sizes: number[] = []
      for (let round = 0; round < 10; round++) {
        for (let i = 0; i < 10; i++) {
          const all = Array.from({ length: 100 }, () => new Connection(pool))
          for (const { stats } of all) stats.close()
        }
        sizes.push(size())
      }
      assert(Math.max(...sizes) < 1_500_000, `${sizes}`)
      const { families } = readPage(publication.file as string)
      assert.deepEqual(
        families.map(({ name, series }) => [name, series.length]),
        registry.read().families.map(({ name, series }) => [name, series.length]),
      )
      assert.equal(valuesIn(registry)['pool.hits'], 10_000)
    } finally {
      publication.close()
      rmSync(dir, { recursive: true })
    }
  })
})
