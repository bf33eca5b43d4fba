import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { needsPackage } from '../support/debian.ts'
import { cleanEnvironment, newApp, newFolder, run, write, writers } from './apps.ts'
import { installed } from './install.ts'

const server = `import { publish } from 'plimsoll'\npublish()\nsetInterval(() => {}, 1000)\n`
const isModule = { type: 'module' }
const toAll = { NODE_OPTIONS: '--import plimsoll/register' }

/** App, worker and thread of each writer. */
function names(dir: string): string[] {
  return writers(dir).map(({ app, worker, tid }) =>
    [app, worker, tid === 0 ? undefined : 'thread'].filter(Boolean).join(' '),
  )
}

/** Waits until something is so, for half a minute at most. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !isSo(); tries++) await delay(100)
}

/** Starts a program, which is killed after the test. */
function start(t: TestContext, program: string, args: readonly string[], cwd: string, env = {}): void {
  const child = spawn(program, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
}

test('PM2: each app has the name of its own package, in fork and in cluster mode, and its daemon is none', async (t) => {
  const { folder, cwd, dir, env } = newApp(
    t,
    {
      'shop/package.json': { name: 'shop', ...isModule },
      'shop/server.js': server,
      'mail/package.json': { name: 'mail', ...isModule },
      'mail/server.js': server,
      'silent/package.json': { name: 'silent', ...isModule },
      'silent/server.js': 'setInterval(() => {}, 1000)',
    },
    installed('pm2', ['pm2@7.0.4']),
  )
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
  const pm2 = join(cwd, 'node_modules/pm2/bin/pm2')
  const register = join(cwd, 'node_modules/plimsoll/dist/register.cjs')
  // The daemon and its cluster take the options of Node from the shell that started PM2.
  const options = { cwd, env: { ...env, PM2_HOME: join(folder, 'pm2'), NODE_OPTIONS: `--import ${register}` } }
  try {
    run(process.execPath, [pm2, 'start', 'ecosystem.config.cjs'], options)
    await until(() => names(dir).length >= 5)
    assert.deepEqual(names(dir), ['mail 1', 'mail 0', 'shop 0', 'silent 0', 'third 0'].sort())
  } finally {
    run(process.execPath, [pm2, 'kill'], options)
  }
})

const redis = needsPackage('redis-server', 'redis-server')

test('BullMQ: the processes and threads of its sandbox are of the app, whether they publish or NODE_OPTIONS does', {
  skip: 'missing' in redis ? redis.missing : false,
}, async (t) => {
  const socket = join(newFolder(t), 'redis')
  start(t, 'path' in redis ? redis.path : '', ['--port', '0', '--unixsocket', socket, '--save', ''], '/')
  const files = {
    'package.json': { name: 'shop', ...isModule },
    'server.js': `import { Queue, Worker } from 'bullmq'
      const connection = { path: ${JSON.stringify(socket)} }
      const [,, processor] = process.argv
      for (const useWorkerThreads of [false, true]) {
        const name = processor.replace(/\\W/g, '-') + useWorkerThreads
        new Worker(name, processor, { connection, useWorkerThreads })
        await new Queue(name, { connection }).add('job', {})
      }`,
    'publishes.js': `import { counter, publish } from 'plimsoll'
      publish()
      export default async () => { counter('jobs').inc() }`,
    'silent.js': 'export default async () => {}',
  }
  const { cwd, dir, env } = newApp(t, files, installed('bullmq', ['bullmq@6.7.0', 'ioredis@5']))
  await until(() => existsSync(socket))
  start(t, process.execPath, ['server.js', join(cwd, 'publishes.js')], cwd, env)
  await until(() => names(dir).length >= 2)
  assert.deepEqual(names(dir), ['shop', 'shop thread'])
  start(t, process.execPath, ['server.js', join(cwd, 'silent.js')], cwd, { ...env, ...toAll })
  await until(() => names(dir).length >= 5)
  assert.deepEqual(names(dir), ['shop', 'shop', 'shop', 'shop thread', 'shop thread'])
})

test('Vitest: tests that publish do so as the app, in processes and in threads; Vitest itself publishes nothing', (t) => {
  const files = {
    'package.json': { name: 'shop', ...isModule },
    'publishes.test.js': `import { expect, test } from 'vitest'
      import { counter, publish } from 'plimsoll'
      import { readPage } from 'plimsoll/page'
      test('counts', () => {
        counter('jobs').add(3)
        const { families } = readPage(publish().file)
        expect(families.find(({ name }) => name === 'jobs').series[0].value).toBe(3)
      })`,
    'silent.test.js': `import { test } from 'vitest'\ntest('does nothing', () => {})`,
  }
  const { cwd, dir, env } = newApp(t, files, installed('vitest', ['vitest@4.1.12']))
  const vitest = join(cwd, 'node_modules/vitest/vitest.mjs')
  const options = { cwd, env: { ...env, ...toAll } }
  run(process.execPath, [vitest, 'run', '--pool=forks', 'publishes'], options)
  assert.deepEqual(names(dir), ['shop'])
  run(process.execPath, [vitest, 'run', '--pool=threads', 'publishes'], options)
  assert.deepEqual(names(dir), ['shop', 'shop thread'])
  for (const pool of ['forks', 'threads']) run(process.execPath, [vitest, 'run', `--pool=${pool}`, 'silent'], options)
  assert.deepEqual(names(dir), ['shop', 'shop thread'])
})
