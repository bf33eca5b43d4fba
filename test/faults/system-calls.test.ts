import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needsPackage } from '../support/debian.ts'
import { newFolder, start } from './processes.ts'

const strace = needsPackage('strace', 'strace')
const options = { skip: 'missing' in strace && strace.missing }
const seconds = 3

/** How often the main thread of an app makes which system call in 3 seconds, while readers poll its page. */
async function callsOf(t: TestContext, how: string, published: boolean, readers: number) {
  const folder = newFolder(t)
  const dir = join(folder, 'pages')
  const app = start(t, 'recorder', [published ? dir : '', how])
  assert.equal(await app.line(), 'ready')
  const polling = Array.from({ length: readers }, () => start(t, 'poller', [dir]))
  for (const reader of polling) assert.equal(await reader.line(), 'polling')
  // Time for the compiler to be done with the loop.
  await sleep(1000)
  const trace = join(folder, 'trace')
  // Without -f it is the one thread whose id is the process id.
  const tracer = spawn('path' in strace ? strace.path : '', ['-q', '-o', trace, '-p', String(app.pid)])
  t.after(() => tracer.kill('SIGKILL'))
  await sleep(seconds * 1000)
  tracer.kill('SIGINT')
  await once(tracer, 'close')
  const calls = new Map<string, number>()
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const name = /^(\w+)\(/.exec(line)?.[1]
    if (name !== undefined) calls.set(name, (calls.get(name) ?? 0) + 1)
  }
  const reads = []
  for (const reader of polling) {
    reader.child.stdin?.end()
    reads.push(Number(await reader.line()))
  }
  app.child.kill('SIGKILL')
  await app.ended
  return { calls: Object.fromEntries([...calls].sort()) as Record<string, number>, reads }
}

/** What V8 does for its memory and its other threads. */
const housekeeping = /^(futex|getpid|madvise|mmap|munmap|mprotect|sched_yield)$/

test('a thread that records at full speed makes no system call, whoever reads', options, async (t) => {
  const { calls, reads } = await callsOf(t, 'loop', true, 2)
  t.diagnostic(JSON.stringify({ calls, reads }))
  // V8 now and then wakes its helper threads to compile the loop anew, and gives memory back, with a page or without.
  // Recording would show in millions, readers in hundreds.
  const own = Object.entries(calls).filter(([name]) => !housekeeping.test(name))
  assert.deepEqual(own, [])
  const rest = Object.values(calls).reduce((sum, count) => sum + count, 0)
  assert.ok(rest <= 20, `${rest} calls`)
  assert.ok(reads.every((count) => count > 5 * seconds))
})

test(
  'a published app whose event loop turns makes the system calls of its heartbeat, and no others',
  options,
  async (t) => {
    const [published, alone] = await Promise.all([callsOf(t, 'ticks', true, 2), callsOf(t, 'ticks', false, 0)])
    t.diagnostic(JSON.stringify({ published: published.calls, reads: published.reads, alone: alone.calls }))
    const more: Record<string, number> & { epoll_wait?: number; epoll_pwait?: number } = {}
    for (const [name, count] of Object.entries(published.calls)) {
      const surplus = count - (alone.calls[name] ?? 0)
      if (surplus > 0) more[name] = surplus
    }
    // Each heartbeat is one more wait for events; each tenth looks at the file.
    const waits = (more.epoll_wait ?? 0) + (more.epoll_pwait ?? 0)
    assert.ok(waits <= 2 * (seconds + 2), `${waits} more waits`)
    // The event loop wakes itself by a byte in a pipe, as other threads of V8 do; both differ from run to run.
    const own = Object.keys(more).filter((name) => !housekeeping.test(name) && !/^(read|write)$/.test(name))
    const others = own.filter((name) => !/^(epoll_p?wait|fstat|newfstatat|statx)$/.test(name))
    assert.deepEqual(others, [])
  },
)
