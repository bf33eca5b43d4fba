import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type Files, newApp, run, write, writers } from './apps.ts'

const toAll = { NODE_OPTIONS: '--import plimsoll/register' }
const publishes = `import { publish } from 'plimsoll'\npublish()\n`

const shop = { name: 'shop', type: 'module', main: 'src/server.js' }

describe('An app is the package of its main script', () => {
  test('however Node is told of the script.', (t) => {
    const { folder, cwd, dir, env } = newApp(t, {
      'package.json': shop,
      'src/server.js': publishes,
      'plain/package.json': { type: 'commonjs' },
      'plain/server.js': `require('plimsoll').publish()`,
    })
    symlinkSync(join(cwd, 'src', 'server.js'), join(folder, 'shopd.js'))
    const node = process.execPath
    run(node, ['.'], { cwd, env })
    run(node, ['plain/server'], { cwd, env })
    run(node, [join(folder, 'shopd.js')], { cwd: '/', env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['shop', 'shop', 'shop'],
    )
  })

  test('as it is for a service of systemd: started in / with next to no environment.', (t) => {
    const { folder, cwd, dir } = newApp(t, { 'package.json': shop, 'src/server.js': '' })
    write(folder, { 'alone.js': '' })
    const register = join(cwd, 'node_modules', 'plimsoll', 'dist', 'register.cjs')
    const env = { HOME: '', PATH: '/usr/bin:/bin', PLIMSOLL_DIR: dir }
    for (const script of [join(cwd, 'src', 'server.js'), join(folder, 'alone.js')])
      run(process.execPath, ['--import', register, script], { cwd: '/', env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['alone', 'shop'],
    )
  })

  test('or that of the working directory, when the main script is below node_modules.', (t) => {
    const { folder, cwd, dir, env } = newApp(t, {
      'package.json': shop,
      'node_modules/pool/package.json': { name: 'pool', type: 'module' },
      'node_modules/pool/child.js': publishes,
    })
    run(process.execPath, ['node_modules/pool/child.js'], { cwd, env })
    run(process.execPath, [join(cwd, 'node_modules/pool/child.js')], { cwd: folder, env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['pool', 'shop'],
    )
  })

  test('for its worker threads, too, wherever their code is.', (t) => {
    const { cwd, dir, env } = newApp(t, {
      'package.json': shop,
      'src/server.js': `import { Worker } from 'node:worker_threads'
        for (const code of ['../node_modules/log/thread.js', 'data:text/javascript,']) new Worker(new URL(code, import.meta.url))
        new Worker("import('plimsoll').then(({ publish }) => publish())", { eval: true })`,
      'node_modules/log/package.json': { name: 'log', bin: './cli.js' },
      'node_modules/log/thread.js': '',
    })
    run(process.execPath, ['src/server.js'], { cwd, env: { ...env, ...toAll } })
    const found = writers(dir).map(({ app, tid }) => `${app} ${tid === 0 ? 'main' : 'thread'}`)
    assert.deepEqual(found, ['shop main', 'shop thread', 'shop thread', 'shop thread'])
  })

  test('and without a script it is node, whatever the arguments are.', (t) => {
    const { cwd, dir, env } = newApp(t, { 'package.json': shop, 'src/server.js': publishes })
    const named = ['--import', 'plimsoll/register', '--eval', '']
    run(process.execPath, [...named, join(cwd, 'src/server.js')], { cwd, env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['node'],
    )
  })
})

describe('With plimsoll/register in NODE_OPTIONS', () => {
  const tool = {
    'node_modules/tool/package.json': { name: 'tool', bin: { tool: './bin/tool.js' }, type: 'module' },
    'node_modules/tool/bin/tool.js': `#!/usr/bin/env node
      import { Worker } from 'node:worker_threads'
      import { fork } from 'node:child_process'
      new Worker(new URL('../worker.js', import.meta.url))
      fork(new URL('../worker.js', import.meta.url))`,
    'node_modules/tool/worker.js': '',
  }

  /** Links the command as npm does. */
  function withTool(t: TestContext, files: Files) {
    const app = newApp(t, { ...files, ...tool })
    mkdirSync(join(app.cwd, 'node_modules', '.bin'))
    chmodSync(join(app.cwd, 'node_modules/tool/bin/tool.js'), 0o755)
    symlinkSync('../tool/bin/tool.js', join(app.cwd, 'node_modules/.bin/tool'))
    return { ...app, env: { ...app.env, ...toAll } }
  }

  test('`npm start` publishes the app, and neither npm nor the tools that it runs first.', (t) => {
    const { cwd, dir, env } = withTool(t, {
      'package.json': { ...shop, scripts: { prestart: 'tool', start: 'node src/server.js' } },
      'src/server.js': '',
    })
    run('npm', ['start'], { cwd, env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['shop'],
    )
  })

  test('commands of packages, their threads and children publish nothing, by whatever name they are started.', (t) => {
    const { cwd, dir, env } = withTool(t, { 'package.json': shop, '.yarn/releases/yarn-4.9.1.cjs': '' })
    write(cwd, { 'node_modules/.bin/copied': '' })
    run('npx', ['--no-install', 'tool'], { cwd, env })
    for (const script of ['tool/bin/tool.js', '.bin/tool', '.bin/copied', '../.yarn/releases/yarn-4.9.1.cjs'])
      run(process.execPath, [join('node_modules', script)], { cwd, env })
    run(process.execPath, [resolve('node_modules', '.bin', 'tsc'), '--version'], { cwd, env })
    run('npm', ['--version'], { cwd, env })
    assert.deepEqual(writers(dir), [])
  })

  test('but a command publishes for the app where the command line names plimsoll/register.', (t) => {
    const { cwd, dir, env } = newApp(t, {
      'package.json': shop,
      'node_modules/web/package.json': { name: 'web', bin: './serve.js' },
      'node_modules/web/serve.js': '',
    })
    run(process.execPath, ['--import', 'plimsoll/register', 'node_modules/web/serve.js'], { cwd, env })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['shop'],
    )
  })
})
