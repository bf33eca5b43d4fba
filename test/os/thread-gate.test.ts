import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { getEnvironmentData, Worker } from 'node:worker_threads'
import '#src/os/thread-gate.ts'

/** What a process prints that loads plimsoll, starts a worker and ends it, after it has done this. */
async function ended(before: string): Promise<string> {
  const script = `
    import { Worker } from 'node:worker_threads'
    ${before}
    const original = Worker.prototype.terminate
    await import('plimsoll')
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    await new Promise((resolve) => worker.once('online', resolve))
    console.log(Worker.prototype.terminate === original, await worker.terminate())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return stdout
}

test('who ends a worker waits at the gate, where plimsoll was loaded before', async () => {
  assert.equal(await ended(''), 'false 1\n')
})

test('an app that lets nobody change its workers goes without the gate', async () => {
  assert.equal(await ended('Object.freeze(Worker.prototype)'), 'true 1\n')
})

test('of a worker that ended by itself while its end waited for it, nothing is left to wait for', async () => {
  const { memory } = getEnvironmentData('plimsoll.gate.1') as unknown as { memory: SharedArrayBuffer }
  const words = new Int32Array(memory)
  const empty = words.slice()
  const worker = new Worker('setTimeout(() => process.exit(5), 20)', { eval: true })
  // As if it were inside koffi, for ever.
  words[worker.threadId] = worker.threadId + 1
  assert.equal(await worker.terminate(), 5)
  assert.deepEqual(words, empty)
})
