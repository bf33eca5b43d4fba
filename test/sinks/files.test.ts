import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { Registry } from 'plimsoll'
import { parseJson } from 'plimsoll/formats'
import { file, openSink, report, stdout, stream, textfile } from 'plimsoll/sinks'
import { contract, type Receiver } from './contract.ts'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sinks-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function jobsIn(json: string): number | undefined {
  const family = parseJson(json).families.find(({ name }) => name === 'jobs')
  return family?.kind === 'counter' ? family.series[0]?.value : undefined
}

function jobsInText(text: string): number {
  return Number(/^jobs_total (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** A folder as the receiver of a file: gone while it is stopped. */
function folderReceiver(
  t: TestContext,
  scheme: string,
  name: string,
  jobs: (text: string) => number | undefined,
): Receiver {
  const folder = join(newFolder(t), 'there')
  mkdirSync(folder)
  const path = join(folder, name)
  const to = `${scheme}://${path}`
  return {
    to,
    sink: () => openSink(to),
    jobs: () => (existsSync(path) ? jobs(readFileSync(path, 'utf8')) : undefined),
    stop: () => renameSync(folder, `${folder}-not`),
    start: () => renameSync(`${folder}-not`, folder),
  }
}

contract('file', (t) => folderReceiver(t, 'file', 'metrics.json', jobsIn), ['hang'])

// The ends of processes are tested with files that have JSON: all but the format is the same.
contract('textfile', (t) => folderReceiver(t, 'textfile', 'app.prom', jobsInText), ['hang', 'to'])

contract('stream', () => {
  const pipe = new PassThrough()
  let jobs: number | undefined
  const read = (): void => {
    let rest = ''
    pipe.on('data', (piece) => {
      const lines = `${rest}${piece}`.split('\n')
      rest = lines.pop() as string
      for (const line of lines) jobs = jobsIn(line) ?? jobs
    })
  }
  read()
  return {
    sink: () => stream(pipe),
    jobs: () => jobs,
    hang: () => void pipe.removeAllListeners('data').pause(),
    stop: () => void pipe.removeAllListeners('data').pause(),
    start() {
      read()
      pipe.resume()
    },
  }
}, ['to'])

const delivery = { signal: new AbortController().signal, sent: () => {}, lost: () => {} }

describe('A file', () => {
  test('is replaced in one step, keeps earlier versions, and leaves no other file behind', async (t) => {
    const folder = newFolder(t)
    const path = join(folder, 'metrics.json')
    const sink = file(`file://${path}`, { keep: 2, mode: 0o640 })
    const registry = new Registry()
    for (let jobs = 1; jobs <= 5; jobs++) {
      registry.counter('jobs').inc()
      await sink.send(registry.read(), delivery)
    }
    const versions = ['metrics.json', 'metrics.json.1', 'metrics.json.2']
    assert.deepEqual(readdirSync(folder).sort(), versions)
    assert.deepEqual(
      versions.map((name) => jobsIn(readFileSync(join(folder, name), 'utf8'))),
      [5, 4, 3],
    )
    assert.equal(statSync(path).mode & 0o777, 0o640 & ~process.umask())
  })

  test('stays as it was where the new one is given up, or its folder cannot be written', async (t) => {
    const folder = newFolder(t)
    const path = join(folder, 'metrics.json')
    const sink = file(`file://${path}`)
    const registry = new Registry()
    await sink.send(registry.read(), delivery)
    const before = readFileSync(path, 'utf8')
    registry.counter('jobs').inc()
    const given = { ...delivery, signal: AbortSignal.abort(new Error('the deadline')) }
    await assert.rejects(async () => sink.send(registry.read(), given), /the deadline/)
    assert.equal(readFileSync(path, 'utf8'), before)
    assert.deepEqual(readdirSync(folder), ['metrics.json'])
  })

  test('may have a name that a URL writes with %, and options in its URL', async (t) => {
    const folder = newFolder(t)
    const sink = await openSink(`file://${folder}/a%20b.json?indent=2&allow=jobs`)
    const registry = new Registry()
    registry.counter('jobs').inc()
    registry.counter('others').inc()
    await sink.send(registry.read(), delivery)
    const text = readFileSync(join(folder, 'a b.json'), 'utf8')
    assert.match(text, /^\{\n {2}"version": 1/)
    assert.deepEqual(
      parseJson(text).families.map(({ name }) => name),
      ['jobs'],
    )
  })
})

test('the text for node_exporter has no exemplars, ends in a line feed, and its name must end in .prom', async (t) => {
  const folder = newFolder(t)
  const sink = textfile(`textfile://${folder}/app.prom`, { defaultLabels: { job: 'shop' } })
  const registry = new Registry()
  registry.counter('jobs', { exemplars: true }).addWithExemplar(1, { trace_id: 'abc' })
  await sink.send(registry.read(), delivery)
  const text = readFileSync(join(folder, 'app.prom'), 'utf8')
  assert.match(text, /^jobs_total\{job="shop"\} 1\n/m)
  assert.doesNotMatch(text, /trace_id| # /)
  assert.throws(() => textfile('textfile:///tmp/app.txt'), { code: 'PLIMSOLL_OPTION_INVALID' })
})

test('a URL without the host or the path that its scheme needs is an error that says so', async () => {
  const hosts = [
    'graphite',
    'graphite+udp',
    'graphite+pickle',
    'statsd',
    'statsd+tcp',
    'otlp+http',
    'remote-write+http',
  ]
  for (const scheme of [...hosts, 'remote-write+https', 'pushgateway+http', 'pushgateway+https', 'otlp+https']) {
    for (const rest of ['', 'x', '/x', '//', '///x', '?prefix=a']) {
      const expected = { code: 'PLIMSOLL_OPTION_INVALID', message: /Expected a host, as in [a-z+-]+:\/\/127\.0\.0\.1/ }
      await assert.rejects(openSink(`${scheme}:${rest}`), expected, `${scheme}:${rest}`)
    }
    await assert.doesNotReject(openSink(`${scheme}://[::1]:9`))
  }
  for (const scheme of ['file', 'textfile', 'statsd+unix']) {
    for (const rest of ['', 'x.prom', '/', '//', '///', '//host', '//host/x.prom', '//./x.prom', '///folder/']) {
      const expected = { code: 'PLIMSOLL_OPTION_INVALID', message: /Expected an absolute path/ }
      await assert.rejects(openSink(`${scheme}:${rest}`), expected, `${scheme}:${rest}`)
    }
    for (const rest of ['/tmp/x.prom', '///tmp/x.prom']) {
      assert.equal((await openSink(`${scheme}:${rest}`)).name, `${scheme} /tmp/x.prom`)
    }
  }
  for (const to of ['stdout:x', 'stdout://x', 'otlp:/x', 'otlp://host:4318']) {
    await assert.rejects(openSink(to), { code: 'PLIMSOLL_OPTION_INVALID', message: /Expected "[a-z]+:" alone/ }, to)
  }
})

test('a URL or option that is not valid is an error with what would be', async () => {
  await assert.rejects(openSink('carbon://127.0.0.1'), /begins with file:/)
  await assert.rejects(openSink('file:///tmp/x?keep=many'), { code: 'PLIMSOLL_OPTION_INVALID' })
  await assert.rejects(openSink('file:///tmp/x?kep=3'), /Did you mean "keep"/)
  assert.throws(() => stdout('file:///tmp/x'), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => stream({} as never), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => report(new Registry(), [undefined as never]), { code: 'PLIMSOLL_OPTION_INVALID' })
})
