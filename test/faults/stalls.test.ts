import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { countOf, newFolder, start, suspend, until } from './processes.ts'

/** An app at work, and how to look at its page. */
async function begin(t: TestContext, pace: string) {
  const dir = newFolder(t)
  const app = start(t, 'shop', [dir, pace, 'main'])
  assert.equal(await app.line(), 'ready')
  const look = () => {
    const page = readPage(listPages(dir)[0] ?? '')
    const { state, heartbeatAge } = page.pages[0] ?? {}
    const { takenAt, families } = page
    return { state, age: heartbeatAge ?? -1, sales: countOf(page, 'sales') ?? -1, families: families.length, takenAt }
  }
  await until('it has counted', 5, () => look().families === 4 && look().sales > 0)
  return { app, look }
}

test('readers see values change and the heartbeat age of an app that blocks its event loop', async (t) => {
  const { app, look } = await begin(t, 'calm')
  app.tell('block')
  assert.equal(await app.line(), 'blocking')
  const first = look()
  // Three heartbeats would have been due.
  const last = await until('three seconds have passed', 5, () => {
    const seen = look()
    return seen.takenAt > first.takenAt + 3 && seen.sales > first.sales && seen
  })
  t.diagnostic(JSON.stringify([first, last]))
  assert.deepEqual([first.state, last.state], ['live', 'blocked'])
  // A read on a busy machine has moments between its two looks at a clock.
  assert.ok(Math.abs(last.age - first.age - (last.takenAt - first.takenAt)) < 0.25)
})

test('an app that is stopped is live, and all its values are read', async (t) => {
  const { app, look } = await begin(t, 'busy')
  await suspend(app)
  const first = look()
  const second = await until('time passes', 5, () => {
    const seen = look()
    return seen.takenAt > first.takenAt + 0.3 && seen
  })
  t.diagnostic(JSON.stringify([first, second]))
  const { age, takenAt, ...rest } = second
  assert.deepEqual(rest, { state: 'live', sales: first.sales, families: 4 })
  assert.ok(Math.abs(age - first.age - (takenAt - first.takenAt)) < 1e-3 && first.sales > 0)
  app.child.kill('SIGCONT')
  app.child.stdin?.end()
  assert.equal((await app.ended).code, 0)
})
