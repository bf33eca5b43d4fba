import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { type Report, type ReportOptions, report, type Sink } from 'plimsoll/sinks'
import { mockTime } from './time.ts'

/** A receiver of one test, which is there until the test is over. */
export interface Receiver {
  /** Makes a sink that sends to it. */
  sink(): Sink | Promise<Sink>
  /** The URL of the same sink; absent where another process cannot have it. */
  readonly to?: string
  /** The total of the counter `jobs` as it has received it, from increments or totals; `undefined` or 0 before the first. */
  jobs(): number | undefined | Promise<number | undefined>
  /** Has it refuse what is sent, or gone. */
  stop(): void | Promise<void>
  /** Has it work again, at the same place. */
  start(): void | Promise<void>
  /** Has it accept connections and read nothing until `start()`; absent where that cannot be. */
  hang?(): void | Promise<void>
}

/** What a receiver cannot do, so that tests are left out: hang, or be found by a URL from another process. */
type Lack = 'hang' | 'to'

/** What every sink must do; see docs/sinks.md. */
export function contract(
  name: string,
  newReceiver: (t: TestContext) => Receiver | Promise<Receiver>,
  lacks: readonly Lack[] = [],
): void {
  describe(`The ${name} sink`, () => {
    test('waits for a receiver that is not there yet, warns once, and then sends what was counted meanwhile', async (t) => {
      const receiver = await newReceiver(t)
      await receiver.stop()
      const { registry, warnings, recovered } = await reporting(t, receiver)
      registry.counter('jobs').inc(3)
      await until(() => countOf(registry, 'plimsoll.sink.failures') >= 2, 'two failures')
      registry.counter('jobs').inc(4)
      await receiver.start()
      await until(async () => (await receiver.jobs()) === 7, 'all jobs')
      await until(() => recovered.length === 1, 'the report that it works again')
      assert.equal(warnings.length, new Set(warnings).size, warnings.join('\n'))
    })

    test('goes on after a restart of the receiver, and counts nothing twice', async (t) => {
      const receiver = await newReceiver(t)
      const { registry } = await reporting(t, receiver)
      registry.counter('jobs').inc(3)
      await until(async () => (await receiver.jobs()) === 3, 'the first jobs')
      await receiver.stop()
      registry.counter('jobs').inc(4)
      await wait(200)
      await receiver.start()
      await until(async () => (await receiver.jobs()) === 7, 'all jobs')
      const { jobs } = receiver
      for (let i = 0; i < 5; i++) {
        await wait(50)
        assert.equal(await jobs.call(receiver), 7)
      }
    })

    test('is stopped while it sends, and sends the last values first', async (t) => {
      const receiver = await newReceiver(t)
      const { registry, live } = await reporting(t, receiver, { everySeconds: 3600 })
      registry.counter('jobs').inc(2)
      const flushed = live.flush()
      registry.counter('jobs').inc(3)
      await live.stop()
      await flushed
      await until(async () => (await receiver.jobs()) === 5, 'all jobs')
    })

    const keepsLittle = 'keeps little for a receiver that never reads, and counts nothing twice when it reads again'
    if (!lacks.includes('hang'))
      test(keepsLittle, async (t) => {
        const receiver = await newReceiver(t)
        await receiver.hang?.()
        const sink = await receiver.sink()
        const { clock, pass } = mockTime(t)
        const registry = new Registry({ clock })
        const many = registry.counter('filler', { labels: ['one'] })
        for (let i = 0; i < 1500; i++) many.labels({ one: `${'x'.repeat(100)}${i}` }).inc()
        const live = report(registry, [sink], { clock, everySeconds: 1, onWarning: () => {} })
        await pass(2)
        registry.counter('jobs').inc(6)
        await pass(10)
        const before = memory()
        await pass(590)
        // One payload has about 200 kB; 600 of them would be 120 MB.
        const grown = memory() - before
        assert.ok(grown < 30e6, `${grown} bytes`)
        await receiver.start()
        t.mock.timers.reset()
        await until(async () => {
          await live.flush()
          return (await receiver.jobs()) === 6
        }, 'all jobs')
        await live.stop()
        assert.equal(await receiver.jobs(), 6)
      })

    if (!lacks.includes('hang') && !lacks.includes('to'))
      test('does not hold up the end of a process while its receiver hangs', async (t) => {
        const receiver = await newReceiver(t)
        await receiver.hang?.()
        const { child, lines } = startApp(t, receiver.to ?? '', 'a page', 'exit while the receiver hangs')
        assert.equal(await lines.next(), 'ready')
        const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(15_000) })
        assert.equal(code, 3)
      })

    for (const [end, page] of lacks.includes('to') ? [] : ends) {
      test(`sends the last values of a process with ${page} that ends by ${end}`, async (t) => {
        const receiver = await newReceiver(t)
        const { child, lines } = startApp(t, receiver.to ?? '', page, end)
        assert.equal(await lines.next(), 'ready')
        if (end === 'SIGTERM') child.kill('SIGTERM')
        const [code, signal] = await once(child, 'exit')
        assert.deepEqual([code, signal], endings[end])
        await until(async () => (await receiver.jobs()) === 5, 'all jobs')
      })
    }
  })
}

/** With a page a thread sends, without one the main thread. */
const ends = [
  ['process.exit', 'a page'],
  ['process.exit', 'no page'],
  ['exit while it sends', 'a page'],
  ['an error', 'no page'],
  ['SIGTERM', 'a page'],
  ['an empty event loop', 'no page'],
] as const

const endings = {
  'process.exit': [3, null],
  'exit while it sends': [3, null],
  'an error': [1, null],
  SIGTERM: [null, 'SIGTERM'],
  'an empty event loop': [0, null],
} as const

interface Reporting {
  readonly registry: Registry
  readonly live: Report
  readonly warnings: string[]
  readonly recovered: string[]
}

/** A registry that is reported to a receiver, 20 times a second, until the test is over. */
async function reporting(t: TestContext, receiver: Receiver, options: ReportOptions = {}): Promise<Reporting> {
  const registry = new Registry()
  registry.counter('jobs')
  const warnings: string[] = []
  const recovered: string[] = []
  const live = report(registry, [await receiver.sink()], {
    everySeconds: 0.05,
    immediately: true,
    deadlineSeconds: 1,
    // The page of a registry is not what is tested here.
    thread: false,
    onWarning: (error) => void warnings.push(error.message),
    onRecovered: (sink) => void recovered.push(sink),
    ...options,
  })
  t.after(() => live.stop())
  // A sink of increments takes the first values as its baseline.
  await until(() => countOf(registry, 'plimsoll.sink.') >= 1, 'the first send')
  return { registry, live, warnings, recovered }
}

/** The sum of the counters whose names begin so. */
export function countOf(registry: Registry, name: string): number {
  const families = registry.read().families.filter((one) => one.name.startsWith(name) && one.kind === 'counter')
  return families
    .flatMap(({ series }) => series as readonly { value: number }[])
    .reduce((sum, one) => sum + one.value, 0)
}

/** Waits for a condition, 15 seconds at most. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + 15_000; performance.now() < end; await wait(10)) if (await condition()) return
  assert.fail(`waited in vain for ${what}`)
}

function memory(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Starts a process that counts 5 jobs after its first report, and then ends in that way. */
export function startApp(
  t: TestContext,
  to: string,
  page: string,
  end: string,
): { child: ChildProcess; lines: { next(): Promise<string> } } {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sinks-'))
  const program = fileURLToPath(new URL('fixtures/reporting.js', import.meta.url))
  const env = { ...process.env, PLIMSOLL_DIR: folder }
  const child = spawn(process.execPath, [program, to, page, end], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, lines: { next: async () => (await lines.next()).value } }
}
