import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { cleanEnvironment, installPlimsoll, newFolder, run, write, writers } from '../launchers/apps.ts'

const node = process.execPath

/** An app, the command as installed beside it, and where pages go. */
function newApp(t: TestContext, files: Readonly<Record<string, string | object>>) {
  const folder = newFolder(t)
  const cwd = join(folder, 'my "app"')
  const dir = join(folder, 'pages')
  mkdirSync(dir, { mode: 0o700 })
  write(cwd, { 'package.json': { name: 'shop', scripts: { start: 'node app.js' } }, ...files })
  installPlimsoll(cwd)
  const plimsoll = join(cwd, 'node_modules/plimsoll/dist/cli/main.cjs')
  const env = { ...cleanEnvironment(), PLIMSOLL_DIR: dir }
  const apps = (): string[] => writers(dir).map(({ app }) => app)
  return { folder, cwd, dir, plimsoll, env, apps }
}

test('plimsoll run passes input, output, arguments and exit code, and publishes what it ran', (t) => {
  const { folder, cwd, env, plimsoll, apps } = newApp(t, {
    'app.js': `process.stdin.on('data', (text) => console.log(process.argv.slice(2).join() + text))
      process.stdin.on('end', () => process.exit(7))`,
  })
  const args = ['run', '--app', 'named', '--', node, '--no-warnings', join(cwd, 'app.js'), '--port', '1']
  const { status, stdout, stderr } = spawnSync(node, [plimsoll, ...args], {
    cwd: folder,
    env,
    input: ' in',
    encoding: 'utf8',
  })
  assert.deepEqual({ status, stdout, stderr }, { status: 7, stdout: '--port,1 in\n', stderr: '' })
  assert.deepEqual(apps(), ['named'])
})

test('It publishes the app that npm starts, and not npm, and a tool that it starts itself', (t) => {
  const { cwd, env, plimsoll, apps } = newApp(t, {
    'app.js': '',
    'node_modules/web/package.json': { name: 'web', bin: './serve.js' },
    'node_modules/web/serve.js': `require('node:child_process').execFileSync(process.execPath, [__filename.replace('serve', 'other')])`,
    'node_modules/web/other.js': '',
  })
  run(node, [plimsoll, 'run', 'npm', 'start'], { cwd, env: env as Record<string, string> })
  assert.deepEqual(apps(), ['shop'])
  run(node, [plimsoll, 'run', '--', node, 'node_modules/web/serve.js'], { cwd, env: env as Record<string, string> })
  assert.deepEqual(apps(), ['shop', 'shop'])
})

test('It passes signals on, and ends as the command ends', async (t) => {
  const { cwd, env, plimsoll } = newApp(t, {
    'app.js': `process.on('SIGTERM', () => process.exit(3))
      process.on('SIGUSR2', () => process.kill(process.pid, 'SIGKILL'))
      setInterval(() => {}, 1000)
      console.log('started')`,
  })
  for (const [signal, end] of [
    ['SIGTERM', [3, null]],
    ['SIGUSR2', [null, 'SIGKILL']],
    ['SIGHUP', [null, 'SIGHUP']],
  ] as const) {
    const child = spawn(node, [plimsoll, 'run', node, 'app.js'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill(signal)
    assert.deepEqual(await exit, end)
  }
})

test('It reports what cannot be started as shells do', (t) => {
  const { cwd, env, plimsoll } = newApp(t, { 'app.js': '' })
  const ends = (...args: string[]): unknown[] => {
    const { status, stderr } = spawnSync(node, [plimsoll, 'run', ...args], { cwd, env, encoding: 'utf8' })
    return [status, stderr.split('\n')[0]]
  }
  assert.deepEqual(ends('--', './none'), [
    127,
    'plimsoll: command not found: "./none". It must be a path, or a program in one of the directories of PATH.',
  ])
  assert.deepEqual(ends('--', './app.js'), [
    126,
    'plimsoll: cannot run "./app.js": permission denied. Make it executable, or name the program that runs it.',
  ])
  assert.deepEqual(ends('app.js'), [
    127,
    'plimsoll: command not found: "app.js". Name the program that runs it: "plimsoll run -- node app.js".',
  ])
  assert.deepEqual(ends(), [2, 'plimsoll: missing command. Run "plimsoll run --help".'])
})
