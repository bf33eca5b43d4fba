import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { cleanEnvironment, installPlimsoll, newFolder, run, write } from '../launchers/apps.ts'

test('examples/server.mjs, which has no line about plimsoll, publishes what it does', async (t) => {
  const cwd = newFolder(t)
  write(cwd, { 'package.json': { name: 'example' } })
  installPlimsoll(cwd)
  cpSync('examples/server.mjs', join(cwd, 'server.mjs'))
  const command = join(cwd, 'node_modules/plimsoll/dist/cli/main.cjs')
  const dir = join(cwd, 'pages')
  const args = [command, 'run', '--dir', dir, '--', process.execPath, 'server.mjs']
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...cleanEnvironment(), PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGTERM'))
  const exit = once(child, 'exit')
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  for (let i = 0; i < 3; i++) await (await fetch(`${line.trim()}/hello`)).text()
  child.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
  const [file = ''] = listPages(dir)
  const { families, pages } = readPage(file)
  assert.equal(pages[0]?.app, 'example')
  const cpu = families.find(({ name }) => name === 'process.cpu.time')
  assert.ok(cpu?.kind === 'counter' && cpu.series.every(({ value }) => value >= 0))
  const shown = run(process.execPath, [command, 'show', '--dir', dir], { cwd }).stdout
  for (const name of ['process.memory.usage', 'nodejs.eventloop.utilization', 'nodejs.memory.heap.used'])
    assert.ok(shown.includes(name), shown)
})
