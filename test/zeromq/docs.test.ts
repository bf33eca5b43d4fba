import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newKeyPair } from 'plimsoll/zeromq'
import { fileChecks, headChecks } from '#src/zeromq/message.ts'
import { until } from '../faults/processes.ts'
import { messagesIn, newCollector, valueIn } from './peers.ts'

const docs = readFileSync('docs/fleet.md', 'utf8')
const examples = [...docs.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text)

/** Starts the example that has this in it with another endpoint, and more code; it is killed after the test. */
function start(
  t: TestContext,
  part: string,
  endpoint: string,
  env: Readonly<Record<string, string>>,
  more = `import { gauge } from 'plimsoll'\ngauge('sends').set(1)\nsetInterval(() => {}, 1000)\n`,
): ChildProcess {
  const code = examples.find((text) => text.includes(part))?.replace(/connect: '.*?'/, `connect: '${endpoint}'`)
  assert.ok(code?.includes(endpoint))
  return run(t, code + more, env)
}

/** Runs a program below the package, so that it finds plimsoll by name. */
function run(t: TestContext, code: string, env: Readonly<Record<string, string>>): ChildProcess {
  const folder = resolve('build', 'zeromq-docs')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${t.name.length}-${programs++}.mjs`)
  writeFileSync(file, code)
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(file)
  })
  return child
}

let programs = 0

test('the first publisher of docs/fleet.md sends to a collector', async (t) => {
  const sum = await newCollector(t)
  start(t, "connect: 'ipc:", sum.endpoint, {})
  await until('it sends', 10, () => valueIn(sum.read(), 'sends') === 1)
})

test('the publisher with keys of docs/fleet.md sends to a collector that knows it', async (t) => {
  const [keys, own] = await Promise.all([newKeyPair(), newKeyPair()])
  const sum = await newCollector(t, { curve: { secretKey: keys.secretKey, publishers: [own.publicKey] } })
  const env = { METRICS_KEY: keys.publicKey, OWN_PUBLIC_KEY: own.publicKey, OWN_SECRET_KEY: own.secretKey }
  start(t, 'serverKey', sum.endpoint, env)
  await until('it sends', 10, () => valueIn(sum.read(), 'sends') === 1)
})

test('the process of docs/fleet.md that sends for others loses nothing of a killed one, and may be started anew', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-send-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  const env = { PLIMSOLL_DIR: folder }
  const sum = await newCollector(t)
  const app = `
    import { counter, publish } from 'plimsoll'
    const orders = counter('orders')
    orders.add(5)
    publish({ app: 'shop' })
    process.stdin.once('data', () => {
      orders.add(7)
      process.kill(process.pid, 'SIGKILL')
    })`
  const shop = run(t, app, env)
  const first = start(t, 'send.mjs', sum.endpoint, env, '')
  await until('it sends', 10, () => valueIn(sum.read(), 'orders') === 5)
  shop.stdin?.write('\n')
  await until('the last of the killed one', 10, () => valueIn(sum.read(), 'orders') === 12)
  const gone = once(first, 'exit')
  first.kill('SIGKILL')
  await gone
  const taken = messagesIn(sum.read(), 'taken') ?? 0
  start(t, 'send.mjs', sum.endpoint, env, '')
  await until('it sends again', 10, () => (messagesIn(sum.read(), 'taken') ?? 0) > taken)
  assert.equal(valueIn(sum.read(), 'orders'), 12)
})

test('docs/fleet.md has the keys of messages as the code checks them', () => {
  const [, section = ''] = /^### The messages$(.*?)^## /ms.exec(docs) ?? []
  const keys = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key)
  assert.deepEqual(keys, [...Object.keys(headChecks), ...Object.keys(fileChecks)])
})
