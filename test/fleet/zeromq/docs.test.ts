import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newKeyPair } from 'plimsoll/zeromq'
import { until } from '../../faults/processes.ts'
import { newAggregator, valueIn } from './peers.ts'

const docs = readFileSync('docs/fleet.md', 'utf8')
const examples = [...docs.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text)

/** Starts the example that has this in it with another endpoint, and something counted; it is killed after the test. */
function start(t: TestContext, part: string, endpoint: string, env: Readonly<Record<string, string>>): void {
  const code = examples.find((text) => text.includes(part))?.replace(/connect: '.*'/, `connect: '${endpoint}'`)
  assert.ok(code?.includes(endpoint))
  const folder = resolve('build', 'zeromq-docs')
  mkdirSync(folder, { recursive: true })
  // Below the package, so that it finds plimsoll by name.
  const file = join(folder, `${t.name.length}.mjs`)
  const more = `import { gauge } from 'plimsoll'\ngauge('sends').set(1)\nsetInterval(() => {}, 1000)\n`
  writeFileSync(file, code + more)
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: 'inherit' })
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(file)
  })
}

test('the first publisher of docs/fleet.md sends to an aggregator', async (t) => {
  const sum = await newAggregator(t)
  start(t, "connect: 'ipc:", sum.endpoint, {})
  await until('it sends', 10, () => valueIn(sum.read(), 'sends') === 1)
})

test('the publisher with keys of docs/fleet.md sends to an aggregator that knows it', async (t) => {
  const [keys, own] = await Promise.all([newKeyPair(), newKeyPair()])
  const sum = await newAggregator(t, { curve: { secretKey: keys.secretKey, publishers: [own.publicKey] } })
  const env = { METRICS_KEY: keys.publicKey, OWN_PUBLIC_KEY: own.publicKey, OWN_SECRET_KEY: own.secretKey }
  start(t, 'serverKey', sum.endpoint, env)
  await until('it sends', 10, () => valueIn(sum.read(), 'sends') === 1)
})

test('docs/fleet.md has the fields of messages where the code has them', () => {
  const source = readFileSync('src/fleet/zeromq/message.ts', 'utf8')
  const [, section = ''] = /^### The messages$(.*?)^## /ms.exec(docs) ?? []
  const coded = [...source.matchAll(/^const (?:\w+Offset|headBytes) = (\d+)$/gm)].map(([, offset]) => Number(offset))
  const told = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, offset]) => Number(offset))
  assert.ok(coded.length > 10)
  assert.deepEqual(told, coded)
})
