import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { counter64, float64, mmstats, string } from 'plimsoll/mmstats'
import type { Result } from '#src/cli/result.ts'
import { run as command } from '#src/cli/run.ts'
import { field, fileOf } from '../mmstats/mmstats-file.ts'
import { main } from '../support/command.ts'
import { newFolder, plimsoll, terminal } from './processes.ts'

/** A directory with the file of a live writer, of one that is gone, and a cut one. */
function newDirectory(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-mmstats-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  const live = mmstats({ hits: counter64(), load: float64() }, { path: folder, filename: 'live.mmstats' })
  t.after(() => live.close())
  live.hits.inc(3)
  const gone = mmstats({ hits: counter64() }, { path: folder, filename: 'gone.mmstats' })
  gone.hits.inc(4)
  gone.close()
  writeFileSync(join(folder, 'cut.mmstats'), Buffer.from('0105006162', 'hex'))
  return folder
}

/** Runs a command in this process, as on a terminal. */
async function onTerminal(args: readonly string[]): Promise<AsyncIterable<Result>> {
  return (await command(args, terminal)) as AsyncIterable<Result>
}

/** In a process only where its environment is another one. */
async function run(args: readonly string[], env?: Readonly<Record<string, string>>) {
  if (env === undefined) return plimsoll(...args)
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], options)
  return { stdout, stderr, status }
}

test('The commands take mmstats files beside pages, and a damaged one hides no other', async (t) => {
  const folder = newDirectory(t)
  const registry = new Registry()
  registry.counter('own').inc()
  const publication = publish({ registry, dir: folder, app: 'page' })
  t.after(() => publication.close())
  const { stdout, stderr, status } = await run(['ls', '--json', '--dir', folder])
  // The process of the page waits for the command, so on a slow machine it is blocked.
  const found = JSON.parse(stdout.replaceAll('"blocked"', '"live"')) as { app: string; state: string }[]
  const rows = found.map(({ app, state }) => [app, state])
  assert.deepEqual(
    [rows, status],
    [
      [
        ['gone', 'exited'],
        ['live', 'live'],
        ['page', 'live'],
      ],
      1,
    ],
  )
  assert.match(stderr, /The mmstats file .*cut\.mmstats is damaged at field 0, byte 1/)
})

test('A file is shown by what is in it, whatever its name', async (t) => {
  const folder = newDirectory(t)
  const renamed = join(folder, 'renamed.page')
  writeFileSync(renamed, Buffer.from('01' + '0200616201004200070000', 'hex').fill(255, 8, 9))
  const { stdout, status } = await run(['show', renamed, '--json'])
  const [family] = (JSON.parse(stdout) as { families: { name: string; series: unknown }[] }).families
  assert.deepEqual([family?.name, family?.series, status], ['ab', [{ labels: {}, value: 7, processes: 1 }], 0])
})

test('Without a directory, files are those of MMSTATS_GLOB beside the own directory', async (t) => {
  const folder = newDirectory(t)
  const empty = join(folder, 'empty')
  mkdirSync(empty, { mode: 0o700 })
  const env = { PLIMSOLL_DIR: empty, MMSTATS_GLOB: `${folder}/[gl]*.mmstats` }
  const poll = await run(['poll', 'live', 'hits.total', '--count', '1', '--interval', '0.05'], env)
  const show = await run(['show', '--filter', 'hits', '--json'], env)
  const values = show.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).families[0].series[0].value)
  assert.deepEqual([values, show.status, poll.status, poll.stdout.trim().split('\t').at(-1)], [[4, 3], 0, 0, '3'])
})

test('Cleaning removes the files of writers that are gone, and no other', async (t) => {
  const folder = newDirectory(t)
  const { stdout, stderr, status } = await run(['clean', '--dir', folder])
  assert.deepEqual([readdirSync(folder), status], [['cut.mmstats', 'live.mmstats'], 1])
  assert.match(stdout, /removed +\S+gone\.mmstats +its writer has ended\n/)
  assert.match(stdout, /kept +\S+live\.mmstats +its writer is running\n/)
  assert.match(stderr, /cut\.mmstats was not removed: it has no process id/)
})

test('show prints the texts of a file too, those of a dead writer as well', async (t) => {
  const folder = newDirectory(t)
  const stats = mmstats({ state: string(32) }, { path: folder, filename: 'app.py-1-2.mmstats', labelPrefix: 'web.' })
  stats.state.set('warming up \u001b[2J')
  const file = stats.file as string
  stats.close()
  const { stdout, stderr, status } = await run(['show', file])
  assert.deepEqual([stderr, status], ['', 0])
  assert.ok(stdout.includes(`\n\nweb.state  text\n  (all)  warming up \ufffd[2J\n`), stdout)
  assert.ok(stdout.includes(`\n\nweb.org.node.version  text\n  (all)  ${process.version}\n`), stdout)
})

test('show prints the fields before a defect, the error, and ends with 1', async (t) => {
  const folder = newDirectory(t)
  const damaged = join(folder, 'damaged.mmstats')
  const bytes = fileOf(field('hits', 'Q', 0, `${'0'.repeat(16)}0700000000000000`), field('name', '2s', 255, '6162'))
  writeFileSync(damaged, Buffer.concat([bytes.subarray(0, bytes.indexOf('ab') + 2), Buffer.from('ffff', 'hex')]))
  const { stdout, stderr, status } = await run(['show', damaged, join(folder, 'live.mmstats'), '--filter', '[hn]*'])
  const both = await run(['show', damaged, join(folder, 'gone.mmstats')])
  assert.deepEqual([(await run(['show', damaged])).status, status, both.status], [1, 1, 1])
  assert.match(
    both.stdout,
    /^damaged .*\n\nhits {2}counter\n {2}\(all\) {2}7\n\nname {2}text\n {2}\(all\) {2}ab\n\ngone /,
  )
  assert.match(
    stderr,
    /^plimsoll: PLIMSOLL_MMSTATS_DAMAGED The mmstats file \S+damaged\.mmstats is damaged at field 2,/,
  )
  assert.deepEqual(stdout.match(/^\w+(?= {2})/gm), ['damaged', 'hits', 'name', 'live', 'hits'])
})

test('poll takes what pollstats took: short options, a prefix, filters, fields with commas, files without a field', async (t) => {
  const folder = newDirectory(t)
  rmSync(join(folder, 'cut.mmstats'))
  const open = (name: string, state: string, hits: number): void => {
    const options = { path: folder, filename: `job-${name}.mmstats`, labelPrefix: 'web.' }
    const stats = mmstats({ hits: counter64(), load: float64(), state: string(9) }, options)
    t.after(() => stats.close())
    stats.hits.inc(hits)
    stats.load.set(0.5)
    stats.state.set(state)
  }
  open('1-1', 'busy', 3)
  open('2-2', 'idle', 5)
  mmstats({ other: counter64() }, { path: folder, filename: 'job-3-3.mmstats' })
  const poll = async (...args: string[]): Promise<string[]> => {
    const { stdout, status } = await run(['poll', '--dir', folder, '-c', '1', '-d', '0.05', ...args])
    const [head = '', line = ''] = stdout.split('\n')
    return [String(status), ...head.split('\t').slice(3), ...line.split('\t').slice(3)]
  }
  assert.deepEqual(await poll('job', '-p', 'web.', 'hits.total,load', 'state'), [
    '1',
    'hits.total',
    'load',
    'state',
    '8',
    '1',
    '-',
  ])
  assert.deepEqual(await poll('job', '-p', 'web.', '-f', 'web.state=busy', 'hits.total,state'), [
    '0',
    'hits.total',
    'state',
    '3',
    'busy',
  ])
  assert.deepEqual(await poll('job', '-f', 'web.hits=5', 'web.hits.total'), ['0', 'web.hits.total', '5'])
  assert.deepEqual(await poll('-f', 'oth', '-f', 'web.hits=3', 'web.hits.total'), ['0', 'web.hits.total', '3'])
  assert.deepEqual((await run(['poll', '--dir', folder, '-f', 'nothing', 'web.hits'])).stderr.split('\n').slice(-2), [
    'plimsoll: no page has what --filter chooses.',
    '',
  ])
})

test('a page that fits the filter later brings no burst, stays when it fits no more, and its text gets room', async (t) => {
  const folder = newFolder(t)
  const open = (filename: string) => {
    const stats = mmstats({ hits: counter64(), state: string(40) }, { path: folder, filename })
    t.after(() => stats.close())
    stats.hits.inc(100)
    return stats
  }
  const first = open('job-1-1.mmstats')
  const second = open('job-2-2.mmstats')
  first.state.set('ready')
  second.state.set('warming up all caches, slowly')
  const args = ['poll', '--dir', folder, '-f', 'state=ready', '-d', '0.05', '-c', '4', 'hits.count', 'hits.total']
  const lines: string[] = []
  const steps = [(): void => second.state.set('ready'), (): void => second.hits.inc(7), (): void => first.state.set('')]
  for await (const { text } of await onTerminal(args)) {
    if (text === '') continue
    lines.push(...text.split('\n').filter((line) => /^\d/.test(line)))
    steps.shift()?.()
  }
  assert.deepEqual(
    lines.map((line) => line.split(/ +/).slice(1)),
    [
      ['1', '0', '100'],
      ['2', '0', '200'],
      ['2', '7', '207'],
      ['2', '0', '207'],
    ],
  )
  first.state.set('warming up all caches, slowly')
  let shown = ''
  for await (const { text } of await onTerminal([
    'poll',
    join(folder, 'job-1-1.mmstats'),
    '--dir',
    folder,
    'state',
    '-c1',
    '-d.05',
  ]))
    shown += text
  assert.match(shown, /\n[\d:]+ {5}1 {2}warming up all caches, …\n$/)
})

test('poll says why a text cannot be shown that several processes have', async (t) => {
  const folder = newDirectory(t)
  for (const name of ['1-1', '2-2']) {
    const stats = mmstats({ state: string(9) }, { path: folder, filename: `job-${name}.mmstats` })
    t.after(() => stats.close())
  }
  const { stderr, status } = await run(['poll', 'job', '--dir', folder, 'state', 'state.count', '-c1', '-d0.05'])
  assert.equal(status, 1)
  assert.match(
    stderr,
    /PLIMSOLL_FIELD_TEXTS The field "state" is a text, and 2 processes have one each\. Select one process/,
  )
  assert.match(
    stderr,
    /PLIMSOLL_OPTION_INVALID Invalid field for plimsoll poll: "state\.count"\. Expected "state" alone or with one of value \(kind: text\)/,
  )
})

test('clean looks at the files that are named, and at no other', async (t) => {
  const folder = newDirectory(t)
  const other = mmstats({ hits: counter64() }, { path: folder, filename: 'other.mmstats' })
  other.close()
  const { stdout, status } = await run(['clean', join(folder, 'gone.mmstats'), join(folder, 'live.mmstats')])
  assert.deepEqual([readdirSync(folder), status], [['cut.mmstats', 'live.mmstats', 'other.mmstats'], 0])
  assert.match(stdout, /\nremoved 1, kept 1\n$/)
  assert.equal((await run(['clean', '4711'])).status, 2)
})

test('clean removes what is left of files that were never finished', async (t) => {
  const folder = newDirectory(t)
  const left = join(folder, '.4711-0123abcd.mmstats-new')
  writeFileSync(left, Buffer.alloc(4096))
  utimesSync(left, 1, 1)
  const { stdout } = await run(['clean', '--dir', folder])
  assert.match(stdout, /removed +\S+\.4711-0123abcd\.mmstats-new +it was never finished\n/)
})
