import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fleet } from 'plimsoll/fleet'
import { Screen } from '#src/cli/screen/screen.ts'
import { timeIn } from '#src/cli/select/recorded.ts'
import { Selection } from '#src/cli/select/selection.ts'
import { RecordedSource } from '#src/cli/top/recorded-source.ts'
import { TopApp } from '#src/cli/top/top-app.ts'
import { systemClock } from '#src/clock.ts'
import { flushOwn } from '#src/page/own-pages.ts'
import { Recorder } from '#src/recording/recorder.ts'
import { openRecording } from '#src/recording/recording.ts'
import { laterClock, newWriter } from '../fleet/pages.ts'
import { main } from '../support/command.ts'
import { follow, newFolder, plimsoll, publisher } from './processes.ts'

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

test('record of an app that is not there ends, and writes no file; with --wait it waits for it', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'shop.rec')
  const record = (...words: string[]) => plimsoll('record', ...words, '-o', file, '--dir', folder)
  const shop = await publisher(t, folder, 'shop', 'count 10')
  for (const words of [['shpo'], ['shop', 'shpo']]) {
    const { status, stdout, stderr } = await record(...words)
    assert.deepEqual([status, stdout, existsSync(file)], [1, '', false])
    assert.match(stderr, /^plimsoll: PLIMSOLL_PAGE_NOT_FOUND No app, process or page "shpo" .*Did you mean "shop"\?/)
  }
  const waiting = follow(t, 'record', 'mail', '-o', file, '-d', '0.1', '--wait', '--dir', folder)
  const [text] = await once(waiting.child.stderr ?? assert.fail(), 'data')
  assert.match(String(text), /No app, process or page "mail" found/)
  const mail = await publisher(t, folder, 'mail', 'count 7')
  const recorded = async (): Promise<string> => (await plimsoll('ls', '--file', file)).stdout
  while (!(await recorded()).includes('mail')) await delay(50)
  waiting.child.kill('SIGINT')
  assert.equal((await waiting.end()).code, 0)
  assert.match(await recorded(), new RegExp(`${mail.pid} +0 +mail +live`))
  assert.doesNotMatch(await recorded(), new RegExp(`${shop.pid}`))
  const again = await record('shop')
  assert.match(again.stderr, /PLIMSOLL_RECORDING_FAILED .* or --append to go on with a recording/)
})

test('poll reads each moment of a recording, though they are not exactly an interval apart', async (t) => {
  const folder = newFolder(t)
  const { file: page, registry } = newWriter(t, folder)
  const file = join(folder, 'shop.rec')
  const recorder = new Recorder(file, 1)
  const begin = Math.floor(systemClock.unixTime())
  for (let second = 0; second < 10; second++) {
    registry.counter('ticks').inc()
    flushOwn(page)
    const at = second + [0, 0.003, -0.004][second % 3]!
    recorder.add({ files: [page], retained: [], snapshots: new Map() }, begin + at, 1000 + at)
  }
  recorder.close()
  const totals = async (...words: string[]): Promise<number[]> =>
    (await plimsoll('poll', 'ticks.total', '--file', file, ...words)).stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split('\t').at(-1)))
  assert.deepEqual(await totals(), [2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(await totals('-d', '0.1'), [2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(await totals('-d', '3'), [4, 7, 10])
})

test('top of a recording shows the processes that were asked for alone, those that have ended as well', async (t) => {
  const folder = newFolder(t)
  for (const app of ['shop', 'mail']) newWriter(t, folder, 1, { app }).end()
  const pages = fleet(folder, { clock: laterClock() })
  assert.equal(pages.compact().archived.length, 2)
  pages.close()
  const file = join(folder, 'all.rec')
  await plimsoll('record', '-o', file, '--for', '0.1', '-d', '0.1', '--dir', folder)
  const { stdout } = await plimsoll('top', 'mail', '--once', '--file', file)
  assert.match(stdout, /1 app: 1 exited/)
  assert.match(stdout, /\n mail /)
  assert.doesNotMatch(stdout, /\n shop /)
})
