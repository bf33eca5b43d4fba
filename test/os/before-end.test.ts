import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'

const module = pathToFileURL('dist/os/before-end.js').href

/** Runs a program that has `beforeEnd`, and sends it a signal once it prints a line; the lines, and how it ended. */
async function run(t: TestContext, code: string, ...signals: NodeJS.Signals[]) {
  const program = `
    import { beforeEnd } from ${JSON.stringify(module)}
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    ${code}
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(20_000) })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    const signal = signals.shift()
    if (signal !== undefined) child.kill(signal)
  }
  return { lines, end: await ended }
}

const forever = 'setInterval(() => {}, 60_000)'

test('what is done before the end is waited for when the event loop is empty, and done once', async (t) => {
  const { lines, end } = await run(t, `beforeEnd(async () => { await wait(20); console.log('flushed') }, false)`)
  assert.deepEqual(lines, ['ready', 'flushed'])
  assert.deepEqual(end, [0, null])
})

test('what is done before the end is done before a signal ends the process, which ends by that signal', async (t) => {
  const code = `beforeEnd(async () => { await wait(20); console.log('flushed') }, true); ${forever}`
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const { lines, end } = await run(t, code, signal)
    assert.deepEqual(
      [lines, end],
      [
        ['ready', 'flushed'],
        [null, signal],
      ],
    )
  }
})

test('a signal that the app handles is left to the app, also where it listens once', async (t) => {
  for (const listen of ['on', 'once', 'prependListener']) {
    const handler = `process.${listen}('SIGTERM', async () => { await wait(50); console.log('app'); process.exit(7) })`
    const flush = `beforeEnd(async () => console.log('flushed'), true)`
    for (const code of [`${handler}; ${flush}; ${forever}`, `${flush}; ${handler}; ${forever}`]) {
      const { lines, end } = await run(t, code, 'SIGTERM')
      assert.deepEqual(
        [lines, end],
        [
          ['ready', 'app'],
          [7, null],
        ],
      )
    }
  }
})

test('a signal ends the process at once where nothing waits for it, or a second one comes', async (t) => {
  const stopped = await run(t, `beforeEnd(async () => wait(60_000), true)(); ${forever}`, 'SIGTERM')
  assert.deepEqual(stopped.end, [null, 'SIGTERM'])
  const impatient = `beforeEnd(async () => { console.log('begun'); await wait(60_000) }, true); ${forever}`
  const { lines, end } = await run(t, impatient, 'SIGINT', 'SIGINT')
  assert.deepEqual(
    [lines, end],
    [
      ['ready', 'begun'],
      [null, 'SIGINT'],
    ],
  )
})

test('the end of a process waits 3 seconds at most', async (t) => {
  const { lines, end } = await run(t, 'beforeEnd(() => new Promise(() => {}), true)')
  assert.deepEqual([lines, end], [['ready'], [0, null]])
})
