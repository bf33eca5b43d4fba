import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { listPages } from 'plimsoll/page'
import { main, register } from '../support/command.ts'
import { countOf, newFolder, readAll, root, run, start, until } from './processes.ts'

const threads = Number(process.env['PLIMSOLL_SOAK_THREADS'] ?? 10)

function members(dir: string) {
  const pages = readAll(dir).map((page) => {
    const { pid, tid, state } = page.pages[0] ?? {}
    return { pid, tid, born: countOf(page, 'born'), state }
  })
  return pages.sort((a, b) => (b.born ?? 0) - (a.born ?? 0))
}

/** A process tells of itself before its event loop turns for the first time, which may take long on a busy machine. */
async function untilNoneIsBlocked(dir: string): Promise<void> {
  await until('no process is blocked', 10, () => members(dir).every(({ state }) => state !== 'blocked'))
}

/** Parent and child are at work, each with its own page; then the parent ends, and with it the child. */
async function begin(t: TestContext, dir: string, how: string, options: Parameters<typeof start>[3]) {
  const parent = start(t, 'relative', [options === undefined ? dir : '', how], options)
  const family = JSON.parse(await parent.line())
  await untilNoneIsBlocked(dir)
  assert.deepEqual(
    members(dir),
    family.map((one: object) => ({ ...one, state: 'live' })),
  )
  parent.child.stdin?.end()
  assert.equal((await parent.ended).code, 0)
  // A child may take a moment longer than its parent.
  await until('all pages are exited', 5, () => members(dir).every(({ state }) => state === 'exited'))
  assert.deepEqual(
    members(dir),
    family.map((one: object) => ({ ...one, state: 'exited' })),
  )
}

for (const how of ['fork', 'spawn', 'cluster', 'thread']) {
  test(`a child made by ${how} that publishes has a page of its own`, async (t) => {
    await begin(t, newFolder(t), how, undefined)
  })

  test(`a child made by ${how} from a process started with plimsoll/register has a page of its own`, async (t) => {
    const dir = join(newFolder(t), 'pages')
    await begin(t, dir, how, { node: ['--import', register], env: { PLIMSOLL_DIR: dir } })
  })
}

test('the page of a killed parent is exited at once, though its detached child lives on', async (t) => {
  const dir = newFolder(t)
  const parent = start(t, 'relative', [dir, 'detached'])
  const child = JSON.parse(await parent.line())
  t.after(() => process.kill(child.pid, 'SIGKILL'))
  await untilNoneIsBlocked(dir)
  assert.deepEqual(members(dir), [
    { pid: parent.pid, tid: 0, born: 100, state: 'live' },
    { ...child, state: 'live' },
  ])
  // stdout stays open in the child, so the end of the parent is its exit.
  const exited = new Promise((resolve) => parent.child.once('exit', resolve))
  parent.child.kill('SIGKILL')
  await exited
  assert.deepEqual(members(dir), [
    { pid: parent.pid, tid: 0, born: 100, state: 'killed' },
    { ...child, state: 'live' },
  ])
})

test(`${threads} worker threads that end one after another leave no open file and no mapping`, async (t) => {
  const { stdout, stderr } = await run(t, 'threads', [newFolder(t), 'end', String(threads)])
  assert.deepEqual({ stdout, stderr }, { stdout: '{"wrong":[],"files":0,"mappings":0}\n', stderr: '' })
})

test('a worker thread that is terminated at work is exited at once, and the next one unmaps what it left', async (t) => {
  const dir = newFolder(t)
  const { stdout } = await run(t, 'threads', [dir, 'terminate', '5'])
  assert.equal(stdout, '{"wrong":[],"files":0,"mappings":0}\n')
  assert.equal(listPages(dir).length, 9)
})

test('the command does not publish itself where NODE_OPTIONS registers plimsoll, from the same copy of the package or another', (t) => {
  const dir = newFolder(t)
  const env = {
    ...process.env,
    PLIMSOLL_DIR: dir,
    NODE_OPTIONS: `--import ${register}`,
  }
  for (const command of new Set([main, join(root, 'dist/cli/main.js')])) {
    assert.equal(spawnSync(process.execPath, [command, 'ls'], { env }).status, 0)
    assert.deepEqual(listPages(dir), [], command)
  }
})
