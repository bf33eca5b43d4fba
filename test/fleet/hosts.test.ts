import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fleet } from 'plimsoll/fleet'
import { withProcesses } from 'plimsoll/snapshot'
import { plimsoll } from '../cli/processes.ts'
import { newFolder, newWriter, numbers } from './pages.ts'

const apart = ['--pid', '--uts', '--fork', '--kill-child']

/** An app in namespaces of its own, as in a container: process id 1, under a name of its own; in a pod, without one. */
async function startContainer(t: TestContext, dir: string, host: string | undefined, number: number): Promise<void> {
  const program = fileURLToPath(new URL('fixtures/contained.js', import.meta.url))
  const setName = 'echo "$0" > /proc/sys/kernel/hostname && exec "$@"'
  const named = host === undefined ? [] : ['sh', '-c', setName, host]
  const args = [...apart, ...named, process.execPath, program, dir, String(number)]
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [line] = await once(child.stdout, 'data')
  assert.equal(String(line), 'ready 1\n')
}

function refusal(): string | undefined {
  const { status, stderr } = spawnSync('unshare', [...apart, 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no namespaces to be had here: ${stderr ?? 'there is no unshare'}`
}

test('processes with one id in two containers are kept apart wherever each stands for itself', async (t) => {
  const refused = refusal()
  if (refused !== undefined && process.env.CI !== 'true') return t.skip(refused)
  const dir = newFolder(t)
  const shop = fleet('shop', { dir })
  const workers = fleet('shop', { dir, by: 'worker' })
  t.after(() => shop.close())
  t.after(() => workers.close())
  const processes = (): string[] => numbers(shop.read()).filter((line) => line.startsWith('memory'))

  await startContainer(t, dir, 'box-1', 10)
  assert.deepEqual(processes(), ['memory{"process":"1-0"} 10'], 'alone it needs no name')
  await startContainer(t, dir, 'box-2', 200)
  assert.deepEqual(processes().sort(), ['memory{"process":"box-1-1-0"} 10', 'memory{"process":"box-2-1-0"} 200'])

  const jobs = workers.read().families.find(({ name }) => name === 'jobs')
  assert.deepEqual(jobs?.series.map(({ labels }) => labels.host).sort(), ['box-1', 'box-2'])
  const { stdout } = await plimsoll('compare', 'shop', '--sorted', 'jobs', '--dir', dir)
  assert.match(stdout, /200 +shop box-2-\w+:1\n +10 +shop box-1-\w+:1\n/)
  return undefined
})

test('containers of one pod, with one host name and one process id, are kept apart without a label', async (t) => {
  const refused = refusal()
  if (refused !== undefined && process.env.CI !== 'true') return t.skip(refused)
  const dir = newFolder(t)
  const shop = fleet('shop', { dir })
  const workers = fleet('shop', { dir, by: 'worker' })
  t.after(() => shop.close())
  t.after(() => workers.close())
  await startContainer(t, dir, undefined, 10)
  await startContainer(t, dir, undefined, 200)
  const processes = numbers(shop.read()).filter((line) => line.startsWith('memory'))
  assert.deepEqual(processes.map((line) => line.split(' ')[1]).sort(), ['10', '200'])
  for (const line of processes) assert.match(line, new RegExp(`"process":"${hostname()}-\\w+-1-0"`))
  const jobs = workers.read().families.find(({ name }) => name === 'jobs')
  const hosts = new Set(jobs?.series.map(({ labels }) => labels.host))
  assert.equal(hosts.size, 2)
  const alive = withProcesses(shop.read()).families.find(({ name }) => name === 'plimsoll.processes')
  assert.deepEqual((alive?.series[0] as { value?: number } | undefined)?.value, 2)
  const { stdout } = await plimsoll('compare', 'shop', '--sorted', 'jobs', '--dir', dir)
  assert.match(stdout, /200 +shop \S+-\w+:1\n +10 +shop \S+-\w+:1\n/)
  return undefined
})

test('two pages of one process are one source to compare', async (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1)
  newWriter(t, dir, 2)
  const { stdout } = await plimsoll('compare', '--sorted', 'jobs', '--dir', dir)
  assert.match(stdout, new RegExp(` 9 +shop ${process.pid}\n$`))
})
