import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { installed } from '../launchers/install.ts'
import { decodeWriteRequest } from '../support/remote-write.ts'
import { startHttpReceiver } from './receivers/http-receiver.ts'

interface Snappy {
  uncompress(bytes: Uint8Array): Promise<Uint8Array>
}

test('Remote write compresses with the package snappy where the app has it', async (t) => {
  const modules = installed('snappy', ['snappy@7'])
  const receiver = await startHttpReceiver()
  t.after(() => receiver.stop())
  const script = join(dirname(modules), 'push.mjs')
  writeFileSync(
    script,
    `import { counter, defaultRegistry } from ${JSON.stringify(pathToFileURL(resolve('dist/index.js')))}
import { remoteWrite, report } from ${JSON.stringify(pathToFileURL(resolve('dist/sinks/index.js')))}
const family = counter('jobs', { labels: ['n'] })
for (let i = 0; i < 1000; i++) family.labels({ n: String(i) }).inc(i)
await report(defaultRegistry, [remoteWrite('${receiver.origin}', { endSeries: false, allow: 'jobs/*' })], { thread: false }).stop()
`,
  )
  const [code] = await once(spawn(process.execPath, [script], { stdio: 'inherit' }), 'exit')
  assert.equal(code, 0)
  const { uncompress } = createRequire(script)('snappy') as Snappy
  const [{ body } = assert.fail('no request')] = receiver.received
  const request = await uncompress(body)
  assert.ok(body.length < request.length / 3, `${body.length} of ${request.length} bytes`)
  assert.deepEqual(
    decodeWriteRequest(request).map(({ value }) => value),
    Array.from({ length: 1000 }, (_, i) => i),
  )
})
