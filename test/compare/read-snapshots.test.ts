import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Registry } from 'plimsoll'
import { readSnapshots } from 'plimsoll/compare'
import { formatJson } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-snapshots-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function snapshotOf(hits: number, app = 'shop'): Snapshot {
  const registry = new Registry()
  registry.counter('hits').add(hits)
  const life = { startedAt: 0, state: 'live', heartbeatAge: null } as const
  return { ...registry.read(), pages: [{ file: null, pid: 7, tid: 0, app, host: 'web', ...life }] }
}

/** How many hits each source has. */
function hitsOf(snapshots: ReadonlyMap<string, Snapshot>): Record<string, number> {
  const hits = ({ families }: Snapshot): number => {
    const family = families.find(({ name }) => name === 'hits')
    return family?.kind === 'counter' ? (family.series[0]?.value ?? 0) : 0
  }
  return Object.fromEntries([...snapshots].map(([name, snapshot]) => [name, hits(snapshot)]))
}

test('a folder is its JSON files, each a source; what is in folders below and other files are not', (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'web-1.json'), formatJson(snapshotOf(1)))
  writeFileSync(join(folder, 'web-2.json'), `${formatJson(snapshotOf(2), { indent: 2 })}\n`)
  writeFileSync(join(folder, 'notes.txt'), 'hello')
  mkdirSync(join(folder, 'old.json'))
  writeFileSync(join(folder, 'old.json', 'web-3.json'), formatJson(snapshotOf(3)))
  const { snapshots, failures } = readSnapshots(folder)
  assert.deepEqual(hitsOf(snapshots), { 'web-1': 1, 'web-2': 2 })
  assert.deepEqual(failures, [])
})

test('a file with a line for each app is a source for each, and files of one name go by their paths', (t) => {
  const folder = newFolder(t)
  const other = newFolder(t)
  writeFileSync(join(folder, 'a.json'), `${formatJson(snapshotOf(1))}\n${formatJson(snapshotOf(2, 'mail'))}\n`)
  writeFileSync(join(folder, 'b.json'), formatJson(snapshotOf(3)))
  writeFileSync(join(other, 'b.json'), formatJson(snapshotOf(4)))
  assert.deepEqual(hitsOf(readSnapshots(folder, other, join(folder, 'a.json')).snapshots), {
    'a/shop': 1,
    'a/mail': 2,
    [join(folder, 'b')]: 3,
    [join(other, 'b')]: 4,
  })
})

test('files that are damaged, cut short, empty, pipes or missing are told and hide no other', (t) => {
  const folder = newFolder(t)
  const whole = formatJson(snapshotOf(5))
  writeFileSync(join(folder, 'cut.json'), whole.slice(0, -20))
  writeFileSync(join(folder, 'empty.json'), '')
  writeFileSync(join(folder, 'good.json'), whole)
  writeFileSync(join(folder, 'other.json'), '{"version":2}')
  execFileSync('mkfifo', [join(folder, 'pipe.json')])
  const missing = join(folder, 'missing')
  const { snapshots, failures } = readSnapshots(folder, missing)
  assert.deepEqual(hitsOf(snapshots), { good: 5 })
  assert.deepEqual(
    failures.map(({ file, error }) => [file, error.code]),
    [missing, ...['cut', 'empty', 'other', 'pipe'].map((name) => join(folder, `${name}.json`))].map((file) => [
      file,
      'PLIMSOLL_SNAPSHOT_UNREADABLE',
    ]),
  )
  assert.match(failures[3]?.error.message ?? '', /other\.json: Invalid snapshot: version is 2/)
})
