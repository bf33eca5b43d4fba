import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappingUnavailable } from '#src/os/map.ts'
import { newFolder, run } from './processes.ts'

const skip = mappingUnavailable()?.message ?? false
const workers = Number(process.env['PLIMSOLL_SOAK_WORKERS'] ?? 15)
const maxSeconds = Math.max(60, workers / 4)

test(`${workers} worker threads that end at any instant end nothing else, leave nothing, and all that they counted counts`, {
  skip,
}, async (t) => {
  const { code, stdout, stderr } = await run(t, 'short-lived', [newFolder(t), String(workers), '4'], { maxSeconds })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const { begun, counted, done, files, rss, ...found } = JSON.parse(stdout)
  t.diagnostic(JSON.stringify({ begun, counted, done, rss }))
  // A thread may have ended between a count and its acknowledgement.
  assert.ok(done <= counted && counted <= begun && done > workers, `counted ${counted} of ${done} to ${begun}`)
  const left = { descriptors: 0, mappings: 0, threads: 0 }
  assert.deepEqual(found, { started: workers, wrong: [], left })
  assert.deepEqual(
    files.map((name: string) => name.replace(/^.*[.]/, '')),
    ['page', 'archive'],
  )
})

for (const where of ['direct', 'nested']) {
  test(`a process ends as it would, whatever of koffi a ${where} worker thread is in the midst of`, {
    skip,
  }, async (t) => {
    const codes = { exit: 0, throw: 1, 'run-out': 0 }
    for (const [how, expected] of Object.entries(codes)) {
      const { code, signal, stderr } = await run(t, 'ender', [newFolder(t), how, where])
      assert.deepEqual({ code, signal }, { code: expected, signal: null }, stderr)
    }
  })
}
