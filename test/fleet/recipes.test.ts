import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ask, linesOf } from '../cli/scraping.ts'
import { mountDisk } from '../faults/disk.ts'

const docs = readFileSync('docs/fleet.md', 'utf8')
const app = fileURLToPath(new URL('fixtures/contained.js', import.meta.url))
const command = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
/** Of no user of a machine, and of nobody else's tests. */
const user = 41_003
/** The shell stays, so that the kernel ends all of a container with it. */
const apart = [
  ...['--pid', '--uts', '--fork', '--kill-child', 'sh', '-c', '"$0" "$@"; exit $?'],
  ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'],
]

function refusal(): string | false {
  if (process.geteuid?.() !== 0) return 'only root can start processes of other users'
  const { status, stderr } = spawnSync('unshare', [...apart, process.execPath, command, '--version'], {
    encoding: 'utf8',
  })
  return status === 0 ? false : `no namespaces to be had here: ${stderr ?? 'there is no unshare'}`
}
const skip = process.env['CI'] === 'true' ? false : refusal()

/** The recipe of the document that has this in it. */
function recipe(part: string): string {
  const all = [...docs.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
  const found = all.find((text) => text.includes(part))
  assert.ok(found, part)
  return found
}

/** Starts a program as a container would; gives its first line. */
async function run(t: TestContext, program: readonly string[], dir: string): Promise<string> {
  const env = { ...process.env, PLIMSOLL_DIR: dir, PLIMSOLL_APP: 'shop' }
  const child = spawn('unshare', [...apart, process.execPath, ...program], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return String(line)
}

/** The command of a recipe, but for address and port. */
function scrapeOf(text: string): string[] {
  const [, given = ''] = /command: (?:\[npx, plimsoll, )?(?:npx plimsoll )?(scrape[^\]\n]*)/.exec(text) ?? []
  const words = given.split(/[ ,]+/).map((word) => word.replaceAll("'", ''))
  assert.deepEqual(words, ['scrape', '--listen', '0.0.0.0', '--port', '9100'])
  return [command, 'scrape', '--listen', '127.0.0.1', '--port', '0']
}

/** A volume with the mode that a recipe makes, two apps on it and its `plimsoll scrape`; gives what that serves of jobs. */
async function serve(t: TestContext, dir: string, text: string): Promise<readonly string[]> {
  assert.match(text, /PLIMSOLL_DIR/)
  assert.equal(await run(t, [app, '', '1'], dir), 'ready 2')
  assert.equal(await run(t, [app, '', '20'], dir), 'ready 2')
  const answer = await ask(await run(t, scrapeOf(text), dir))
  assert.equal(answer.status, 200)
  return linesOf(answer, 'jobs_total')
}

test('the Deployment with a sidecar works as written: an emptyDir with fsGroup, and without', { skip }, async (t) => {
  const text = recipe('emptyDir')
  for (const [mode, group] of [
    [0o2777, user],
    [0o777, 0],
  ] as const) {
    const dir = mountDisk(t, 65_536)
    if (dir === undefined) return
    chownSync(dir, 0, group)
    chmodSync(dir, mode)
    assert.deepEqual(await serve(t, dir, text), ['jobs_total{app="shop"} 21'])
  }
})

test('the DaemonSet works as written: a directory of the node that an init container has opened', {
  skip,
}, async (t) => {
  const text = recipe('hostPath')
  const dir = mountDisk(t, 65_536)
  if (dir === undefined) return
  chmodSync(dir, 0o755)
  const [, command = ''] = /'(chmod \d+) \/metrics'/.exec(text) ?? []
  assert.equal(spawnSync(`${command} ${dir}`, { shell: true }).status, 0)
  assert.deepEqual(await serve(t, dir, recipe('emptyDir')), ['jobs_total{app="shop"} 21'])
})

test('the Compose file works as written: a volume in memory of mode 1777', { skip }, async (t) => {
  const text = recipe('driver_opts')
  const [, mode = '', size = ''] = /o: 'mode=(\d+),size=(\d+)m'/.exec(text) ?? []
  const dir = mountDisk(t, Number(size) * 1024, [`mode=${mode}`])
  if (dir === undefined) return
  assert.deepEqual(await serve(t, dir, text), ['jobs_total{app="shop"} 21'])
})
