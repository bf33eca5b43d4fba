import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fleet } from 'plimsoll/fleet'
import { ManualClock } from 'plimsoll/testing'
import { follow, newFolder, plimsoll, publisher } from './processes.ts'

/** Compacts what is gone in a folder now, as if its writers had been silent for a while; pages stay. */
function compact(folder: string): readonly string[] {
  const clock = new ManualClock(Date.now() / 1000 + 10)
  const folder10s = fleet(folder, { clock })
  const { archived, error } = folder10s.compact()
  folder10s.close()
  assert.equal(error, undefined)
  return archived
}

test('sums stay when pages are archived and removed, and no command counts a page twice', async (t) => {
  const folder = newFolder(t)
  const live = await publisher(t, folder, 'shop', 'count 1', 'queue 1')
  const dead = await publisher(t, folder, 'shop', 'count 20', 'queue 2')
  await dead.kill()
  const args = ['--dir', folder, '--filter', 'http.requests', '--filter', 'queue', '--prometheus']
  const show = (...words: string[]): string[] =>
    plimsoll('show', ...words, ...args)
      .stdout.match(/^[hq].*$/gm)
      ?.map((line) => line.replace(/\{.*\}/, '')) ?? []
  const sums = ['http_requests_total 21', 'queue_length 1']
  assert.deepEqual(show('shop'), sums)
  assert.deepEqual(compact(folder), [dead.file])
  assert.ok(existsSync(dead.file))
  assert.deepEqual(show('shop'), sums)
  // Its last gauges are still there for whoever names it.
  assert.deepEqual(show(`${dead.pid}`), ['http_requests_total 20', 'queue_length 2'])
  assert.deepEqual(show(dead.file), ['http_requests_total 20', 'queue_length 2'])
  assert.deepEqual(show('shop', `${dead.pid}`), sums)
  const list = (): [number, string][] => {
    const rows = JSON.parse(plimsoll('ls', '--json', '--dir', folder).stdout) as { pid: number; state: string }[]
    return rows.map(({ pid, state }): [number, string] => [pid, state]).sort(([a], [b]) => a - b)
  }
  const rows: [number, string][] = [
    [live.pid, 'live'],
    [dead.pid, 'archived'],
  ]
  assert.deepEqual(
    list(),
    rows.sort(([a], [b]) => a - b),
  )
  assert.equal(plimsoll('clean', '--dir', folder).status, 0)
  assert.ok(!existsSync(dead.file))
  assert.deepEqual(show('shop'), sums)
  assert.match(
    plimsoll('show', 'shop', '--dir', folder).stdout,
    new RegExp(`^shop {2}1 live, the archive: pid ${live.pid}\n`),
  )
  assert.deepEqual(list(), [[live.pid, 'live']])
  const { stdout } = plimsoll('show', 'shop', '--by', 'worker', ...args)
  assert.match(stdout, /^http_requests_total\{worker="archived",pid="",tid="",route="\/cart",status="200"\} 20$/m)
})

test('poll counts what a page counted between its last look and its death, also when it is cleaned before the next', async (t) => {
  const folder = newFolder(t)
  const worker = await publisher(t, folder, 'shop', 'count 5')
  const stays = await publisher(t, folder, 'shop', 'count 100')
  const poll = follow(t, 'poll', 'http.requests.count', 'http.requests.total', '--interval', '0.8', '--dir', folder)
  await poll.next()
  const [, , , count, total] = (await poll.next()).split('\t')
  assert.deepEqual([count, total], ['0', '105'])
  await worker.order('count 7')
  await worker.kill()
  assert.equal(plimsoll('clean', '--dir', folder).status, 0)
  await stays.order('count 1000')
  let counted = 0
  let last = 0
  while (last < 1112) {
    const line = (await poll.next()).split('\t')
    counted += Number(line[3])
    last = Number(line[4])
    assert.equal(105 + counted, last)
  }
  assert.equal(last, 1112)
})
