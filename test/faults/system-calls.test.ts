import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { needsPackage } from '../support/debian.ts'
import { countOf, newFolder, readAll, start, until } from './processes.ts'

const strace = needsPackage('strace', 'strace')
const options = { skip: 'missing' in strace && strace.missing }
const readsEach = 60

/**
 * The system calls that the main thread of an app makes while each of two readers reads its page 60 times, and what the
 * app did meanwhile, which depends on how busy the machine is.
 */
async function trace(t: TestContext, how: 'loop' | 'ticks') {
  const folder = newFolder(t)
  const dir = join(folder, 'pages')
  const app = start(t, 'recorder', [dir, how])
  assert.equal(await app.line(), 'ready')
  const counted = (name: string): number => countOf(readAll(dir)[0] ?? assert.fail('no page'), name) ?? 0
  // The compiler is done with the loop after some millions of rounds.
  await until('the loop is compiled', 10, () => counted('records') > (how === 'loop' ? 5_000_000 : 1_100_000))
  const readers = [start(t, 'poller', [dir]), start(t, 'poller', [dir])]
  for (const reader of readers) assert.equal(await reader.line(), 'polling')
  const output = join(folder, 'trace')
  // Without -f it is the one thread whose id is the process id.
  const tracer = spawn('path' in strace ? strace.path : '', ['-o', output, '-p', String(app.pid)])
  t.after(() => tracer.kill('SIGKILL'))
  const closed = once(tracer, 'close')
  const before = { records: counted('records'), bursts: counted('bursts'), at: performance.now() }
  // strace says that it is attached.
  await once(createInterface(tracer.stderr), 'line')
  for (const reader of readers) {
    reader.tell(String(readsEach))
    assert.equal(await reader.line(), 'read')
  }
  tracer.kill('SIGINT')
  await closed
  const seconds = (performance.now() - before.at) / 1000
  const did = { records: counted('records') - before.records, bursts: counted('bursts') - before.bursts, seconds }
  const calls: Record<string, number> = {}
  for (const line of readFileSync(output, 'utf8').split('\n')) {
    // The event loop also asks for events without waiting, once or twice a turn.
    const name = /^epoll_p?wait\(\d+, \[.*\], \d+, 0,? /.test(line) ? 'poll' : /^(\w+)\(/.exec(line)?.[1]
    if (name !== undefined) calls[name] = (calls[name] ?? 0) + 1
  }
  t.diagnostic(JSON.stringify({ calls, ...did }))
  app.child.kill('SIGKILL')
  await app.ended
  return { calls, ...did }
}

/** What V8 does for its memory and its other threads. */
const housekeeping = /^(futex|getpid|madvise|mmap|munmap|mprotect|sched_yield)$/

function namesOf(calls: Readonly<Record<string, number>>, without: RegExp): readonly string[] {
  return Object.keys(calls).filter((name) => !housekeeping.test(name) && !without.test(name))
}

test('a thread that records at full speed makes no system call, whoever reads', options, async (t) => {
  const { calls, records } = await trace(t, 'loop')
  assert.deepEqual(namesOf(calls, /^$/), [])
  // V8 now and then wakes its helper threads to compile the loop anew, and gives memory back, with a page or without.
  const all = Object.values(calls).reduce((sum, count) => sum + count, 0)
  assert.ok(all <= 20 + records / 100_000, `${all} calls for ${records} records`)
})

test('an app whose event loop turns makes the system calls of its heartbeat, and no others', options, async (t) => {
  const { calls, bursts, seconds } = await trace(t, 'ticks')
  // The event loop wakes itself by a byte in a pipe, as other threads of V8 do. Each tenth heartbeat looks at the file.
  assert.deepEqual(namesOf(calls, /^(read|write|poll|epoll_p?wait|fstat|newfstatat|statx|restart_syscall)$/), [])
  const heartbeats = Math.ceil(seconds) + 1
  const looks = (calls.fstat ?? 0) + (calls.newfstatat ?? 0) + (calls.statx ?? 0)
  assert.ok(looks <= 2 * (heartbeats / 10 + 1), `${looks} looks at files in ${heartbeats} heartbeats`)
  // One wait for each timer, for each byte in the pipe, and some when strace comes and goes. The registry ticks every 5 s.
  const waits = (calls.epoll_wait ?? 0) + (calls.epoll_pwait ?? 0) - (calls.read ?? 0)
  const timers = bursts + heartbeats + Math.ceil(seconds / 5)
  assert.ok(waits <= timers + 4, `${waits} waits for ${timers} timers, ${bursts} of them of the app itself`)
})
