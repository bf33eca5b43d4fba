import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listPages, readPage } from 'plimsoll/page'
import { countOf, newFolder, start, until } from './processes.ts'

/** An app at work, and how to look at its page: what is seen and how many milliseconds that took. */
async function begin(t: TestContext, pace: string) {
  const dir = newFolder(t)
  const app = start(t, 'shop', [dir, pace, 'main'])
  assert.equal(await app.line(), 'ready')
  const look = () => {
    const begun = performance.now()
    const page = readPage(listPages(dir)[0] ?? '')
    const ms = performance.now() - begun
    const { state, heartbeatAge } = page.pages[0] ?? {}
    return { state, age: heartbeatAge ?? -1, sales: countOf(page, 'sales') ?? -1, families: page.families.length, ms }
  }
  await until('it has counted', 5, () => look().families === 4 && look().sales > 0)
  return { app, look }
}

test('readers see values change and the heartbeat age of an app that blocks its event loop', async (t) => {
  const { app, look } = await begin(t, 'calm')
  app.tell('block')
  assert.equal(await app.line(), 'blocking')
  const looks = [look()]
  for (let i = 0; i < 3; i++) {
    await sleep(1000)
    looks.push(look())
  }
  t.diagnostic(JSON.stringify(looks))
  assert.ok(looks.every(({ state }) => state === 'live'))
  for (const [i, one] of looks.entries()) {
    const before = looks[i - 1]
    if (before !== undefined) assert.ok(one.sales > before.sales && one.age > before.age)
  }
  assert.ok((looks.at(-1)?.age ?? 0) > 2.9)
})

test('an app that is stopped is live, and all its values are read at once', async (t) => {
  const { app, look } = await begin(t, 'busy')
  look()
  app.child.kill('SIGSTOP')
  await sleep(300)
  const first = look()
  await sleep(300)
  const second = look()
  t.diagnostic(JSON.stringify([first, second]))
  assert.ok(first.ms < 100 && second.ms < 100)
  assert.deepEqual({ ...second, age: 0, ms: 0 }, { state: 'live', age: 0, sales: first.sales, families: 4, ms: 0 })
  assert.ok(second.age > first.age && first.sales > 0)
  app.child.kill('SIGCONT')
  app.child.stdin?.end()
  assert.equal((await app.ended).code, 0)
})
