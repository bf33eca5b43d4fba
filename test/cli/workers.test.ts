import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { isWritten } from '../support/written.ts'
import { follow, newFolder, plimsoll, publisher } from './processes.ts'

test('ls lists the numbers of workers and the labels of processes, where there are any', async (t) => {
  const folder = newFolder(t)
  const instance = process.env.NODE_APP_INSTANCE
  process.env.NODE_APP_INSTANCE = '3'
  const registry = new Registry()
  registry.counter('jobs').add(1)
  const publication = publish({ registry, app: 'jobs', dir: folder, labels: { queue: 'mails', zone: 'b' } })
  t.after(() => publication.close())
  if (instance === undefined) delete process.env.NODE_APP_INSTANCE
  else process.env.NODE_APP_INSTANCE = instance
  await publisher(t, folder, 'shop')
  const [head = '', jobs = '', shop = ''] = (await plimsoll('ls', '--dir', folder)).stdout.split('\n')
  const [column, chosen] = isWritten ? ['WRITTEN  ', 'chosen   '] : ['', '']
  assert.match(head, new RegExp(`BEAT {2}WORKER {2}${column}LABELS {14}FILE$`))
  assert.match(jobs, new RegExp(` 3 {2}${chosen}queue=mails zone=b {2}\\S+\\.page$`))
  assert.match(shop, new RegExp(` - {2}${chosen} {20}\\S+\\.page$`))
  const [first, second] = JSON.parse((await plimsoll('ls', '--json', '--dir', folder)).stdout)
  assert.deepEqual([first.worker, first.labels], ['3', { queue: 'mails', zone: 'b' }])
  assert.deepEqual([second.worker, second.labels], [undefined, undefined])
})

test('show --by worker keeps processes and threads apart, also those that are gone', async (t) => {
  const folder = newFolder(t)
  const a = await publisher(t, folder, 'shop', 'count 5', 'queue 1', 'thread')
  const b = await publisher(t, folder, 'shop', 'count 7', 'queue 2')
  await b.kill()
  const args = ['show', 'shop', '--by', 'worker', '--prometheus', '--dir', folder]
  const { status, stdout, stderr } = await plimsoll(...args, '--filter', 'http.requests', '--filter', 'queue')
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
  const requests = (pid: number, tid: number, count: number): string =>
    `http_requests_total{worker="",pid="${pid}",tid="${tid}",route="/cart",status="200"} ${count}`
  const lines = stdout.split('\n')
  const expected = [requests(a.pid, 0, 5), requests(a.pid, 1, 100), requests(b.pid, 0, 7)]
  assert.deepEqual(lines.filter((line) => line.startsWith('http_requests')).sort(), expected.sort())
  const queues = lines.filter((line) => line.startsWith('queue_length')).sort()
  assert.deepEqual(queues, [0, 1].map((tid) => `queue_length{worker="",pid="${a.pid}",tid="${tid}"} ${1 - tid}`).sort())
})

test('poll --by worker has a line for each worker, until the one after its death', async (t) => {
  const folder = newFolder(t)
  const a = await publisher(t, folder, 'shop', 'count 1')
  const b = await publisher(t, folder, 'shop', 'count 1')
  const names = [a, b].map(({ pid }) => `shop ${pid}`)
  const poll = follow(t, 'poll', 'http.requests.total', '--by', 'worker', '--interval', '0.1', '--dir', folder)
  assert.equal(await poll.next(), 'time\tapp\tlive\thttp.requests.total')
  const seen = async (): Promise<string[]> => (await poll.next()).split('\t').slice(1)
  const both = [await seen(), await seen()].sort()
  assert.deepEqual(both, names.map((name) => [name, '1', '1']).sort())
  await b.order('count 7')
  await b.kill()
  let last: string[] = []
  for (let line = await seen(); line[1] === '1' || line[0] !== names[1]; line = await seen()) last = line
  assert.equal(last[0], names[0])
  for (let i = 0; i < 4; i++) assert.equal((await seen())[0], names[0])
})

test('--by takes nothing but worker', async () => {
  for (const command of ['show', 'poll']) {
    const { status, stderr } = await plimsoll(command, '--by', 'pid')
    assert.equal(status, 2)
    assert.match(stderr, /Invalid --by for plimsoll (show|poll): pid\. Expected worker\./)
  }
})
