import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lockCompaction } from '#src/fleet/archive/compaction-lock.ts'
import { ownThread } from '#src/os/thread-life.ts'
import { newFolder } from '../pages.ts'

const program = fileURLToPath(new URL('../fixtures/lock-taker.js', import.meta.url))
const kills = 10

/** The name of a lock of this thread, but for what differs. */
function nameOf(differing: { readonly machine?: string; readonly thread?: number; readonly start?: number }): string {
  const { machine, namespace, thread, start } = ownThread()
  const all = { machine: machine.toString('hex'), namespace, thread, start, ...differing }
  return `.compaction-${all.machine}-${all.namespace}-${all.thread}-${all.start}-0a0b0c0d.lock`
}

const ofOtherMachine = nameOf({ machine: '0'.repeat(31).concat('1') })

test('of processes that compete for it, and are killed at any instant, one at a time holds the lock', async (t) => {
  const dir = newFolder(t)
  const children = new Set<ChildProcess>()
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  let isHeld = (): void => {}
  const overlaps: string[] = []
  const begin = (): ChildProcess => {
    const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.add(child)
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      if (text.includes('overlap')) overlaps.push(text)
      isHeld()
    })
    return child
  }
  let victim = begin()
  begin()
  for (let i = 0; i < kills; i++) {
    // The next one to hold it is another one than the last that was killed.
    for (let times = 0; times < 3; times++) await new Promise<void>((resolve) => (isHeld = resolve))
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    children.delete(victim)
    const [other] = children
    victim = other as ChildProcess
    begin()
  }
  for (const child of children) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  assert.deepEqual(overlaps, [])
})

test('the lock of a process that ended is removed at once, and one that lives keeps it', (t) => {
  const dir = newFolder(t)
  const { thread, start } = ownThread()
  // Another thread has had the number since: it started at another time.
  for (const name of [nameOf({ start: start + 1 }), nameOf({ thread: 2 ** 22 + thread })]) {
    writeFileSync(join(dir, name), '')
    lockCompaction(dir, 1)?.release()
    assert.deepEqual(readdirSync(dir), [])
  }
  writeFileSync(join(dir, nameOf({})), '')
  const lock = lockCompaction(dir, 1)
  assert.equal(readdirSync(dir).length, 1)
  assert.equal(lockCompaction(dir, 2), undefined)
  lock?.release()
  assert.deepEqual(readdirSync(dir), [])
})

test('where nobody can tell whether the holder runs, the lock is free a minute after its last sign of life', (t) => {
  const dir = newFolder(t)
  const other = join(dir, ofOtherMachine)
  writeFileSync(other, '')
  assert.equal(lockCompaction(dir, 1), undefined)
  const past = new Date(Date.now() - 61_000)
  utimesSync(other, past, past)
  const lock = lockCompaction(dir, 1)
  assert.deepEqual([lock !== undefined, existsSync(other)], [true, false])
  lock?.release()
})

test('who has lost the lock meanwhile finds that out before the next step', (t) => {
  const dir = newFolder(t)
  const lock = lockCompaction(dir, 1)
  assert.doesNotThrow(() => lock?.check())
  const [file = ''] = readdirSync(dir)
  renameSync(join(dir, file), join(dir, 'gone'))
  assert.throws(() => lock?.check(), /was suspended/)
  lock?.release()
})
