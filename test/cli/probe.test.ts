import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { systemClock } from '#src/clock.ts'
import { main } from '../support/command.ts'
import { newFolder, plimsoll, publisher, terminal } from './processes.ts'

test('probe ends with code 0 while a process lives and its conditions are true, else with 1 and the reason', async (t) => {
  const folder = newFolder(t)
  const probe = async (...words: string[]): Promise<[number, string]> => {
    const { exitCode, text, messages } = (await run(['probe', ...words, '--dir', folder], terminal)) as Result
    assert.deepEqual(messages, [])
    return [exitCode, text.replace(/[\d.]+s/g, 'N s')]
  }
  assert.deepEqual(await probe('shop'), [1, 'failed: no live process of shop\n'])
  const shop = await publisher(t, folder, 'shop', 'count 5', 'queue 3', 'time 0.25')
  const other = await publisher(t, folder, 'other', 'queue 100')
  const ok = [0, 'ok: 1 live, last heartbeat N s ago\n']
  assert.deepEqual(await probe('shop'), ok)
  const where = (...conditions: string[]): string[] => conditions.flatMap((one) => ['--where', one])
  const holds = where('queue.length < 10', 'http.requests = 5', 'http.latency.p99 <= 250ms', 'plimsoll.rejected = 0')
  assert.deepEqual(await probe('shop', ...holds), ok)
  assert.deepEqual(await probe('shop', ...where('nothing.like.it.p99 > 7', 'http.requests{status=418} > 5')), [
    0,
    'ok: 1 live, last heartbeat N s ago; not there: nothing.like.it.p99, http.requests{status=418}. Values of "status": 200.\n',
  ])
  const misspelt = where('queue.lenth < 10', 'htpp.latency.1m.p99 < 0.5')
  assert.deepEqual(await probe('shop', ...misspelt), [
    0,
    'ok: 1 live, last heartbeat N s ago; not there: queue.lenth, htpp.latency.1m.p99. Did you mean "queue.length"? Did you mean "http.latency"?\n',
  ])
  assert.deepEqual(await probe('shop', ...where('queue.length < 3', 'http.requests{status=200} > 5')), [
    1,
    'failed: queue.length < 3 is false, it is 3; http.requests{status=200} > 5 is false, it is 5\n',
  ])
  assert.deepEqual(await probe(...where('queue.length < 100')), [1, 'failed: queue.length < 100 is false, it is 103\n'])
  assert.deepEqual(await probe(`${other.pid}`, ...where('queue.length = 100')), ok)
  assert.deepEqual(await probe('shpo'), [1, 'failed: no live process of shpo. Did you mean "shop"?\n'])
  assert.deepEqual(await probe('shop', 'shpo'), [
    0,
    'ok: 1 live, last heartbeat N s ago; not there: shpo. Did you mean "shop"?\n',
  ])
  const ofTime = await probe('shop', ...where('http.latency.p99 < 10MiB'))
  assert.deepEqual(ofTime, [1, 'failed: http.latency.p99 < 10MiB compares with another unit, it is 250 ms\n'])
  await other.kill()
  assert.deepEqual(await probe('other'), [1, 'failed: no live process of other\n'])
  assert.deepEqual(await probe(), ok)
  const { status, stdout } = await plimsoll('probe', 'shop', '--dir', folder)
  assert.deepEqual([status, stdout.slice(0, 11)], [0, 'ok: 1 live,'])
  assert.ok(shop.pid > 0)
})

test('probe notices a blocked event loop from outside', async (t) => {
  const folder = newFolder(t)
  const { pid, order } = await publisher(t, folder, 'shop')
  await order('block')
  const later = { ...systemClock, unixTime: () => systemClock.unixTime() + 4 }
  const probe = async (age: string): Promise<Result> =>
    (await run(['probe', 'shop', '--max-heartbeat-age', age, '--dir', folder], { ...terminal, clock: later })) as Result
  assert.equal((await probe('10min')).exitCode, 0)
  const { exitCode, text } = await probe('500ms')
  assert.equal(exitCode, 1)
  assert.match(text, new RegExp(`^failed: shop ${pid} is blocked: last heartbeat [\\d.]+s ago, more than 0\\.5s\n$`))
})

test('probe refuses a condition or a time that is none', async () => {
  for (const args of [
    ['--where', 'queue.length'],
    ['--where', ''],
    ['--where', 'process.memory.usage < 100mb'],
    ['--max-heartbeat-age', 'soon'],
    ['--max-heartbeat-age', '0'],
  ]) {
    const { status, stderr } = await plimsoll('probe', ...args)
    assert.deepEqual([status, /PLIMSOLL_OPTION_INVALID Invalid --/.test(stderr)], [2, true], args.join(' '))
  }
  // Else a probe without its --where would succeed for ever.
  const { status, stderr } = await plimsoll('probe', 'shop', 'http.latency.1m.p99 < 0.5')
  assert.equal(status, 2)
  assert.match(
    stderr,
    /Invalid <app> for plimsoll probe: http\.latency\.1m\.p99 < 0\.5\. .* --where stands before a condition/,
  )
})

test('probe of a living process loads no native module, nor what it takes to read metrics', async (t) => {
  const folder = newFolder(t)
  const shop = await publisher(t, folder, 'shop', 'queue 3')
  const hooks = join(folder, 'hooks.mjs')
  writeFileSync(
    hooks,
    `import { writeSync } from 'node:fs'
    export const load = (url, context, next) => {
      writeSync(2, url + '\\n')
      return next(url, context)
    }`,
  )
  const register = `import { register } from 'node:module'
    register(${JSON.stringify(pathToFileURL(hooks).href)})
    process.on('exit', () => console.error(Object.keys(process.getBuiltinModule('module')._cache).join('\\n')))`
  const loaded = (...words: string[]): string[] => {
    const start = ['--import', `data:text/javascript,${encodeURIComponent(register)}`, main]
    const args = [...start, 'probe', 'shop', '--dir', folder, ...words]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([status, stdout.slice(0, 11)], [0, 'ok: 1 live,'], stderr)
    // The bundler names what is shared after one of the modules in it.
    return stderr.match(/koffi-linux|\b(?:reader|open-pages)(?=\.c?js)/g) ?? []
  }
  assert.deepEqual(loaded(), [])
  assert.ok(loaded('--where', 'queue.length = 3').some((name) => name !== 'koffi-linux'))
  await shop.kill()
})
