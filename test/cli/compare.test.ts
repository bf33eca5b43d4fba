import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Comparison } from 'plimsoll/compare'
import { formatJson } from 'plimsoll/formats'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { flushOwn } from '#src/page/own-pages.ts'
import { newWriter } from '../fleet/pages.ts'
import { newFolder, plimsoll, publisher } from './processes.ts'

function formatJsonOf(families: readonly FamilySnapshot[], takenAt: number): string {
  return formatJson({ version: 1, takenAt, pages: [], families })
}

/** A folder with what three servers wrote. */
function servers(t: TestContext): string {
  const folder = newFolder(t)
  const write = (name: string, version: string, hits: number, errors: number, takenAt = 1000): void => {
    const head = { unit: '', help: '', labelNames: [] }
    const series = [
      { labels: { route: '/', status: '200' }, value: hits },
      { labels: { route: '/x', status: '503' }, value: errors },
    ]
    const buckets = { bounds: [0.1, 1], counts: [hits, errors, 0] }
    const families: FamilySnapshot[] = [
      { ...head, name: 'app.version', kind: 'text', series: [{ labels: {}, value: version }] },
      {
        ...head,
        name: 'http.latency',
        kind: 'timer',
        unit: 's',
        series: [{ labels: {}, count: hits + errors, sum: hits * 0.05, buckets }],
      },
      { ...head, name: 'http.requests', kind: 'counter', labelNames: ['route', 'status'], series },
    ]
    writeFileSync(join(folder, `${name}.json`), formatJsonOf(families, takenAt))
  }
  write('web-1', '1.9.0', 90, 10)
  write('web-2', '1.10.0', 40, 0)
  write('web-10', '1.10.0', 70, 30)
  return folder
}

test('processes without a number of a worker are so named in a comparison by worker', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  const { stdout: json } = await plimsoll('show', 'shop', '--by', 'worker', '--json', '--dir', folder)
  writeFileSync(join(folder, 'web-1.json'), json)
  const { stdout } = await plimsoll('compare', join(folder, 'web-1.json'), '--sum', 'http.requests', '--by', 'worker')
  assert.equal(stdout, 'http.requests{worker=(none)}  counter\n  sum  5  1 source\n')
})

test('compare shows an overview of all metrics of a folder of snapshots', async (t) => {
  assert.deepEqual(await plimsoll('compare', servers(t)), {
    status: 0,
    stdout: `app.version  text
  inverse  1.9.0   web-1
           1.10.0  web-2, web-10

http.latency  timer
  p50       60 ms  3 sources
  p90      460 ms  3 sources
  p99      955 ms  3 sources
  max p99  970 ms  web-10

http.requests  counter
  sum  240  3 sources
  max  100  web-1
`,
    stderr: '',
  })
})

test('an overview keeps apart time that was idle, and adds up all other time by its labels', async (t) => {
  const folder = newFolder(t)
  const family = (name: string, label: string, values: Record<string, number>): FamilySnapshot => ({
    name,
    kind: 'counter',
    unit: 's',
    help: '',
    labelNames: [label],
    series: Object.entries(values).map(([value, seconds]) => ({ labels: { [label]: value }, value: seconds })),
  })
  const write = (name: string, active: number): void => {
    const families = [
      family('cpu', 'mode', { user: active, system: 1 }),
      family('loop', 'state', { active, idle: 100 - active }),
    ]
    writeFileSync(join(folder, `${name}.json`), formatJsonOf(families, 1000))
  }
  write('a', 10)
  write('b', 40)
  const { stdout } = await plimsoll('compare', folder)
  assert.equal(
    stdout,
    `cpu  counter
  sum  52 s  2 sources
  max  41 s  b

loop{state=active}  counter
  sum  50 s  2 sources
  max  40 s  b

loop{state=idle}  counter
  sum  2.50 min  2 sources
  max  1.50 min  a
`,
  )
})

test('compare computes what is asked for, over labels, patterns and statistics', async (t) => {
  const rules = ['--sum', 'http.requests{status=~"5.."}', '--sorted', 'http.req*{route="/"}', '--max', '*.latency.p90']
  const { status, stdout, stderr } = await plimsoll('compare', servers(t), ...rules, '--average', 'http.latency.count')
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.equal(
    stdout,
    `http.requests  counter
  sum  40  3 sources

http.latency  timer
  average count      80  3 sources
  max p90        700 ms  web-10

http.requests{route=/}  counter
  sorted  90  web-1
          70  web-10
          40  web-2
`,
  )
})

test('compare --json is one line of plain data, with a result for each value of a label that is kept apart', async (t) => {
  const { status, stdout } = await plimsoll('compare', servers(t), '--json', '--by', 'status', '--sum', 'http.requests')
  assert.equal(status, 0)
  assert.equal(stdout.indexOf('\n'), stdout.length - 1)
  const { sources, results } = JSON.parse(stdout) as Comparison
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['web-1', 'web-2', 'web-10'],
  )
  assert.deepEqual(
    results.map((result) => [result.labels, result.compute === 'sum' && result.value]),
    [
      [{ status: '200' }, 200],
      [{ status: '503' }, 40],
    ],
  )
})

test('compare takes the processes of this machine as sources where no files are named', async (t) => {
  const folder = newFolder(t)
  const a = await publisher(t, folder, 'shop', 'queue 3', 'count 1')
  const b = await publisher(t, folder, 'shop', 'queue 9', 'count 1')
  const dead = await publisher(t, folder, 'shop', 'queue 100', 'count 5')
  await publisher(t, folder, 'mail', 'queue 50')
  await dead.kill()
  const { status, stdout, stderr } = await plimsoll(
    'compare',
    'shop',
    '--dir',
    folder,
    '--sorted',
    'queue.length',
    '--max',
    'http.requests',
  )
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  assert.equal(
    stdout,
    `http.requests  counter
  max  5  shop ${dead.pid}

queue.length  gauge
  sorted  9  shop ${b.pid}
          3  shop ${a.pid}
`,
  )
})

test('bad files, unknown metrics and old snapshots are told, and all the rest is shown', async (t) => {
  const folder = servers(t)
  writeFileSync(join(folder, 'bad.json'), '{"version":')
  writeFileSync(join(folder, 'old.json'), formatJsonOf([], 10))
  const { status, stdout, stderr } = await plimsoll(
    'compare',
    folder,
    '--sum',
    'http.requests',
    '--max',
    'http.request',
    '--sum',
    'app.version',
  )
  assert.equal(status, 1)
  assert.equal(stdout, 'http.requests  counter\n  sum  240  3 sources\n')
  const [bad, version, request, old, end] = stderr.split('\n')
  assert.match(bad ?? '', /PLIMSOLL_SNAPSHOT_UNREADABLE Cannot read the snapshots in \S+bad\.json/)
  assert.match(
    version ?? '',
    /--sum for plimsoll compare: "app\.version"\. Expected --inverse or --count for .*kind: text\)\./,
  )
  assert.match(
    request ?? '',
    /PLIMSOLL_FIELD_UNKNOWN .*"http\.request": no page contains it\. Did you mean "http\.requests"/,
  )
  assert.equal(old, 'plimsoll: old is 16m30s older than the newest.')
  assert.equal(end, '')
})

test('labels that no series has are reported with what there is', async (t) => {
  const { status, stderr } = await plimsoll('compare', servers(t), '--sum', 'http.requests{status=418}')
  assert.equal(status, 1)
  assert.match(stderr, /PLIMSOLL_LABELS_UNKNOWN No series has the labels of "http\.requests\{status=418\}"\. /)
})

test('rules that cannot be are refused with code 2 before anything is shown', async (t) => {
  const folder = servers(t)
  const refused = async (rule: readonly string[], message: RegExp): Promise<void> => {
    const { status, stdout, stderr } = await plimsoll('compare', folder, ...rule)
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' })
    assert.match(stderr, message)
  }
  await refused(
    ['--average', 'http.latency.p99'],
    /--average for plimsoll compare: "http\.latency\.p99"\. Expected --quantiles http\.latency, as quantiles of several/,
  )
  await refused(['--sum', 'http.latency{route=/}.p99.9'], /Expected --quantiles http\.latency\{route=\/\},/)
  await refused(['--sum', 'http.requests{status'], /--sum for plimsoll compare: "http\.requests\{status".*label=value/)
  await refused(['--sum', 'http.requests{status=~"("}'], /Expected a regular expression in place of "\("/)
  await refused(['--sum', ''], /--sum for plimsoll compare: no value/)
  await refused(['--median', 'x'], /Unknown option "--median"/)
})

test('nothing to compare is told and is no failure', async (t) => {
  assert.deepEqual(await plimsoll('compare', newFolder(t)), {
    status: 0,
    stdout: '',
    stderr: 'plimsoll: there is nothing to compare.\n',
  })
})

test('compare says of a gauge whose processes are all gone that they are, and not that nobody knows it', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'count 5', 'queue 2')
  await shop.kill()
  const { stdout, stderr } = await plimsoll(
    'compare',
    '--max',
    'queue.length',
    '--sum',
    'http.requests',
    '--dir',
    folder,
  )
  assert.match(stdout, /^http\.requests .*\n +sum +5 +1 source\n$/)
  assert.equal(stderr, 'plimsoll: "queue.length" is about the present, and all processes that had it are gone.\n')
})

test('a gauge that is a time has it as a date', async (t) => {
  const folder = newFolder(t)
  const { file, registry } = newWriter(t, folder)
  registry.gauge('begun', { unit: 's' }).set(Date.UTC(2026, 10, 26, 12, 30, 5) / 1000)
  flushOwn(file)
  const { stdout } = await plimsoll('compare', '--max', 'begun', '--dir', folder)
  assert.match(stdout, /max +2026-11-26 12:30:05 UTC +shop/)
})
