import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type PlimsollError, Registry } from 'plimsoll'
import { collector, collectorThread } from 'plimsoll/zeromq'
import { until } from '../faults/processes.ts'
import { newCollector, newPublisher, newShop, valueIn } from './peers.ts'

/** How often the collector is killed; a soak sets more. */
const kills = Number(process.env.PLIMSOLL_KILLS ?? 4)

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-state-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

interface Seen {
  readonly orders: number
  readonly took: number
  readonly archived: number
}

/** A process of `fixtures/collector.ts`; it is killed after the test. */
async function startCollector(t: TestContext, bind: string, state: string) {
  const program = fileURLToPath(new URL('fixtures/collector.js', import.meta.url))
  const child = spawn(process.execPath, [program, bind, state], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    async read(): Promise<Seen> {
      child.stdin.write('\n')
      return JSON.parse((await lines.next()).value ?? '')
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Looks again and again until the collector has it. */
async function untilSeen(
  collector: { read(): Promise<Seen> },
  what: string,
  isSeen: (seen: Seen) => boolean,
): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (isSeen(await collector.read())) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.fail(`never: ${what}`)
}

test('Whenever the collector is killed, the next one has what publishers counted, but for what was on its way', async (t) => {
  const folder = newFolder(t)
  const bind = `ipc://${join(folder, 'socket')}`
  const state = join(folder, 'state')
  let sum = await startCollector(t, bind, state)
  const shops = await Promise.all([newShop(t, bind), newShop(t, bind)])
  let counted = 0
  /** What the last one to leave counted, while the file need not have it yet. */
  let onItsWay = 0
  for (let kill = 0; kill < kills; kill++) {
    for (const shop of shops) await shop.count(10)
    counted += 10 * shops.length
    const leaving = await newShop(t, bind)
    await leaving.count(7)
    counted += 7
    await untilSeen(sum, 'all there is', ({ orders }) => orders === counted)
    const { archived } = await sum.read()
    leaving.child.stdin?.end()
    await untilSeen(sum, 'it has left', (seen) => seen.archived > archived)
    const isWritten = kill % 3 === 0
    await new Promise((resolve) => setTimeout(resolve, isWritten ? 1000 : Math.random() * 600))
    await sum.kill()
    onItsWay = isWritten ? 0 : 7
    sum = await startCollector(t, bind, state)
    await untilSeen(sum, 'all but what was on its way', ({ orders }) => orders >= counted - onItsWay)
    const after = await sum.read()
    assert.ok([counted, counted - onItsWay].includes(after.orders), `${JSON.stringify(after)} of ${counted}`)
    assert.equal(after.took, after.orders)
    counted = after.orders
  }
})

/** The publishers that are in the sums of a state file. */
function namesIn(state: string): unknown[] {
  if (!existsSync(state)) return []
  return JSON.parse(readFileSync(state, 'utf8').split('\n')[0] ?? '').names
}

test('Who lived when the collector was killed and never comes back counts with what the file has', async (t) => {
  const folder = newFolder(t)
  const bind = `ipc://${join(folder, 'socket')}`
  const state = join(folder, 'state')
  const sum = await startCollector(t, bind, state)
  const [staying, leaving] = [await newShop(t, bind), await newShop(t, bind)]
  await staying.count(5)
  await untilSeen(sum, 'the first', ({ orders }) => orders === 5)
  // A publisher that leaves has the file written soon, with all that there is.
  leaving.child.stdin?.end()
  await until('it is written', 10, () => namesIn(state).length === 1)
  await Promise.all([sum.kill(), staying.kill()])
  const next = await startCollector(t, bind, state)
  assert.deepEqual(await next.read(), { orders: 5, took: 5, archived: 0 })
})

test('At close all is written, and the next one goes on from there', async (t) => {
  const state = join(newFolder(t), 'state')
  const registry = new Registry()
  const orders = registry.counter('orders')
  registry.timer('took').record(1)
  registry.gauge('busy').set(1)
  orders.add(5)
  const first = await newCollector(t, { state })
  const one = await newPublisher(t, first.endpoint, registry)
  await until('the first', 5, () => valueIn(first.read(), 'orders') === 5)
  await first.close()
  await one.close()
  const second = await newCollector(t, { state, goneAfterMs: 100 })
  const seen = second.read()
  assert.deepEqual([valueIn(seen, 'orders'), valueIn(seen, 'took'), valueIn(seen, 'busy')], [5, 1, undefined])
  assert.equal(seen.pages[0]?.app, 'shop')
  await until('it is gone', 5, () => second.read().pages[0]?.state === 'killed')
  await newPublisher(t, second.endpoint, registry)
  await until('both', 5, () => valueIn(second.read(), 'orders') === 10)
  await second.close()
})

test('A thread writes its state as it is closed', async (t) => {
  const state = join(newFolder(t), 'state')
  const registry = new Registry()
  registry.counter('orders').add(5)
  const first = await collectorThread({ bind: 'tcp://127.0.0.1:*', state })
  const one = await newPublisher(t, first.endpoints[0] as string, registry)
  await assert.rejects(collectorThread({ bind: 'tcp://127.0.0.1:*', state }), {
    code: 'PLIMSOLL_STATE_UNUSABLE',
    message: /another collector uses it/,
  })
  while (valueIn(await first.read(), 'orders') !== 5) await new Promise((resolve) => setTimeout(resolve, 20))
  await one.close()
  await first.close()
  const second = await newCollector(t, { state })
  assert.equal(valueIn(second.read(), 'orders'), 5)
  await second.close()
})

test('A state file that is damaged is set aside with a warning; one of a later version, or of another collector, is not', async (t) => {
  const state = join(newFolder(t), 'state')
  const first = await newCollector(t, { state })
  await assert.rejects(collector({ bind: 'tcp://127.0.0.1:*', state }), { code: 'PLIMSOLL_STATE_UNUSABLE' })
  await first.close()
  const whole = readFileSync(state, 'utf8')
  const damages = [whole.slice(0, -1), '', '{}\n', whole.replace('[]', '[7]'), whole.replace('end', 'sum')]
  for (const text of damages) {
    writeFileSync(state, text)
    const warnings: PlimsollError[] = []
    const sum = await newCollector(t, { state, onWarning: (warning) => warnings.push(warning) })
    await sum.close()
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['PLIMSOLL_STATE_DAMAGED'],
      text,
    )
    assert.equal(readFileSync(`${state}.damaged`, 'utf8'), text)
    assert.equal(readFileSync(state, 'utf8'), whole)
  }
  const later = '{"plimsollCollector":2}\n'
  writeFileSync(state, later)
  await assert.rejects(collector({ bind: 'tcp://127.0.0.1:*', state }), { code: 'PLIMSOLL_STATE_UNUSABLE' })
  assert.equal(readFileSync(state, 'utf8'), later)
})

test('A state file that cannot be written is told, and takes nothing down', async (t) => {
  const folder = join(newFolder(t), 'folder')
  mkdirSync(folder)
  const warnings: string[] = []
  const sum = await newCollector(t, { state: join(folder, 'state'), onWarning: ({ code }) => warnings.push(code) })
  rmSync(folder, { recursive: true })
  const registry = new Registry()
  registry.counter('orders').add(5)
  const one = await newPublisher(t, sum.endpoint, registry)
  await until('the first', 5, () => valueIn(sum.read(), 'orders') === 5)
  await one.close()
  await until('a warning', 5, () => warnings.length > 0)
  assert.equal(valueIn(sum.read(), 'orders'), 5)
  await sum.close()
  assert.deepEqual(warnings, ['PLIMSOLL_STATE_NOT_WRITTEN'])
})

test('A path that is none is refused before anything is opened', async () => {
  await assert.rejects(collector({ bind: 'tcp://127.0.0.1:*', state: '' }), { code: 'PLIMSOLL_OPTION_INVALID' })
})
