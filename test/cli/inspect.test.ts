import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { listPages, openPage, readPage } from 'plimsoll/page'
import { isStopped, listeningPorts } from '#src/cli/inspect/other-process.ts'
import { connectTextSocket } from '#src/cli/inspect/websocket.ts'
import { isOwnStack } from '#src/http/profile/stack.ts'
import { until } from '../faults/processes.ts'
import { blocked, type Inspected, linux, start, untilBusy } from './inspected.ts'
import { follow, plimsoll, publisher } from './processes.ts'

test('stack and profile show what blocks a process, and leave no inspector behind', blocked, async (t) => {
  const app = await start(t, 'spin')
  await untilBusy(app)
  const stack = await app.run('stack')
  assert.deepEqual([stack.status, stack.stderr], [0, ''])
  assert.match(stack.stdout, /^holdTheLoop {2}\S+inspected\.js:\d+\nspin {2}/)
  assert.deepEqual(listeningPorts(app.pid), [])
  const file = join(app.dir, 'shop.cpuprofile')
  const profile = await app.run('profile', '--seconds', '0.5', '--output', file)
  assert.deepEqual([profile.status, profile.stderr], [0, ''])
  assert.match(profile.stdout, /^busy for \d+\.\d % of \d\.\d s\n\n {4}SELF {4}TOTAL {2}FUNCTION\n/)
  assert.match(profile.stdout, /% {2}(holdTheLoop|spin) {2}\S+inspected\.js:\d+$/m)
  assert.ok(JSON.parse(readFileSync(file, 'utf8')).samples.length > 10)
  assert.deepEqual(listeningPorts(app.pid), [])
})

test('no inspector opens when the event loop turns again after it was inspected while blocked', blocked, async (t) => {
  const app = await start(t, 'spin until told')
  await untilBusy(app)
  assert.match((await app.run('stack')).stdout, /^spin until told {2}/m)
  writeFileSync(join(app.dir, 'free'), '')
  await app.line('free')
  assert.deepEqual(listeningPorts(app.pid), [])
})

test('a process that is blocked now and then can be asked one time after the other', blocked, async (t) => {
  const app = await start(t, 'spin now and then')
  for (let i = 0; i < 10; i++) {
    const { status, stderr } = await app.run('stack')
    assert.deepEqual([status, stderr], [0, ''])
  }
})

test('an idle process is idle, and can be asked again', linux, async (t) => {
  const app = await start(t, 'idle')
  const idle = 'The event loop is idle: it waits for events.\n'
  for (let i = 0; i < 2; i++) {
    let seen = ''
    // Once a second it is not, for a moment.
    for (let tries = 0; seen !== idle && tries < 10; tries++) seen = (await app.run('stack')).stdout
    assert.equal(seen, idle)
    assert.deepEqual(listeningPorts(app.pid), [])
  }
})

test(
  'an app that listens to SIGUSR1, or did, or began to right before it blocked, is not signalled',
  linux,
  async (t) => {
    for (const act of ['listen', 'listen no more', 'listen and spin']) {
      const app = await start(t, act)
      const [file] = listPages(app.dir)
      const reader = openPage(file as string)
      const isFree = (): unknown => {
        const family = reader.read().families.find(({ name }) => name === 'nodejs.inspector.signal')
        return (family?.series[0] as { value?: number } | undefined)?.value
      }
      while (isFree() !== 0) await delay(20)
      reader.close()
      const { status, stderr } = await app.run('stack')
      assert.equal(status, 1)
      assert.match(stderr, /PLIMSOLL_INSPECT_FAILED .*the app handles SIGUSR1 itself/)
      assert.deepEqual([app.child.exitCode, app.child.signalCode, app.output], [null, null, ['ready']])
    }
  },
)

test('a process without plimsoll/register, and one that is not there, are refused', linux, async (t) => {
  const app = await start(t, 'idle', [])
  assert.match((await app.run('stack')).stderr, /PLIMSOLL_PAGE_NOT_FOUND/)
  assert.equal((await plimsoll('stack')).status, 2)
  assert.match((await plimsoll('stack')).stderr, /Invalid <pid> for plimsoll stack: missing\./)
  assert.equal((await plimsoll('profile', '1', '--seconds', '61')).status, 2)
  assert.equal(app.child.exitCode, null)
})

test(
  'an app stands for its process where it has one; of several the ids are listed, and an ended one is told',
  linux,
  async (t) => {
    const app = await start(t, 'idle')
    const named = (): ReturnType<typeof plimsoll> => plimsoll('stack', 'shop', '--dir', app.dir)
    const alone = await named()
    assert.deepEqual([alone.status, alone.stderr], [0, ''])
    const second = await publisher(t, app.dir, 'shop')
    const { status, stderr } = await named()
    assert.equal(status, 1)
    const ids = [app.pid, second.pid].sort((a, b) => a - b).join(', ')
    assert.match(
      stderr,
      new RegExp(`Invalid <pid> for plimsoll stack: shop\\. Expected one of its processes: ${ids}\\.`),
    )
    await second.kill()
    const { stderr: late } = await plimsoll('stack', String(second.pid), '--dir', app.dir)
    assert.match(
      late,
      new RegExp(`INSPECT_ENDED Cannot inspect process ${second.pid}: it has ended. Run "plimsoll show ${second.pid}"`),
    )
  },
)

test(
  'of the processes of an app, the only one that is blocked is inspected; of several the ids are listed',
  blocked,
  async (t) => {
    const app = await start(t, 'spin until told')
    const other = await publisher(t, app.dir, 'shop')
    const untilBlocked = async ({ dir, pid }: Inspected): Promise<void> => {
      const file = listPages(dir).find((each) => each.includes(`-${pid}-`)) as string
      await until('it is blocked', 20, () => readPage(file).pages[0]?.state === 'blocked')
    }
    const named = (command: string, ...options: string[]): ReturnType<typeof plimsoll> =>
      plimsoll(command, 'shop', '--dir', app.dir, ...options)
    await untilBlocked(app)
    const reason = new RegExp(
      `^plimsoll: ${app.pid} is the only process of shop that is blocked, for [\\d.]+s; the other one is not\\.\n$`,
    )
    const stack = await named('stack')
    assert.equal(stack.status, 0)
    assert.match(stack.stderr, reason)
    assert.match(stack.stdout, /^holdTheLoop {2}|^spin until told {2}/m)
    const profile = await named('profile', '--seconds', '0.2')
    assert.equal(profile.status, 0)
    assert.match(profile.stderr, reason)
    assert.match(profile.stdout, / {2}(holdTheLoop|spin until told) {2}/)
    // Of a process that is named, nothing is to be said.
    assert.equal((await app.run('stack')).stderr, '')
    const second = await start(t, 'spin', undefined, app.dir)
    await untilBlocked(second)
    const refused = await named('stack')
    const names = [`${app.pid} (blocked)`, String(other.pid), `${second.pid} (blocked)`]
    const inOrder = names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join(', ')
    assert.deepEqual([refused.status, refused.stdout], [1, ''])
    assert.ok(refused.stderr.includes(`Expected one of its processes: ${inOrder}.`), refused.stderr)
  },
)

test('the measurement of an idle process, which plimsoll interrupted, is no stack', () => {
  const own = { name: 'run', place: '/srv/node_modules/plimsoll/dist/register-app.cjs:584' }
  const timers = { name: 'listOnTimeout', place: 'node:internal/timers:581' }
  assert.ok(isOwnStack([{ name: 'next', place: '' }, own, timers]))
  assert.ok(!isOwnStack([own, { name: 'observed', place: '/srv/shop/app.js:3' }, own]))
  assert.ok(!isOwnStack([timers]) && !isOwnStack([]))
})

test(
  'an inspector to which no connection comes about at first is tried again, and closed in the end',
  linux,
  async (t) => {
    const app = await start(t, 'idle')
    const { fetch } = globalThis
    let asked = 0
    t.mock.method(globalThis, 'fetch', (...given: Parameters<typeof fetch>) =>
      ++asked < 3 ? Promise.reject(new Error('no answer')) : fetch(...given),
    )
    const { status, stderr } = await app.run('stack')
    assert.deepEqual(
      { status, stderr, asked, ports: listeningPorts(app.pid) },
      { status: 0, stderr: '', asked: 3, ports: [] },
    )
    t.mock.method(globalThis, 'fetch', () => Promise.reject(new Error('no answer')))
    const failed = await app.run('stack')
    assert.match(failed.stderr, /PLIMSOLL_INSPECT_FAILED .*no answer; its inspector is still open at 127\.0\.0\.1:\d+/)
  },
)

test(
  'a stopped process is not signalled, as it would open its inspector when nobody closes it any more',
  linux,
  async (t) => {
    const app = await start(t, 'idle')
    app.child.kill('SIGSTOP')
    while (!isStopped(app.pid)) await delay(20)
    assert.match(
      (await app.run('stack')).stderr,
      /PLIMSOLL_INSPECT_FAILED .*it is stopped, as by SIGSTOP or a debugger/,
    )
    app.child.kill('SIGCONT')
    assert.match((await app.run('stack')).stdout, /./)
    assert.deepEqual(listeningPorts(app.pid), [])
  },
)

const hasIpv6 = {
  skip: Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.address === '::1')
    ? false
    : 'needs ::1',
}

test('a connection to an inspector may be one to an IPv6 address', hasIpv6, async (t) => {
  const child = spawn(process.execPath, ['--inspect=[::1]:0', '--eval', 'setInterval(() => {}, 1000)'])
  t.after(() => child.kill('SIGKILL'))
  let url: string | undefined
  for await (const line of createInterface(child.stderr)) {
    url = /ws:\S+/.exec(line)?.[0]
    if (url !== undefined) break
  }
  const texts: string[] = []
  const socket = await connectTextSocket(new URL(url ?? ''), (text) => texts.push(text))
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '6 * 7' } }))
  await until('an answer came', 5, () => texts.some((text) => JSON.parse(text).result?.result?.value === 42))
  socket.close()
  await socket.closed
})

test('SIGINT ends a long profile, and closes the inspector', linux, async (t) => {
  const app = await start(t, 'idle')
  const command = follow(t, 'profile', String(app.pid), '--dir', app.dir, '--seconds', '60')
  while (listeningPorts(app.pid).length === 0) await delay(20)
  command.child.kill('SIGINT')
  const { code, stderr } = await command.end()
  assert.deepEqual([code, stderr], [0, ''])
  assert.deepEqual(listeningPorts(app.pid), [])
})
