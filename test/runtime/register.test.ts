import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { cleanEnvironment, installPlimsoll, newFolder, run, write, writers } from '../launchers/apps.ts'

const node = process.execPath

/** The folder of an app, and where its pages go. */
function newApp(t: TestContext, files: Readonly<Record<string, string | object>>) {
  const folder = newFolder(t)
  const cwd = join(folder, 'my app')
  const dir = join(folder, 'pages')
  mkdirSync(dir, { mode: 0o700 })
  write(cwd, { 'package.json': { name: 'shop' }, ...files })
  installPlimsoll(cwd)
  const register = join(cwd, 'node_modules/plimsoll/dist/register.cjs')
  const toAll = { PLIMSOLL_DIR: dir, NODE_OPTIONS: `--require "${register}"` }
  return { folder, cwd, dir, register, env: { PLIMSOLL_DIR: dir }, toAll }
}

function familiesOf(dir: string): string[] {
  return listPages(dir).flatMap((file) => readPage(file).families.map(({ name }) => name))
}

describe('plimsoll/register publishes what an app does', () => {
  test('by its name or its path, with --require, with --import and in NODE_OPTIONS, from any directory.', (t) => {
    const { cwd, dir, register, env, toAll } = newApp(t, { 'app.js': '' })
    const url = `file://${register.replace(/cjs$/, 'js').replace(' ', '%20')}`
    const app = join(cwd, 'app.js')
    run(node, ['--require', 'plimsoll/register', app], { cwd, env })
    run(node, ['--import', 'plimsoll/register', app], { cwd, env })
    run(node, ['--require', register, app], { cwd: '/', env })
    run(node, ['--import', url, app], { cwd: '/', env })
    run(node, [app], { cwd: '/', env: toAll })
    assert.equal(writers(dir).length, 5)
    const wanted = [
      'process.cpu.time',
      'nodejs.memory.heap.used',
      'nodejs.eventloop.iterations',
      'nodejs.uncaught_exceptions',
    ]
    for (const name of wanted) assert.equal(familiesOf(dir).filter((one) => one === name).length, 5, name)
  })

  test('in worker threads: evaluated ones, ones without environment, ones without options, and theirs.', (t) => {
    const { cwd, dir, toAll, env } = newApp(t, {
      'app.js': `const { Worker } = require('node:worker_threads')
        const nested = "new (require('node:worker_threads').Worker)('', { eval: true })"
        for (const options of [{}, { env: {} }, { execArgv: [] }]) new Worker(nested, { eval: true, ...options })`,
    })
    const threads = (): string[] => writers(dir).map(({ app, tid }) => `${app} ${tid === 0 ? 'main' : 'thread'}`)
    // An empty environment has no NODE_OPTIONS either, and no options of its own are none of the command line.
    run(node, ['--require', 'plimsoll/register', 'app.js'], { cwd, env: { ...env, PLIMSOLL_APP: 'named' } })
    assert.deepEqual(threads(), ['named main', ...Array(4).fill('named thread')])
    run(node, ['app.js'], { cwd, env: { ...toAll, PLIMSOLL_APP: 'other' } })
    assert.deepEqual(threads().slice(5), ['other main', ...Array(4).fill('other thread')])
  })

  test('not in the thread in which Node runs hooks for modules, such as those of tsx.', (t) => {
    const { cwd, dir, env } = newApp(t, {
      'hooks.mjs': 'export const load = (url, context, next) => next(url, context)',
      'hook.mjs': `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url)`,
      'app.mjs': `import { Worker } from 'node:worker_threads'; new Worker('', { eval: true })`,
    })
    run(node, ['--require', 'plimsoll/register', '--import', './hook.mjs', 'app.mjs'], { cwd, env })
    assert.equal(writers(dir).length, 2)
  })

  test('and of threads that it ends itself says that they exited; of one that an error ends, that it was killed.', (t) => {
    const endless = `require('node:worker_threads').parentPort.postMessage(0); setInterval(() => {}, 1000)`
    const { cwd, dir, env } = newApp(t, {
      'app.js': `const { Worker } = require('node:worker_threads')
        const begin = (code) => new Promise((resolve) => {
          const worker = new Worker(code, { eval: true })
          worker.once('message', () => resolve(worker))
          worker.once('error', () => resolve(worker))
        })
        const nested = 'const child = new (require("node:worker_threads").Worker)(' + JSON.stringify(${JSON.stringify(endless)})
          + ', { eval: true }); child.once("message", () => require("node:worker_threads").parentPort.postMessage(0))'
        async function main() {
          await (await begin(${JSON.stringify(endless)})).terminate()
          await begin('throw new Error("of this test")')
          await begin(nested)
          process.exit(0)
        }
        main()`,
    })
    run(node, ['--require', 'plimsoll/register', 'app.js'], { cwd, env })
    assert.deepEqual(
      writers(dir).map(({ tid, state }) => `${tid} ${state}`),
      ['0 exited', '1 exited', '2 killed', '3 exited', '4 exited'],
    )
  })

  test('in cluster workers, each with its number.', (t) => {
    const { cwd, dir, toAll } = newApp(t, {
      'app.js': `const cluster = require('node:cluster')
        if (cluster.isPrimary) for (let i = 0; i < 2; i++) cluster.fork()
        else process.disconnect()`,
    })
    run(node, ['app.js'], { cwd, env: toAll })
    assert.deepEqual(
      writers(dir).map(({ app, worker }) => `${app} ${worker}`),
      ['shop 1', 'shop 2', 'shop undefined'],
    )
  })

  test('and loads none of the larger parts of Node that only some processes need.', (t) => {
    const { cwd, register, toAll } = newApp(t, { 'app.js': 'console.log(process.moduleLoadList.join())' })
    const { stdout } = run(node, ['app.js'], { cwd, env: toAll })
    const loaded: readonly string[] = stdout.match(/NativeModule [\w/]+/g) ?? []
    for (const name of ['crypto', 'cluster', 'child_process', 'net', 'dgram', 'http'])
      assert.ok(!loaded.includes(`NativeModule ${name}`), `${name} by ${register}`)
  })

  test('by one file of its own, and by a second one where the app declares or reads what the process itself does not.', (t) => {
    const { cwd, dir, toAll } = newApp(t, {
      'app.js': `const files = () => Object.keys(require.cache).flatMap((file) => /plimsoll.dist.(register.*)/.exec(file)?.[1] ?? [])
        const before = files()
        const { defaultRegistry: registry } = require('plimsoll')
        const options = { labels: ['of'], expireAfterSeconds: 60 }
        const series = (kind, more) => registry[kind]('app.' + kind, { ...options, ...more }).labels({ of: 'it' })
        series('counter').inc()
        series('gauge', { aggregation: 'last', extremes: true }).set(2)
        series('meter').mark()
        series('histogram', { buckets: [1, 2] }).recordWithExemplar(3, { trace_id: 'a' })
        series('timer').record(4)
        series('average', { window: { values: 5 } }).record(5)
        series('state', { states: ['idle', 'busy'] }).set('busy')
        series('text', { capacity: 10 }).set('text')
        const own = registry.read().families.filter(({ name }) => name.startsWith('app.'))
        process.on('exit', () => console.log(JSON.stringify({ before, after: files(), own })))`,
    })
    const { stdout } = run(node, ['app.js'], { cwd, env: toAll })
    const { before, after, own } = JSON.parse(stdout) as Record<'before' | 'after' | 'own', { name: string }[]>
    assert.deepEqual(before, ['register.cjs', 'register-start.cjs', 'register-app.cjs'])
    assert.deepEqual(after, [...before, 'register-later.cjs'])
    const values = (families: readonly object[]): object[] =>
      families.map((family) =>
        JSON.parse(JSON.stringify(family, ['name', 'kind', 'series', 'value', 'count', 'sum', 'max'])),
      )
    const read = readPage(listPages(dir)[0] as string).families.filter(({ name }) => name.startsWith('app.'))
    assert.equal(own.length, 8)
    assert.deepEqual(values(own), values(read))
  })

  test('up to its end, which may come in the first second.', (t) => {
    const { cwd, dir, toAll } = newApp(t, {
      'app.js': 'const end = process.cpuUsage().user + 200_000; while (process.cpuUsage().user < end);',
    })
    run(node, ['app.js'], { cwd, env: toAll })
    const cpu = readPage(listPages(dir)[0] as string).families.find(({ name }) => name === 'process.cpu.time')
    assert.ok(cpu?.kind === 'counter' && (cpu.series[0]?.value as number) > 0.2, JSON.stringify(cpu))
  })

  test('and counts an error that nobody catches, which ends it as it would without.', (t) => {
    const failing = {
      'thrown.js': `throw new TypeError('of this test')`,
      'rejected.js': `Promise.reject(new TypeError('of this test'))`,
    }
    const { cwd, dir, toAll } = newApp(t, failing)
    for (const file of Object.keys(failing)) {
      const bare = spawnSync(node, [file], { cwd, env: cleanEnvironment(), encoding: 'utf8' })
      const with_ = spawnSync(node, [file], { cwd, env: { ...cleanEnvironment(), ...toAll }, encoding: 'utf8' })
      assert.deepEqual([with_.status, with_.stdout, with_.stderr], [1, '', bare.stderr])
    }
    const counts = listPages(dir).map((file) => {
      const family = readPage(file).families.find(({ name }) => name === 'nodejs.uncaught_exceptions')
      return family?.kind === 'counter' ? family.series.map(({ labels, value }) => [labels.origin, value]) : []
    })
    assert.deepEqual(
      counts.sort((a, b) => Number(b[0]?.[1]) - Number(a[0]?.[1])),
      [
        [
          ['uncaughtException', 1],
          ['unhandledRejection', 0],
        ],
        [
          ['uncaughtException', 0],
          ['unhandledRejection', 1],
        ],
      ],
    )
  })

  test('without the parts that PLIMSOLL_RUNTIME leaves out, and warns of one that it has not.', (t) => {
    const { cwd, dir, toAll } = newApp(t, { 'app.js': '' })
    const families = (value: string): { names: string[]; stderr: string } => {
      const before = listPages(dir)
      const { stderr } = run(node, ['app.js'], { cwd, env: { ...toAll, PLIMSOLL_RUNTIME: value } })
      const [file] = listPages(dir).filter((one) => !before.includes(one))
      return { names: readPage(file as string).families.map(({ name }) => name), stderr }
    }
    const own = families('off').names
    assert.deepEqual(
      own.filter((name) => !name.startsWith('plimsoll.')),
      [],
    )
    const without = families('-gc, -eventloop').names
    assert.ok(without.includes('process.cpu.time') && !without.some((name) => /gc|eventloop/.test(name)))
    const just = families('failures').names
    assert.deepEqual(
      just.filter((name) => !name.startsWith('plimsoll.')),
      ['nodejs.uncaught_exceptions'],
    )
    const wrong = families('gc,cpu')
    assert.match(wrong.stderr, /PLIMSOLL_OPTION_INVALID.*PLIMSOLL_RUNTIME.*"gc,cpu"/)
    assert.ok(wrong.names.includes('process.cpu.time'))
  })
})

describe('plimsoll/register in NODE_OPTIONS does nothing', () => {
  test('in code on the command line or standard input, checks of syntax, the test runner, nor where it is disabled.', (t) => {
    const { cwd, dir, register, toAll } = newApp(t, {
      'app.js': '',
      'app.test.js': `require('node:test').test('passes', () => {})`,
      'threads.js': `new (require('node:worker_threads').Worker)('', { eval: true, env: {} })`,
      'server.js': '',
    })
    run(node, ['-e', '1'], { cwd, env: toAll })
    run(node, ['-p', '1', 'app.js'], { cwd, env: toAll })
    run(node, ['-i'], { cwd, env: toAll })
    run(node, ['-'], { cwd, env: toAll })
    run(node, ['--check', 'app.js'], { cwd, env: toAll })
    run(node, ['--test', 'app.test.js'], { cwd, env: toAll })
    run(node, ['threads.js'], { cwd, env: { ...toAll, PLIMSOLL_DISABLED: '1' } })
    const named = ['--require', register, 'threads.js']
    run(node, named, { cwd, env: { PLIMSOLL_DIR: dir, PLIMSOLL_DISABLED: '1' } })
    run(node, ['-e', `new (require('node:worker_threads').Worker)('./app.js')`], { cwd, env: toAll })
    assert.deepEqual(writers(dir), [])
  })

  test('where it is disabled by any usual word, and warns once of a word that is neither on nor off.', (t) => {
    const { cwd, dir, toAll } = newApp(t, {
      'app.js': `new (require('node:worker_threads').Worker)('', { eval: true })`,
    })
    const stderrOf = (value: string): string =>
      run(node, ['app.js'], { cwd, env: { ...toAll, PLIMSOLL_DISABLED: value } }).stderr
    for (const value of ['true', 'Yes', 'ON']) assert.equal(stderrOf(value), '', value)
    const codes = stderrOf('perhaps').match(/PLIMSOLL_\w+/g)
    assert.deepEqual(new Set(codes), new Set(['PLIMSOLL_OPTION_INVALID', 'PLIMSOLL_DISABLED']))
    assert.equal(codes?.filter((code) => code === 'PLIMSOLL_DISABLED').length, 1)
    assert.deepEqual(writers(dir), [])
    for (const value of ['', '0', 'False', 'no', 'off']) assert.equal(stderrOf(value), '', value)
    // The main thread and its worker thread.
    assert.equal(writers(dir).length, 10)
  })

  test('and loads nothing of Node for that.', (t) => {
    const { cwd, toAll } = newApp(t, {})
    const modules = (env: Readonly<Record<string, string>>): string[] => {
      return run(node, ['-p', 'process.moduleLoadList.join()'], { cwd, env }).stdout.match(/NativeModule [\w/]+/g) ?? []
    }
    const without = new Set(modules({}))
    // What `--require` itself needs is the same for an empty file.
    write(cwd, { 'empty.cjs': '' })
    for (const name of modules({ NODE_OPTIONS: `--require ${JSON.stringify(`${cwd}/empty.cjs`)}` })) without.add(name)
    assert.deepEqual(
      modules(toAll).filter((name) => !without.has(name)),
      [],
    )
  })

  test('but in a thread whose own options name it.', (t) => {
    const { cwd, dir, register } = newApp(t, {
      'app.js': '',
      'main.js': `const { Worker } = require('node:worker_threads')
        new Worker('./app.js', { execArgv: ['--require', process.argv[2]] })`,
    })
    run(node, ['main.js', register], { cwd, env: { PLIMSOLL_DIR: dir } })
    assert.deepEqual(
      writers(dir).map(({ tid }) => tid > 0),
      [true],
    )
  })

  test('but in an app that a test starts.', (t) => {
    const { cwd, dir, toAll } = newApp(t, {
      'app.js': '',
      'app.test.js': `require('node:test').test('starts the app', () => {
          require('node:child_process').execFileSync(process.execPath, ['app.js'])
        })`,
    })
    run(node, ['--test', 'app.test.js'], { cwd, env: toAll })
    assert.deepEqual(
      writers(dir).map(({ app }) => app),
      ['shop'],
    )
  })

  test('and starts the app all the same where a file of the package is missing.', async (t) => {
    const { cwd, register, toAll } = newApp(t, { 'app.js': `console.log('runs')` })
    write(cwd, { 'node_modules/plimsoll/dist/register-app.cjs': `throw new Error('of this test')` })
    const child = spawn(node, ['app.js'], { cwd, env: { ...cleanEnvironment(), ...toAll } })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
    const [code] = await once(child, 'close')
    assert.deepEqual([code, out], [0, 'runs\n'])
    assert.match(err, /PlimsollWarning: plimsoll\/register does nothing: of this test/, register)
  })
})
