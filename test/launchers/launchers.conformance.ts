import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { installPlimsoll, newFolder, run, write, writers } from './apps.ts'
import { installed } from './install.ts'

const server = `import { publish } from 'plimsoll'\npublish()\nsetInterval(() => {}, 1000)\n`
const isModule = { type: 'module' }

/** A folder of apps with plimsoll. */
function newApps(t: TestContext, files: Readonly<Record<string, string | object>>) {
  const folder = newFolder(t)
  const cwd = join(folder, 'app')
  const dir = join(folder, 'pages')
  mkdirSync(dir, { mode: 0o700 })
  write(cwd, files)
  installPlimsoll(cwd)
  return { folder, cwd, dir, env: { PLIMSOLL_DIR: dir } }
}

/** Waits until as many pages are there, for half a minute at most; gives app and worker of each. */
async function untilWriters(dir: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 300 && writers(dir).length < count; tries++) await delay(100)
  return writers(dir).map(({ app, worker, tid }) =>
    [app, worker, tid === 0 ? undefined : 'thread'].filter(Boolean).join(' '),
  )
}

test('PM2: each app has the name of its own package, in fork and in cluster mode, and its daemon is none', async (t) => {
  const tools = installed('pm2', ['pm2@7'])
  const { folder, cwd, dir, env } = newApps(t, {
    'shop/package.json': { name: 'shop', ...isModule },
    'shop/server.js': server,
    'mail/package.json': { name: 'mail', ...isModule },
    'mail/server.js': server,
    'silent/package.json': { name: 'silent', ...isModule },
    'silent/server.js': 'setInterval(() => {}, 1000)',
  })
  write(folder, {
    'alone/alone.mjs': server.replace("'plimsoll'", `'${join(cwd, 'node_modules/plimsoll/dist/index.js')}'`),
  })
  write(cwd, {
    'ecosystem.config.cjs': `module.exports = ${JSON.stringify({
      apps: [
        { name: 'first', script: 'shop/server.js', env },
        { name: 'second', script: 'mail/server.js', instances: 2, exec_mode: 'cluster', env },
        { name: 'third', script: join(folder, 'alone/alone.mjs'), env },
        { name: 'fourth', script: 'silent/server.js', instances: 1, exec_mode: 'cluster', env },
      ],
    })}`,
  })
  const pm2 = join(tools, 'node_modules/pm2/bin/pm2')
  const register = join(cwd, 'node_modules/plimsoll/dist/register.js')
  // The daemon and its cluster take the options of Node from the shell that started PM2.
  const options = { cwd, env: { ...env, PM2_HOME: join(folder, 'pm2'), NODE_OPTIONS: `--import ${register}` } }
  try {
    run(process.execPath, [pm2, 'start', 'ecosystem.config.cjs'], options)
    const found = await untilWriters(dir, 5)
    assert.deepEqual(found, ['mail 1', 'mail 0', 'shop 0', 'silent 0', 'third 0'].sort())
  } finally {
    run(process.execPath, [pm2, 'kill'], options)
  }
})
