import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { openMmstats } from 'plimsoll/mmstats'
import { field, fileOf, write } from './mmstats-file.ts'

function life(t: TestContext, pid: number, created?: number): string {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(pid)
  bytes.writeDoubleLE(created ?? 0, 4)
  const fields = [field('sys.pid', 'I', 255, bytes.toString('hex', 0, 4))]
  if (created !== undefined) fields.push(field('sys.created', 'd', 255, bytes.toString('hex', 4)))
  const reader = openMmstats(write(t, fileOf(...fields)))
  t.after(() => reader.close())
  return reader.life()
}

describe('The writer of a file of the old library', () => {
  const now = Date.now() / 1000

  test('is live while its process runs, also that of another user', (t) => {
    assert.deepEqual([life(t, process.pid), life(t, process.pid, now), life(t, 1, now)], ['live', 'live', 'live'])
  })

  test('is gone when no process has its id', async (t) => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(child, 'exit')
    assert.equal(life(t, child.pid ?? 0, now), 'exited')
  })

  test('is gone when a process that began after the file has its id by chance', (t) => {
    assert.equal(life(t, process.pid, now - 86_400 * 365), 'exited')
  })

  test('is unknown without a process id, or with one that no process can have', (t) => {
    const reader = openMmstats(write(t, fileOf(field('a', 'B', 255, '01'))))
    t.after(() => reader.close())
    assert.deepEqual([reader.life(), life(t, 0), life(t, 2 ** 32 - 1)], ['unknown', 'unknown', 'unknown'])
  })
})
