import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { installPlimsoll, newFolder, run, write, writers } from '../launchers/apps.ts'

const startThread = `new (require('node:worker_threads').Worker)('', { eval: true, env: {} })`

/** Runs an app with plimsoll/register; its output, and the apps and threads whose pages it has left. */
function runApp(t: TestContext, file: string, text: string) {
  const folder = newFolder(t)
  const dir = join(folder, 'pages')
  mkdirSync(dir, { mode: 0o700 })
  write(folder, { [file]: text })
  installPlimsoll(folder)
  const env = { PLIMSOLL_DIR: dir, PLIMSOLL_APP: 'late' }
  const { stdout } = run(process.execPath, ['--require', 'plimsoll/register', file], { cwd: folder, env })
  return { output: stdout, pages: writers(dir).map(({ app, tid }) => `${app} ${tid === 0 ? 'main' : 'thread'}`) }
}

const both = ['late main', 'late thread']

describe('The main thread of an app with plimsoll/register', () => {
  test('does not load node:worker_threads, node:v8 and streams for its start.', (t) => {
    const { output, pages } = runApp(
      t,
      'list.js',
      `const loaded = process.moduleLoadList.map((name) => name.replace('NativeModule ', ''))
       require('node:fs').writeSync(1, JSON.stringify(['worker_threads', 'v8', 'stream'].filter((name) => loaded.includes(name))))`,
    )
    assert.equal(output.trim(), '[]')
    assert.deepEqual(pages, ['late main'])
  })

  test('changes directory as ever, and leaves no trace once node:worker_threads is loaded.', (t) => {
    const { output } = runApp(
      t,
      'app.js',
      `process.chdir('/')
       const before = process.cwd()
       require('node:worker_threads')
       const { value, writable, configurable, enumerable } = Object.getOwnPropertyDescriptor(process, 'chdir')
       const { start } = MessagePort.prototype
       setImmediate(() => {
         process.chdir('/dev')
         console.log(JSON.stringify([before, process.cwd(), typeof value, writable, configurable, enumerable]))
         console.log(start !== MessagePort.prototype.start, MessagePort.prototype.start.name)
       })`,
    )
    assert.deepEqual(output.trim().split('\n'), ['["/","/dev","function",true,true,true]', 'true start'])
  })
})

describe('A worker thread publishes as its main thread does', () => {
  const apps: Readonly<Record<string, readonly [file: string, text: string]>> = {
    'started in the run that loads node:worker_threads': ['app.js', startThread],
    'started from a module': [
      'app.mjs',
      `import { Worker } from 'node:worker_threads'
       new Worker('', { eval: true, env: {} })`,
    ],
    'after another port has been started': [
      'app.js',
      `const { port1 } = new MessageChannel()
       port1.on('message', () => {})
       port1.close()
       ${startThread}`,
    ],
    'where something has assigned process.chdir': [
      'app.js',
      `const { chdir } = process
       process.chdir = function changed(path) { chdir.call(process, path) }
       ${startThread}
       process.chdir('.')`,
    ],
    'where the app has its own copy of plimsoll': [
      'app.js',
      `require('plimsoll').counter('orders').inc()
       ${startThread}`,
    ],
    'after node:worker_threads has been loaded for long': [
      'app.js',
      `require('node:worker_threads')
       setTimeout(() => ${startThread}, 50)`,
    ],
  }
  for (const [when, [file, text]] of Object.entries(apps))
    test(`${when}.`, (t) => {
      assert.deepEqual(runApp(t, file, text).pages, both)
    })
})
