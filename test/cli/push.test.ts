import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { parseJson } from 'plimsoll/formats'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { main } from '../support/command.ts'
import { follow, newFolder, plimsoll, publisher, terminal } from './processes.ts'

/** The value of a counter in a file, over all its series; `undefined` while it is not there. */
function valueIn(path: string, name: string): number | undefined {
  if (!existsSync(path)) return undefined
  const family = parseJson(readFileSync(path, 'utf8')).families.find((one) => one.name === name)
  return family?.kind === 'counter' ? family.series.reduce((sum, { value }) => sum + value, 0) : undefined
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await wait(20)
  assert.ok(condition())
}

test('push sends the sums of an app, what a killed process counted included, until SIGTERM', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'metrics.json')
  const killed = await publisher(t, folder, 'shop', 'count 5')
  const other = await publisher(t, folder, 'shop', 'count 3')
  const pushing = follow(t, 'push', 'shop', '--dir', folder, '--to', `file://${path}`, '--every', '0.1')
  await until(() => valueIn(path, 'http.requests') === 8)
  await killed.order('count 2')
  await killed.kill()
  await until(() => valueIn(path, 'http.requests') === 10)
  await until(() => (valueIn(path, 'plimsoll.sink.sends') ?? 0) > 0)
  await other.order('count 1')
  pushing.child.kill('SIGTERM')
  assert.deepEqual(await pushing.end(), { code: 0, signal: null, stderr: '' })
  assert.equal(valueIn(path, 'http.requests'), 11)
})

test('push reports a receiver once when it fails and once when it accepts, and sends to the others meanwhile', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'metrics.json')
  const late = join(folder, 'late')
  const { order } = await publisher(t, folder, 'shop', 'count 5')
  const config = join(folder, 'push.json')
  const sinks = [{ to: `file://${path}`, indent: 2 }, { to: `file://${late}/metrics.json` }]
  writeFileSync(config, JSON.stringify({ everySeconds: 0.1, sinks }))
  const pushing = follow(t, 'push', '--dir', folder, '--config', config)
  await until(() => (valueIn(path, 'plimsoll.sink.failures') ?? 0) >= 2)
  mkdirSync(late)
  await order('count 1')
  await until(() => valueIn(join(late, 'metrics.json'), 'http.requests') === 6)
  pushing.child.kill('SIGTERM')
  const { code, stderr } = await pushing.end()
  const lines = stderr.trim().split('\n')
  assert.equal(code, 0)
  assert.match(
    lines[0] ?? '',
    /^plimsoll: PLIMSOLL_SINK_FAILED Cannot send metrics to file .*late\/metrics\.json: ENOENT/,
  )
  assert.match(lines[1] ?? '', /^plimsoll: file .*late\/metrics\.json accepts metrics again\.$/)
  assert.equal(lines.length, 2)
})

test('push sends the last values of a page that cannot be read for a while: no total falls', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'metrics.json')
  const damaged = await publisher(t, folder, 'shop', 'count 5')
  await publisher(t, folder, 'shop', 'count 3')
  const pushing = follow(t, 'push', 'shop', '--dir', folder, '--to', `file://${path}`, '--every', '0.1')
  await until(() => valueIn(path, 'http.requests') === 8)
  process.kill(damaged.pid, 'SIGSTOP')
  const page = openSync(damaged.file, 'r+')
  t.after(() => closeSync(page))
  const magic = Buffer.alloc(8)
  readSync(page, magic, 0, magic.length, 0)
  writeSync(page, Buffer.alloc(magic.length), 0, magic.length, 0)
  await until(() => /"name":"plimsoll\.unreadable\.pages".*?"value":1/.test(readFileSync(path, 'utf8')))
  assert.equal(valueIn(path, 'http.requests'), 8)
  writeSync(page, magic, 0, magic.length, 0)
  process.kill(damaged.pid, 'SIGCONT')
  await damaged.order('count 1')
  await until(() => valueIn(path, 'http.requests') === 9)
  pushing.child.kill('SIGTERM')
  assert.match((await pushing.end()).stderr, /^plimsoll: PLIMSOLL_PAGE_UNKNOWN [^\n]*\n$/)
})

test('push --once sends once; its exit code is 1 where nobody took it', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  // In a process: the sink writes to its stdout.
  const args = [main, 'push', '--dir', folder, '--once', '--to', 'stdout:?allow=http/requests*']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  const [line = '', ...rest] = stdout.trimEnd().split('\n')
  assert.deepEqual(rest, [])
  assert.deepEqual(
    parseJson(line).families.map(({ name }) => name),
    ['http.requests'],
  )
  const missing = await plimsoll('push', '--dir', folder, '--once', '--to', `file://${folder}/missing/metrics.json`)
  assert.equal(missing.status, 1)
  const empty = await plimsoll('push', 'nobody', '--dir', folder, '--once', '--to', 'stdout:')
  assert.deepEqual([empty.status, empty.stdout], [1, ''])
})

test('push refuses what it cannot do, with the place and the remedy', async (t) => {
  const folder = newFolder(t)
  const config = join(folder, 'push.json')
  const messageFor = async (...args: string[]): Promise<string> => {
    const given = await run(['push', '--dir', folder, ...args], terminal)
    const results = Symbol.asyncIterator in given ? given : [given as Result]
    for await (const { exitCode, messages } of results) {
      assert.equal(exitCode, 2)
      return messages.join('\n')
    }
    return ''
  }
  assert.match(await messageFor(), /--to/)
  assert.match(
    await messageFor('--to', 'carbon://x'),
    /--to for plimsoll push: carbon:\/\/x\. Expected a URL that begins with file:/,
  )
  assert.match(await messageFor('--to', 'graphite:/x'), /"graphite:\/x"\. Expected a host, as in graphite:\/\/127/)
  assert.match(await messageFor('--to', 'stdout:', '--to', 'stdout:'), /each receiver once/)
  assert.match(await messageFor('--to', 'stdout:', '--every', '0'), /0\.05 to 86400/)
  assert.match(await messageFor('--config', config), /ENOENT/)
  const wrong = [
    ['{', /JSON/],
    ['{"everySecond":3}', /Unknown option "everySecond".*Did you mean "everySeconds"/],
    ['{"sinks":[{"url":"stdout:"}]}', /an array of objects with "to"/],
    ['{"sinks":[{"to":"file:///tmp/x","kep":3}]}', /Unknown option "kep" for file\(\)/],
  ] as const
  for (const [text, expected] of wrong) {
    writeFileSync(config, text)
    assert.match(await messageFor('--config', config), expected)
  }
})
