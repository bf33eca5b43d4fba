import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { publish, Registry } from 'plimsoll'
import { counter64, float64, mmstats } from 'plimsoll/mmstats'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** A directory with the file of a live writer, of one that is gone, and a cut one. */
function newDirectory(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-mmstats-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const live = mmstats({ hits: counter64(), load: float64() }, { path: folder, filename: 'live.mmstats' })
  t.after(() => live.close())
  live.hits.inc(3)
  const gone = mmstats({ hits: counter64() }, { path: folder, filename: 'gone.mmstats' })
  gone.hits.inc(4)
  gone.close()
  writeFileSync(join(folder, 'cut.mmstats'), Buffer.from('0105006162', 'hex'))
  return folder
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { stdout, stderr, status }
}

test('The commands take mmstats files beside pages, and a damaged one hides no other', (t) => {
  const folder = newDirectory(t)
  const registry = new Registry()
  registry.counter('own').inc()
  const publication = publish({ registry, dir: folder, app: 'page' })
  t.after(() => publication.close())
  const { stdout, stderr, status } = run(['ls', '--json', '--dir', folder])
  const rows = (JSON.parse(stdout) as { app: string; state: string }[]).map(({ app, state }) => [app, state])
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

test('A file is shown by what is in it, whatever its name', (t) => {
  const folder = newDirectory(t)
  const renamed = join(folder, 'renamed.page')
  writeFileSync(renamed, Buffer.from('01' + '0200616201004200070000', 'hex').fill(255, 8, 9))
  const { stdout, status } = run(['show', renamed, '--json'])
  const [family] = (JSON.parse(stdout) as { families: { name: string; series: unknown }[] }).families
  assert.deepEqual([family?.name, family?.series, status], ['ab', [{ labels: {}, value: 7, processes: 1 }], 0])
})

test('Without a directory, files are those of MMSTATS_GLOB beside the own directory', (t) => {
  const folder = newDirectory(t)
  const empty = join(folder, 'empty')
  mkdirSync(empty, { mode: 0o700 })
  const env = { PLIMSOLL_DIR: empty, MMSTATS_GLOB: `${folder}/[gl]*.mmstats` }
  const poll = run(['poll', 'live', 'hits.total', '--count', '1', '--interval', '0.05'], env)
  const show = run(['show', '--filter', 'hits', '--json'], env)
  const values = show.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).families[0].series[0].value)
  assert.deepEqual([values, show.status, poll.status, poll.stdout.trim().split('\t').at(-1)], [[4, 3], 0, 0, '3'])
})

test('Cleaning removes the files of writers that are gone, and no other', (t) => {
  const folder = newDirectory(t)
  const { stdout, stderr, status } = run(['clean', '--dir', folder])
  assert.deepEqual([readdirSync(folder), status], [['cut.mmstats', 'live.mmstats'], 1])
  assert.match(stdout, /removed +\S+gone\.mmstats +its writer is gone\n/)
  assert.match(stdout, /kept +\S+live\.mmstats +its writer lives\n/)
  assert.match(stderr, /cut\.mmstats was kept: it has no id of a process/)
})
