import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Screen } from '#src/cli/screen/screen.ts'
import { timeIn } from '#src/cli/select/recorded.ts'
import { Selection } from '#src/cli/select/selection.ts'
import { RecordedSource } from '#src/cli/top/recorded-source.ts'
import { TopApp } from '#src/cli/top/top-app.ts'
import { systemClock } from '#src/clock.ts'
import { openRecording } from '#src/recording/recording.ts'
import { main } from '../support/command.ts'
import { newFolder, plimsoll, publisher } from './processes.ts'

/** Records an app that counts to 10, 110 and 1110, then is killed; the recorder is killed as well. */
async function recorded(t: TestContext): Promise<{ file: string; pid: number }> {
  const folder = newFolder(t)
  const file = join(folder, 'shop.rec')
  const shop = await publisher(t, folder, 'shop', 'count 10', 'time 0.1', 'queue 3')
  const recorder = spawn(process.execPath, [main, 'record', '-o', file, '-d', '0.1', '--dir', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.after(() => recorder.kill('SIGKILL'))
  await once(recorder.stderr, 'data')
  const grown = async (): Promise<void> => {
    for (let more = 2, { size } = statSync(file); more > 0; await delay(20)) {
      const now = statSync(file).size
      if (now > size) more--
      size = now
    }
  }
  await grown()
  await shop.order('count 100')
  await grown()
  await shop.order('count 1000')
  await shop.order('queue 9')
  await grown()
  await shop.kill()
  await grown()
  recorder.kill('SIGKILL')
  await once(recorder, 'exit')
  return { file, pid: shop.pid }
}

test('what was recorded up to SIGKILL is read by each command, at any time', async (t) => {
  const { file, pid } = await recorded(t)
  const run = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await plimsoll(...args, '--file', file)
    assert.equal(status, 0, stderr)
    return stdout
  }
  assert.match(await run('ls'), new RegExp(`${pid} +0 +shop +killed`))
  assert.match(await run('ls', '--at', '-1h'), new RegExp(`${pid} +0 +shop +live`))
  assert.match(await run('show', 'shop', '--filter', 'http.requests'), /1,110/)
  assert.match(await run('show', 'shop', '--filter', 'http.requests', '--at=-1h'), /200"? +10$/m)
  assert.match(await run('show', String(pid), '--filter', 'queue'), /\(all\) +9/)
  const totals = (await run('poll', 'shop', 'http.requests.total', '-d', '0.1'))
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split('\t')[3]))
  assert.deepEqual([...new Set(totals)], [10, 110, 1110])
  assert.match(await run('compare', '--sum', 'http.requests'), /1,?110/)
  assert.match(await run('top', '--once'), new RegExp(`1 app: 1 killed[^]*shop +${pid} +▲ killed`))
  assert.match(await run('doctor'), new RegExp(`^▲ shop ${pid}: killed by a signal`))
  assert.match(await run('doctor', '--at', '-1h'), /^Nothing is wrong with 1 process or thread\.\n$/)
  const unknown = await plimsoll('show', 'shup', '--file', file)
  assert.match(unknown.stderr, /No app, process or page "shup" found in \S+\.rec\. Did you mean "shop"\?/)
  const { status, stderr } = await plimsoll('show', '--file', file, '--at', 'noon')
  assert.equal(status, 2)
  assert.match(stderr, /Invalid --at for plimsoll show: "?noon/)
  assert.match((await plimsoll('show', '--at', '-90s')).stderr, /--file/)
  assert.match((await plimsoll('record')).stderr, /-o night\.rec/)
  assert.match((await plimsoll('play')).stderr, /Invalid <recording> for plimsoll play: missing\. Expected a file/)
})

test('play shows a recording as top does, with a slider, forward, backward and at any time', async (t) => {
  const { file, pid } = await recorded(t)
  const recording = openRecording(file)
  recording.at(recording.from)
  const selection = new Selection(undefined, [], { clock: systemClock, recording })
  const nothing = (): void => {}
  const app = new TopApp(new RecordedSource(selection, recording), {
    name: 'shop.rec',
    empty: () => '',
    takeStack: () => Promise.reject(new Error('recorded')),
    onQuit: nothing,
    onRedraw: nothing,
  })
  const text = (): string => app.drawOn(new Screen(100, 24)).lines().join('\n')
  const type = (...keys: string[]): void => {
    for (const key of keys) app.input({ key })
  }
  app.start()
  assert.match(text(), /plimsoll play shop\.rec +1 app: 1 live/)
  assert.match(text(), /\n +0\.0s ●─/)
  type('end')
  assert.match(text(), /1 killed/)
  assert.match(text(), /─● end/)
  type('home', 'enter')
  assert.match(text(), /http\.requests/)
  while (app.advance()) {
    // To the end.
  }
  assert.match(text(), new RegExp(`shop ${pid} +▲ killed`))
  const end = recording.time
  type('[')
  assert.ok(recording.time <= end)
  type(' ')
  assert.match(text(), /PAUSED|shop/)
  app.drawOn(new Screen(100, 24))
  app.input({ mouse: 'left', x: 10, y: 22 })
  assert.match(text(), /shop \d+ +● live/)
  type('t', '-', '1', 'd', 'enter', 't', 'x', 'enter')
  assert.match(text(), /Not a time: x/)
})

test('a time is one before the end, of the day, a date or Unix seconds', () => {
  const to = new Date(2026, 10, 26, 12, 30, 0).getTime() / 1000
  const times: readonly (readonly [string, number | undefined])[] = [
    ['-90s', to - 90],
    ['-90', to - 90],
    ['-5m', to - 300],
    ['-1.5 h', to - 5400],
    ['12:29', to - 60],
    ['12:29:30', to - 30],
    ['13:00', to + 1800 - 86_400],
    [String(to), to],
    [new Date(to * 1000).toISOString(), to],
    ['noon', undefined],
    ['', undefined],
    ['-', undefined],
  ]
  assert.deepEqual(
    times.map(([text]) => timeIn({ to }, text)),
    times.map(([, time]) => time),
  )
})
