import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { publishMmstats, readMmstatsFields } from 'plimsoll/mmstats'
import type { Snapshot, Source } from 'plimsoll/snapshot'
import { everyMeasure } from '../support/measures.ts'
import { newFolder } from './mmstats-file.ts'

/** Labels, types and values of a file without the default fields. */
function fieldsOf(file: string | undefined): unknown[] {
  const fields = readMmstatsFields(file ?? '').fields.filter(({ label }) => !/(sys|org)\.\w+/.test(label))
  return fields.map(({ label, type, value }) => [label, type, value])
}

function counters(labels: readonly Readonly<Record<string, string>>[], name = 'a.b'): Snapshot {
  const series = labels.map((each, i) => ({ labels: each, value: i }))
  const labelNames = Object.keys(labels[0] ?? {})
  const family = { name, kind: 'counter', unit: '', help: '', labelNames, series } as const
  return { version: 1, takenAt: 0, pages: [], families: [family] }
}

describe('A registry', () => {
  test('is mirrored: counters as Q, gauges as d, distributions as several fields, label values joined by dots', (t) => {
    const registry = new Registry()
    registry
      .counter('web.requests', { labels: ['method', 'path'] })
      .labels({ method: 'GET', path: '/x.y' })
      .inc()
    registry.counter('seconds').add(0.5)
    registry.gauge('queue').set(-1)
    registry.histogram('size', { buckets: [1, 10] }).record(4)
    registry.histogram('wait', { buckets: [1] })
    const mirror = publishMmstats(registry, { dir: newFolder(t), filename: 'shop.mmstats', labelPrefix: 'p.' })
    t.after(() => mirror.close())
    const empty = ['sum', 'min', 'max', 'p50', 'p90', 'p99'].map((name) => [`p.wait.${name}`, 'd', 0])
    assert.deepEqual(fieldsOf(mirror.file), [
      ['p.queue', 'd', -1],
      ['p.seconds', 'd', 0.5],
      ['p.size.count', 'Q', 1n],
      ...['sum', 'min', 'max', 'p50', 'p90', 'p99'].map((name) => [`p.size.${name}`, 'd', 4]),
      ['p.wait.count', 'Q', 0n],
      ...empty,
      ['p.web.requests.GET.%2Fx%2Ey', 'Q', 1n],
    ])
  })

  test('has rates, windows, states, texts, bools and constants as fields of fitting types', (t) => {
    const mirror = publishMmstats({ read: () => everyMeasure }, { dir: newFolder(t) })
    t.after(() => mirror.close())
    // 2 ** -0.25, in which newer versions of V8 are off by a bit.
    const middle = 0.8408964152537146
    assert.deepEqual(fieldsOf(mirror.file), [
      ['build.version', '41s', '1.4.0'],
      ['build.revision', '41s', '5f0c1a2'],
      ['build.version_2', '41s', '1.5.0'],
      ['build.revision_2', '41s', '99e07b1'],
      ['cache.warm.7-0', '?', true],
      ['cache.warm.8-2', '?', false],
      ['jobs.done.mail', 'Q', 120n],
      ['jobs.done.mail.m1', 'd', 2],
      ['jobs.done.mail.m5', 'd', 1.5],
      ['jobs.done.mail.m15', 'd', 0.5],
      ['jobs.done.old', 'Q', 7n],
      ...['m1', 'm5', 'm15'].map((name) => [`jobs.done.old.${name}`, 'd', 0]),
      ['jobs.size.count', 'Q', 4n],
      ['jobs.size.sum', 'd', 6144],
      ['jobs.size.mean', 'd', 1536],
      ['jobs.size.window', 'd', 1024],
      ['pool.state.db', '41s', 'busy'],
      ['pool.state.db.idle.seconds', 'd', 5400],
      ['pool.state.db.busy.seconds', 'd', 1800],
      ['pool.state.db.users', 'd', 3],
      ['pool.state.gone', '41s', ''],
      ['pool.state.gone.idle.seconds', 'd', 60],
      ['pool.state.gone.busy.seconds', 'd', 0],
      ['pool.state.gone.users', 'd', 0],
      ['queue.length', 'q', 12n],
      ['queue.length.1m.min', 'd', 3],
      ['queue.length.1m.max', 'd', 40],
      ['queue.length.5m.min', 'd', 0],
      ['queue.length.5m.max', 'd', 90],
      ['web.hits', 'Q', 5n],
      ['web.latency.%2F.count', 'Q', 4n],
      ['web.latency.%2F.sum', 'd', 4.5],
      ['web.latency.%2F.min', 'd', 0],
      ['web.latency.%2F.max', 'd', 2],
      ['web.latency.%2F.p50', 'd', middle],
      ['web.latency.%2F.p90', 'd', 2 * middle],
      ['web.latency.%2F.p99', 'd', 2 * middle],
      ...['p50', 'p90', 'p99'].map((name) => [`web.latency.%2F.1m.${name}`, 'd', middle]),
      ['web.latency.%2F.m1', 'd', 2],
      ['web.latency.%2F.m5', 'd', 1.5],
      ['web.latency.%2F.m15', 'd', 0.5],
    ])
  })

  test('keeps its file while a state and a text change, and makes a new one for a text that grows out of its room', async (t) => {
    let [now, text] = ['idle', 'short']
    const head = { unit: '', help: '', labelNames: [] }
    const read = (): Snapshot => {
      const one = { labels: {}, value: now, seconds: {}, processes: { [now]: 1 }, users: 0 }
      const state = { ...head, name: 's', kind: 'state', states: ['idle', 'very busy'], series: [one] } as const
      const said = { ...head, name: 't', kind: 'text', series: [{ labels: {}, value: text }] } as const
      return { version: 1, takenAt: 0, pages: [], families: [state, said] }
    }
    const mirror = publishMmstats({ read }, { dir: newFolder(t) })
    t.after(() => mirror.close())
    const file = mirror.file ?? ''
    const inode = statSync(file).ino
    now = 'very busy'
    text = 'a bit longer'
    await mirror.update()
    const values = readMmstatsFields(file).fields.map(({ value }) => value)
    assert.deepEqual([values[0], values[4], statSync(file).ino], ['very busy', 'a bit longer', inode])
    text = 'x'.repeat(33)
    await mirror.update()
    assert.equal(readMmstatsFields(file).fields[4]?.value, text)
    assert.notEqual(statSync(file).ino, inode)
  })

  test('is kept up to date, in the same file while the series are the same', async (t) => {
    const registry = new Registry()
    const hits = registry.counter('hits')
    const mirror = publishMmstats(registry, { dir: newFolder(t) })
    t.after(() => mirror.close())
    const file = mirror.file
    hits.add(3)
    await mirror.update()
    const first = fieldsOf(file)
    registry.gauge('new').set(1)
    await mirror.update()
    assert.deepEqual(
      [first, fieldsOf(file), mirror.file, mirror.error],
      [
        [['hits', 'Q', 3n]],
        [
          ['hits', 'Q', 3n],
          ['new', 'd', 1],
        ],
        file,
        undefined,
      ],
    )
  })

  test('leaves its last values behind at exit, and nothing but them', (t) => {
    const folder = newFolder(t)
    const program = `
      import { counter, defaultRegistry } from 'plimsoll'
      import { publishMmstats } from 'plimsoll/mmstats'
      publishMmstats(defaultRegistry, { dir: ${JSON.stringify(folder)}, filename: 'left.mmstats' })
      counter('late').add(7)`
    execFileSync(process.execPath, ['--input-type=module', '-e', program])
    const left = readdirSync(folder)
    assert.deepEqual([left, fieldsOf(join(folder, 'left.mmstats'))], [['left.mmstats'], [['late', 'Q', 7n]]])
  })

  test('is removed with its file', (t) => {
    const folder = newFolder(t)
    publishMmstats(new Registry(), { dir: folder }).remove()
    assert.deepEqual(readdirSync(folder), [])
  })
})

describe('Labels of a mirror', () => {
  test('are different for different label values, whatever is in them', (t) => {
    const values = ['a', '', '%', '.', 'a.b', 'é', '😀', '\ud800']
    const source: Source = { read: () => counters([...values.map((x) => ({ x })), { overflow: 'true' }]) }
    const mirror = publishMmstats(source, { dir: newFolder(t) })
    t.after(() => mirror.close())
    const labels = readMmstatsFields(mirror.file ?? '').fields.map(({ label }) => label)
    const expected = ['a', '%', '%25', '%2E', 'a%2Eb', '%C3%A9', '%F0%9F%98%80', '%EF%BF%BD', '%overflow']
    assert.deepEqual(
      labels.slice(0, expected.length),
      expected.map((value) => `a.b.${value}`),
    )
  })

  test('get a sign more where old readers would stop or where two would be the same', (t) => {
    const long = 'x'.repeat(256)
    const [family] = counters([{}], long).families
    const snapshot = counters([{}, {}])
    const source: Source = {
      read: () => ({ ...snapshot, families: [...snapshot.families, ...(family ? [family] : [])] }),
    }
    const mirror = publishMmstats(source, { dir: newFolder(t) })
    t.after(() => mirror.close())
    const labels = readMmstatsFields(mirror.file ?? '').fields.map(({ label }) => label)
    assert.deepEqual(labels.slice(0, 3), ['a.b', 'a.b_2', `${long}_`])
  })
})

describe('Trouble', () => {
  test('with the file is warned of once and tried again, and never thrown', async (t) => {
    const folder = newFolder(t)
    const codes: string[] = []
    writeFileSync(join(folder, 'no-folder'), '')
    const options = { dir: join(folder, 'no-folder'), onWarning: ({ code }: { code: string }) => codes.push(code) }
    const mirror = publishMmstats(new Registry(), options)
    await mirror.update()
    await mirror.update()
    mirror.close()
    assert.deepEqual(
      [mirror.file, mirror.error?.code, codes],
      [undefined, 'PLIMSOLL_MMSTATS_NOT_CREATED', ['PLIMSOLL_MMSTATS_NOT_CREATED']],
    )
  })

  test('with the source leaves the values of before', async (t) => {
    let answer: () => Promise<Snapshot> = async () => counters([{}])
    const codes: string[] = []
    const options = { dir: newFolder(t), onWarning: ({ code }: { code: string }) => codes.push(code) }
    const mirror = publishMmstats({ read: () => answer() }, options)
    t.after(() => mirror.close())
    await mirror.update()
    answer = () => Promise.reject(new Error('no answer'))
    await mirror.update()
    assert.deepEqual(
      [fieldsOf(mirror.file), codes, /no answer\. It keeps/.test(mirror.error?.message ?? '')],
      [[['a.b', 'Q', 0n]], ['PLIMSOLL_MMSTATS_NOT_UPDATED'], true],
    )
  })

  test('with an option is thrown', () => {
    assert.throws(() => publishMmstats(new Registry(), { intervalMs: 1 }), { code: 'PLIMSOLL_OPTION_INVALID' })
  })
})
