import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { readPage } from 'plimsoll/page'
import { cleanEnvironment, installPlimsoll, newFolder, run, write } from './apps.ts'
import { installed } from './install.ts'

const tools = installed('runtimes', ['bun@1', 'deno@2'])

/** Their packages begin to work with an install script, which is not run; the program itself is in a package by platform. */
function program(scope: string, name: string): string {
  const folder = readdirSync(join(tools, scope)).find((each) => each.includes('linux') && !each.includes('musl'))
  return join(tools, scope, folder ?? '', name)
}

const runtimes = [
  { name: 'bun', command: [program('@oven', 'bin/bun'), 'run'] },
  { name: 'deno', command: [program('@deno', 'deno'), 'run', '-A'] },
] as const

const app = `
import { counter, publish } from 'plimsoll'
const { file, error } = publish({ app: 'shop' })
counter('jobs').add(7)
console.log(file ?? error.message)
setInterval(() => {}, 1000)
`

for (const { name, command } of runtimes) {
  for (const page of ['mapped', 'written']) {
    test(`${name}: a ${page} page is read, and shown as killed at once; the commands run`, async (t) => {
      const cwd = newFolder(t)
      const dir = join(cwd, 'pages')
      mkdirSync(dir, { mode: 0o700 })
      write(cwd, { 'package.json': { name: 'shop', type: 'module' }, 'app.js': app })
      installPlimsoll(cwd)
      const env = { PLIMSOLL_DIR: dir, PLIMSOLL_PAGE: page }
      const [runtime, ...args] = command
      const child = spawn(runtime, [...args, 'app.js'], { cwd, env: { ...cleanEnvironment(), ...env } })
      t.after(() => child.kill('SIGKILL'))
      const [file] = await once(createInterface({ input: child.stdout }), 'line')
      const jobs = (): unknown => {
        const family = readPage(file).families.find((each) => each.name === 'jobs')
        return family?.kind === 'counter' ? family.series[0]?.value : undefined
      }
      for (let tries = 0; tries < 300 && jobs() !== 7; tries++) await delay(100)
      const state = (): unknown => readPage(file).pages[0]?.state
      assert.deepEqual([jobs(), state()], [7, 'live'])
      child.kill('SIGKILL')
      await once(child, 'exit')
      assert.equal(state(), 'killed')
      const main = join(cwd, 'node_modules/plimsoll/dist/cli/main.cjs')
      const plimsoll = (...given: string[]): string => run(runtime, [...args, main, ...given], { cwd, env }).stdout
      assert.match(plimsoll('ls'), / killed /)
      assert.match(plimsoll('clean'), /^removed .* its writer has ended\n/)
      assert.match(plimsoll('show', 'shop', '--prometheus', '--filter', 'jobs'), /^jobs_total 7$/m)
    })
  }
}
