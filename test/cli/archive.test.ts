import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fleet } from 'plimsoll/fleet'
import { ManualClock } from 'plimsoll/testing'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { follow, newFolder, plimsoll, publisher, terminal } from './processes.ts'

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
  const show = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await plimsoll('show', ...words, ...args)
    return stdout.match(/^[hq].*$/gm)?.map((line) => line.replace(/\{.*\}/, '')) ?? []
  }
  const sums = ['http_requests_total 21', 'queue_length 1']
  assert.deepEqual(await show('shop'), sums)
  assert.deepEqual(compact(folder), [dead.file])
  assert.ok(existsSync(dead.file))
  assert.deepEqual(await show('shop'), sums)
  // Its last gauges are still there for whoever names it.
  assert.deepEqual(await show(`${dead.pid}`), ['http_requests_total 20', 'queue_length 2'])
  assert.deepEqual(await show(dead.file), ['http_requests_total 20', 'queue_length 2'])
  assert.deepEqual(await show('shop', `${dead.pid}`), sums)
  type Row = [pid: number, state: string, archived: boolean | undefined]
  const list = async (): Promise<Row[]> => {
    const rows = JSON.parse((await plimsoll('ls', '--json', '--dir', folder)).stdout) as {
      pid: number
      state: string
      archived?: boolean
    }[]
    return rows.map(({ pid, state, archived }): Row => [pid, state, archived]).sort(([a], [b]) => a - b)
  }
  // How it ended is what matters, wherever its counts are.
  const rows: Row[] = [
    [live.pid, 'live', undefined],
    [dead.pid, 'killed', true],
  ]
  assert.deepEqual(
    await list(),
    rows.sort(([a], [b]) => a - b),
  )
  const piped = (await plimsoll('ls', '--dir', folder)).stdout
  assert.match(piped, new RegExp(`^ *${dead.pid} +0 +shop +killed .* yes +(chosen +)?\\S+\\.page$`, 'm'))
  assert.match(piped, new RegExp(`^ *${live.pid} +0 +shop +live .* - +(chosen +)?\\S+\\.page$`, 'm'))
  // One that is named is there once.
  assert.equal(JSON.parse((await plimsoll('ls', `${dead.pid}`, '--json', '--dir', folder)).stdout).length, 1)
  assert.match(
    (await plimsoll('doctor', `${dead.pid}`, '--dir', folder)).stdout,
    /\n1 note in 1 process or thread\.\n$/,
  )
  const recording = join(folder, 'shop.rec')
  assert.equal((await plimsoll('record', '-o', recording, '--for', '0.1', '-d', '0.1', '--dir', folder)).status, 0)
  const recorded = await plimsoll('show', `${dead.pid}`, '--file', recording, '--filter', 'http.requests')
  assert.match(recorded.stdout, new RegExp(`^shop {2}pid ${dead.pid}, killed .*\\b20$`, 'ms'))
  assert.equal((await plimsoll('clean', '--dir', folder)).status, 0)
  assert.ok(!existsSync(dead.file))
  assert.deepEqual(await show('shop'), sums)
  assert.match(
    (await plimsoll('show', 'shop', '--dir', folder)).stdout,
    new RegExp(`^shop {2}1 live, the archive: pid ${live.pid}\n`),
  )
  assert.deepEqual(await list(), [[live.pid, 'live', undefined]])
  const { stdout } = await plimsoll('show', 'shop', '--by', 'worker', ...args)
  assert.match(stdout, /^http_requests_total\{worker="archived",pid="",tid="",route="\/cart",status="200"\} 20$/m)
})

test('show of an app whose last process was killed has what that one was at, though its counts are in the archive', async (t) => {
  const folder = newFolder(t)
  for (const n of [1, 2]) await (await publisher(t, folder, 'shop', `count ${n}`, `queue ${n}`)).kill()
  const last = await publisher(t, folder, 'shop', 'count 20', 'queue 7', 'time 0.25')
  await last.kill()
  assert.equal(compact(folder).length, 3)
  const { text } = (await run(['show', 'shop', '--dir', folder], terminal)) as Result
  const [totals = '', own = ''] = text.split(/(?=^shop {2}pid)/m)
  assert.match(totals, /^shop {2}3 killed, the archive\n/)
  assert.match(totals, /http\.requests.* 23 +[\d.]+$/m)
  assert.doesNotMatch(totals, /queue/)
  assert.match(own, new RegExp(`^shop {2}pid ${last.pid}, killed after .*, last heartbeat .* ago\n`))
  assert.match(own, /killed by a signal, no sign of an error/)
  assert.match(own, /queue\.length +7$/m)
  assert.match(own, /http\.latency .*250 ms/)
  assert.match(own, /^ {2}ended +\d{4}-\d\d-\d\d/m)
  const piped = await plimsoll('show', 'shop', '--dir', folder, '--filter', 'queue')
  assert.match(piped.stdout, /queue\.length.* 7\n/s)
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
  assert.equal((await plimsoll('clean', '--dir', folder)).status, 0)
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
