import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { parseJson } from 'plimsoll/formats'
import { file, type ReportOptions, report, type Sink } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'
import { countOf, startApp, until } from './contract.ts'

/** A published registry that is reported to a file in a folder, 20 times a second, until the test is over. */
function setUp(t: TestContext, options: ReportOptions & { readonly sinks?: readonly Sink[] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-thread-'))
  const registry = new Registry()
  const publication = publish({ registry, dir: join(folder, 'pages'), app: 'threads' })
  const path = join(folder, 'out', 'metrics.json')
  const warnings: string[] = []
  const onWarning: ReportOptions['onWarning'] = ({ code, message }) => void warnings.push(`${code} ${message}`)
  const { sinks = [], ...rest } = options
  const reporting = report(registry, [file(`file://${path}`), ...sinks], { everySeconds: 0.05, onWarning, ...rest })
  t.after(async () => {
    await reporting.stop()
    publication.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const sent = (): Snapshot | undefined => {
    try {
      return parseJson(readFileSync(path, 'utf8'))
    } catch {
      return undefined
    }
  }
  const jobs = (): number | undefined => {
    const family = sent()?.families.find(({ name }) => name === 'jobs')
    return family?.kind === 'counter' ? family.series[0]?.value : undefined
  }
  return {
    folder,
    registry,
    publication,
    warnings,
    reporting,
    sent,
    jobs,
    isThere: () => mkdirSync(join(folder, 'out')),
  }
}

describe('Sinks in a thread', () => {
  test('go on while the event loop of the app is blocked', async (t) => {
    const { registry, sent, jobs, isThere } = setUp(t)
    isThere()
    registry.counter('jobs').inc(3)
    await until(() => jobs() === 3, 'the first jobs')
    registry.counter('jobs').inc(1)
    const before = sent()?.takenAt ?? 0
    for (const end = performance.now() + 5000; performance.now() < end && jobs() !== 4; ) Atomics.wait(pause, 0, 0, 20)
    assert.equal(jobs(), 4)
    assert.ok((sent()?.takenAt ?? 0) > before)
  })

  test('count and warn in the registry and the app that they belong to', async (t) => {
    const recovered: string[] = []
    const { registry, folder, warnings, isThere } = setUp(t, { onRecovered: (sink) => void recovered.push(sink) })
    await until(() => countOf(registry, 'plimsoll.sink.failures') >= 2, 'two failures')
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /^PLIMSOLL_SINK_FAILED Cannot send metrics to file .*ENOENT/)
    isThere()
    await until(() => countOf(registry, 'plimsoll.sink.sends') >= 2, 'two sends')
    assert.deepEqual(recovered, [`file ${folder}/out/metrics.json`])
    assert.ok(countOf(registry, 'plimsoll.sink.bytes') > 100)
    assert.equal(warnings.length, 1)
  })

  test('read the page that the registry has after it was published again', async (t) => {
    const { registry, publication, jobs, isThere, folder } = setUp(t)
    isThere()
    registry.counter('jobs').inc(3)
    await until(() => jobs() === 3, 'the first jobs')
    publication.close()
    registry.counter('jobs').inc(2)
    const again = publish({ registry, dir: join(folder, 'others'), app: 'threads' })
    t.after(() => again.close())
    await until(() => jobs() === 5, 'the jobs in the new page')
  })

  test('leave sinks with functions of the app in its own thread', async (t) => {
    const seen: number[] = []
    const sinks: Sink[] = [{ name: 'own', send: ({ families }) => void seen.push(families.length) }]
    const { jobs, registry, isThere, reporting } = setUp(t, { sinks, everySeconds: 3600 })
    isThere()
    registry.counter('jobs').inc(7)
    await reporting.flush()
    assert.equal(jobs(), 7)
    assert.equal(seen.length, 1)
  })

  test('leave it to a signal to end a blocked app at once, where the app does not want otherwise', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-thread-'))
    t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
    const to = `file://${folder}/metrics.json`
    const { child, lines } = startApp(t, to, 'a page', 'a signal while it is blocked')
    assert.equal(await lines.next(), 'ready')
    child.kill('SIGTERM')
    const end = await once(child, 'exit', { signal: AbortSignal.timeout(10_000) })
    assert.deepEqual(end, [null, 'SIGTERM'])
    const listeners = process.listenerCount('SIGTERM')
    const reporting = report(new Registry(), [file(to)], { thread: false })
    assert.equal(process.listenerCount('SIGTERM'), listeners)
    await reporting.stop()
  })

  test('are in the thread of the app, after one warning, where there is no page', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-thread-'))
    t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
    const codes: string[] = []
    const onWarning: ReportOptions['onWarning'] = ({ code }) => void codes.push(code)
    const sink = file(`file://${folder}/metrics.json`)
    const reporting = report(new Registry(), [sink], { everySeconds: 0.05, onWarning })
    await until(() => codes.length > 0, 'the warning')
    await reporting.stop()
    assert.deepEqual(codes, ['PLIMSOLL_SINKS_ON_MAIN_THREAD'])
    await report(new Registry(), [sink], { onWarning, thread: false }).stop()
    assert.equal(codes.length, 1)
    assert.ok(readFileSync(join(folder, 'metrics.json'), 'utf8').startsWith('{'))
  })
})

const pause = new Int32Array(new SharedArrayBuffer(4))
