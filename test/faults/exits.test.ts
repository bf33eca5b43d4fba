import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { countOf, newFolder, readAll, run, start } from './processes.ts'

/** What the one page in a directory says of its writer; `ended` in good order, as far as that knew. */
function left(dir: string) {
  return readAll(dir).map((page) => {
    const { state, endedAt } = page.pages[0] ?? {}
    return { state, ended: endedAt !== null, steps: countOf(page, 'steps') }
  })
}

/** Lets an app end in some way; gives its code and what its page says after. */
async function leave(t: TestContext, how: string, where: string) {
  const dir = newFolder(t)
  const { code } = await run(t, 'leaver', [dir, how, where])
  return { code, pages: left(dir) }
}

test('a process that ends by itself leaves its page, with what was counted until the very end', async (t) => {
  const pages = [{ state: 'exited', ended: true, steps: 111 }]
  assert.deepEqual(await leave(t, 'run-out', 'main'), { code: 0, pages })
  assert.deepEqual(await leave(t, 'exit', 'main'), { code: 0, pages })
  const crashed = [{ state: 'killed', ended: false, steps: 111 }]
  assert.deepEqual(await leave(t, 'throw', 'main'), { code: 1, pages: crashed })
  assert.deepEqual(await leave(t, 'reject', 'main'), { code: 1, pages: crashed })
  assert.deepEqual(await leave(t, 'survive', 'main'), { code: 0, pages })
})

test('a worker thread leaves its page, with what was counted before its own exit handler', async (t) => {
  // Handlers that were added after publish() run when the thread has given its mappings back.
  const pages = [{ state: 'exited', ended: true, steps: 11 }]
  assert.deepEqual(await leave(t, 'run-out', 'worker'), { code: 0, pages })
  assert.deepEqual(await leave(t, 'exit', 'worker'), { code: 0, pages })
  const crashed = [{ state: 'killed', ended: false, steps: 11 }]
  assert.deepEqual(await leave(t, 'throw', 'worker'), { code: 0, pages: crashed })
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGABRT'] as const) {
  test(`a process ended by ${signal} leaves its page, with what it had counted`, async (t) => {
    const dir = newFolder(t)
    const app = start(t, 'leaver', [dir, 'wait', 'main'])
    assert.equal(await app.line(), 'waiting')
    app.child.kill(signal)
    assert.equal((await app.ended).signal, signal)
    assert.deepEqual(left(dir), [{ state: 'killed', ended: false, steps: 1 }])
  })
}
