import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { systemClock } from '#src/clock.ts'
import { newFolder, publisher, terminal } from '../cli/processes.ts'
import { untilAsync } from '../faults/processes.ts'

const fixture = fileURLToPath(new URL('fixtures/conditions.js', import.meta.url))

/** V8 keeps new objects with the young ones, however many of their like have survived. */
const flags = ['--max-semi-space-size=8', '--no-allocation-site-pretenuring']

async function condition(t: TestContext, folder: string, what: string, root = ''): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...flags, fixture, folder, what, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(async () => {
    const gone = once(child, 'exit')
    if (child.kill('SIGKILL')) await gone
  })
  await once(child.stdout, 'data')
  return child
}

/** What the kernel says of a container with 20 MiB, which is less than any process has, that is throttled in 30 % of its periods. */
function container(root: string): string {
  const files = {
    'proc/self/cgroup': '0::/\n',
    'proc/self/mountinfo': '35 24 0:30 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n',
    'sys/fs/cgroup/memory.max': '20971520\n',
    'sys/fs/cgroup/memory.current': '20971520\n',
    'sys/fs/cgroup/cpu.max': '50000 100000\n',
    'sys/fs/cgroup/cpu.stat': 'nr_periods 200\nnr_throttled 60\nthrottled_usec 2500000\n',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

interface Found {
  readonly app: string
  readonly rule: string
  readonly text: string
}

test('doctor finds what goes on in a process: garbage collection, a late and a busy loop, failures, limits of a container', async (t) => {
  const folder = newFolder(t)
  const root = container(newFolder(t))
  await Promise.all([
    condition(t, folder, 'gc'),
    condition(t, folder, 'late'),
    condition(t, folder, 'busy'),
    condition(t, folder, 'failing'),
    condition(t, folder, 'container', root),
  ])
  const wanted: Readonly<Record<string, RegExp>> = {
    'gc gc': /^garbage collection took \d+ % of the last minute$/,
    'late loop-delay': /^event loop late by [\d.]+ m?s \(p99 of the last minute\)$/,
    'busy loop-busy': /^event loop busy \d+ % of the time$/,
    'failing server-errors': /^\d+ % of the requests of the last minute failed: \d+ responses from 500 on$/,
    'container container-memory': /^resident memory at \d+ % of the container's limit: [\d.]+ MiB of 20 MiB$/,
    'container throttled': /^throttled by its CPU limit in 30 % of all periods$/,
  }
  const seen = new Map<string, string>()
  await untilAsync('all of them', 20, async () => {
    const { text } = (await run(['doctor', '--json', '--dir', folder], { ...terminal, columns: undefined })) as Result
    for (const { app, rule, text: words } of JSON.parse(text) as Found[]) seen.set(`${app} ${rule}`, words)
    return Object.keys(wanted).every((key) => seen.has(key))
  }).catch((error) => assert.fail(`${error.message}: ${JSON.stringify([...seen])}`))
  for (const [key, words] of Object.entries(wanted)) assert.match(seen.get(key) ?? '', words)
})

test('doctor finds pages that nobody compacts, ten minutes after their processes have ended', async (t) => {
  const folder = newFolder(t)
  const processes = await Promise.all([publisher(t, folder, 'shop'), publisher(t, folder, 'shop')])
  await Promise.all(processes.map((one) => one.kill()))
  const doctor = (seconds: number): Promise<Result> => {
    const clock = { ...systemClock, unixTime: () => systemClock.unixTime() + seconds }
    return run(['doctor', '--dir', folder], { ...terminal, columns: 120, clock }) as Promise<Result>
  }
  assert.doesNotMatch((await doctor(500)).text, /compacts/)
  const { text, exitCode } = await doctor(700)
  assert.match(text, /^▲ 2 pages of ended processes that nobody compacts\n {2}Run "plimsoll clean", or read /m)
  assert.equal(exitCode, 1)
})
