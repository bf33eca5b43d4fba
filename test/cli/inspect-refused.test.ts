import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { listPages, openPage } from 'plimsoll/page'
import type { PageInfo } from 'plimsoll/snapshot'
import { inspectorPort, listeningPorts } from '#src/cli/inspect/other-process.ts'
import { until } from '../faults/processes.ts'
import { register } from '../support/command.ts'
import { blocked, linux, start, untilBusy } from './inspected.ts'
import { plimsoll } from './processes.ts'

test('a process in a synchronous system call is not signalled, and opens no inspector after it', blocked, async (t) => {
  const app = await start(t, 'call until told')
  const [file] = listPages(app.dir)
  const reader = openPage(file as string)
  await until('the process was late', 20, () => (reader.read().pages[0]?.heartbeatAge ?? 0) > 2.5)
  reader.close()
  const { status, stderr } = await app.run('stack')
  assert.equal(status, 1)
  assert.match(stderr, /PLIMSOLL_INSPECT_FAILED .*it is in a synchronous system call, as of execSync/)
  writeFileSync(join(app.dir, 'free'), '')
  await app.line('free')
  assert.deepEqual(listeningPorts(app.pid), [])
})

test('a process whose port for the inspector is taken is not signalled, and opens none later', blocked, async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  assert.equal(inspectorPort(process.pid), 9229)
  const app = await start(t, 'spin until told', [`--inspect-port=${port}`, '--import', register])
  await untilBusy(app)
  const { status, stderr } = await app.run('stack')
  assert.equal(status, 1)
  assert.match(
    stderr,
    new RegExp(`its inspector needs 127\\.0\\.0\\.1:${port}, which is in use by process ${process.pid}\\.`),
  )
  await new Promise((resolve) => holder.close(resolve))
  assert.match((await app.run('stack')).stdout, /^spin until told {2}/m)
  writeFileSync(join(app.dir, 'free'), '')
  await app.line('free')
  assert.deepEqual(listeningPorts(app.pid), [])
})

test('a process that has no file descriptor left is not signalled, as Node would end it', linux, async (t) => {
  const app = await start(t, 'fill descriptors', undefined, undefined, 200)
  await app.line('full')
  const { status, stderr } = await app.run('stack')
  assert.equal(status, 1)
  assert.match(stderr, /PLIMSOLL_INSPECT_FAILED .*it has hardly any file descriptors left/)
  assert.deepEqual([app.child.exitCode, app.child.signalCode], [null, null])
})

test('the primary of a cluster is not signalled, as Node would signal its workers; a worker is', linux, async (t) => {
  const app = await start(t, 'fork')
  const workers = (): PageInfo[] =>
    listPages(app.dir).flatMap((file) => {
      const reader = openPage(file)
      const { pages } = reader.read()
      reader.close()
      return pages.filter(({ pid }) => pid !== app.pid)
    })
  await until('a worker published', 20, () => workers().length === 1)
  const { status, stderr } = await app.run('stack')
  assert.equal(status, 1)
  assert.match(stderr, /PLIMSOLL_INSPECT_FAILED .*it is the primary of a cluster: inspect a worker/)
  const worker = String(workers()[0]?.pid)
  assert.deepEqual(await plimsoll('stack', worker, '--dir', app.dir).then(({ status }) => status), 0)
  assert.deepEqual(listeningPorts(Number(worker)), [])
})
