import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { collectorThread } from 'plimsoll/zeromq'
import { newIpc } from './peers.ts'

/** Runs a program of `fixtures/` to its end. */
function run(name: string, ...args: readonly string[]): Record<'stdout' | 'stderr' | 'status', unknown> {
  const program = fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))
  const options = { encoding: 'utf8', timeout: 60_000 } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], options)
  return { stdout, stderr, status }
}

test('Cluster workers, threads and the primary publish to a collector in a thread, and nothing keeps the processes alive', () => {
  const stdout = 'all of them\nwhat they left\nPLIMSOLL_COLLECTOR_CLOSED\n'
  assert.deepEqual(run('cluster'), { stdout, stderr: '', status: 0 })
})

test('A process whose collector with a list of publishers is closed ends by itself, whatever is collected as garbage', () => {
  assert.deepEqual(run('closed'), { stdout: 'closed\n', stderr: '', status: 0 })
})

for (const way of ['exit', 'terminate']) {
  test(`A process ends in good order by ${way}, whatever collectors and publishers its threads have under way`, () => {
    assert.deepEqual(run('exit', way), { stdout: '', stderr: '', status: 0 })
  })
}

for (const way of ['exit', 'terminate']) {
  test(`A process stays whole where threads end by ${way} in the midst of zeromq`, () => {
    assert.deepEqual(run('ended', way), { stdout: '', stderr: '', status: 0 })
  })
}

test('Threads that come and go leave all that they counted, and the process whole', () => {
  assert.deepEqual(run('churn'), { stdout: '20 20 1\n', stderr: '', status: 0 })
})

test('An endpoint that cannot be bound rejects with the reason, from a thread as well', async (t) => {
  const bind = newIpc(t).replace('/socket', '/nowhere/socket')
  await assert.rejects(collectorThread({ bind }), { code: 'PLIMSOLL_BIND_FAILED' })
  await assert.rejects(collectorThread({ bind: 'tcp://0.0.0.0:*' }), { code: 'PLIMSOLL_KEYS_MISSING' })
})
