import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Publication, publish, Registry } from 'plimsoll'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { joinSurvivors } from '#src/cli/select/join-pages.ts'
import { systemClock } from '#src/clock.ts'
import { flushOwn } from '#src/page/own-pages.ts'
import { Recorder } from '#src/recording/recorder.ts'
import { endPublication } from '../support/ended.ts'
import { newFolder, terminal } from './processes.ts'

async function command(...args: string[]): Promise<Result> {
  return (await run(args, terminal)) as Result
}

/** Five minutes of a shop; errors begin and the queue grows in the last one. */
function recordShop(t: TestContext): string {
  const folder = newFolder(t)
  const registry = new Registry()
  const publication = publish({ registry, dir: folder, app: 'shop' })
  const page = publication.file ?? assert.fail(publication.error)
  const file = join(folder, 'shop.rec')
  const recorder = new Recorder(file, 10)
  const requests = registry.counter('http.requests', { labels: ['status'] })
  const queue = registry.gauge('queue.length')
  const begin = systemClock.unixTime()
  for (let second = 0; second <= 300; second += 10) {
    requests.labels({ status: '200' }).add(1000)
    requests.labels({ status: '500' }).add(second > 240 ? 90 : 1)
    queue.set(second > 240 ? 400 : 2)
    const sources = { files: [page], retained: [], snapshots: new Map() }
    recorder.add(sources, begin + second, systemClock.now() / 1000 + second)
  }
  recorder.close()
  publication.close()
  return file
}

test('diff prints what changed most in a window of a recording, and between two snapshots', async (t) => {
  const file = recordShop(t)
  const { text, exitCode } = await command('diff', '--file', file)
  assert.equal(exitCode, 0)
  const [title, , first, second, ...rest] = text.split('\n')
  assert.match(title ?? '', /^What changed most from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d, against the 4m00s before:$/)
  assert.match(second ?? '', /queue\.length +value +2 → +400 +200 times/)
  assert.match(first ?? '', /http\.requests\{status=500\} +rate +0\.100\/s → +9\/s +90 times/)
  assert.deepEqual(rest, [''])
  const before = await command('diff', '--file', file, '--from', '-3m', '--to', '-2m')
  assert.deepEqual([before.text, before.messages], ['', ['nothing changed by more than chance.']])
  const json = JSON.parse((await command('diff', '--file', file, '--json', '--limit', '1')).text)
  assert.deepEqual(
    json.map(({ metric, words }: { metric: string; words: string }) => [metric, words]),
    [['http.requests', '90 times']],
  )

  const snapshots = await Promise.all(
    ['-1m', '-0s'].map(async (at, i) => {
      const path = `${file}.${i}.json`
      writeFileSync(path, (await command('show', '--json', '--file', file, '--at', at)).text)
      return path
    }),
  )
  assert.match(
    (await command('diff', ...snapshots)).text,
    /against all before:\n\n +(queue\.length|http\.requests\{status=500\})/,
  )
})

test('of a short recording the window is a fifth of it, so that there is a time before to compare it with', async (t) => {
  const folder = newFolder(t)
  const registry = new Registry()
  const publication = publish({ registry, dir: folder, app: 'shop' })
  t.after(() => publication.close())
  const page = publication.file ?? assert.fail(publication.error)
  const file = join(folder, 'shop.rec')
  const recorder = new Recorder(file, 1)
  const begin = systemClock.unixTime()
  // What was counted before the recording is no time to compare with.
  registry.counter('jobs').add(1_000_000)
  for (let second = 0; second <= 50; second++) {
    registry.counter('jobs').add(second > 40 ? 900 : 100)
    flushOwn(page)
    const sources = { files: [page], retained: [], snapshots: new Map() }
    recorder.add(sources, begin + second, systemClock.now() / 1000 + second)
  }
  recorder.close()
  const { text } = await command('diff', '--file', file)
  assert.match(text, /, against the 40s before:\n\n +jobs +rate +100\/s → +900\/s +9 times\n$/)
})

test('a process that ended or started in between has a line, and what changed is that of the others', async (t) => {
  const folder = newFolder(t)
  const file = join(folder, 'shop.rec')
  const recorder = new Recorder(file, 10)
  const begin = systemClock.unixTime()
  const opened = (): { registry: Registry; publication: Publication } => {
    const registry = new Registry()
    const publication = publish({ registry, dir: folder, app: 'shop' })
    t.after(() => publication.close())
    return { registry, publication }
  }
  const [one, other] = [opened(), opened()]
  let third: ReturnType<typeof opened> | undefined
  for (let second = 0; second <= 300; second += 10) {
    if (second === 270) endPublication(one.publication)
    if (second === 280) third = opened()
    one.registry.counter('jobs').add(second < 270 ? 1000 : 0)
    one.registry.counter('only.here').add(second < 270 ? 1000 : 0)
    other.registry.counter('jobs').add(1000)
    other.registry.gauge('queue').set(second > 240 ? 400 : 2)
    const pages = [one, other, ...(third === undefined ? [] : [third])]
    const files = pages.map(({ publication }) => publication.file ?? assert.fail(publication.error))
    const sources = { files, retained: [], snapshots: new Map() }
    recorder.add(sources, begin + second, systemClock.now() / 1000 + second)
  }
  recorder.close()
  const { text } = await command('diff', '--file', file)
  const [ended, began, , title, , only, ...rest] = text.split('\n')
  assert.match(ended ?? '', /^○ shop \d+(\/\d+)?: exited at \d\d:\d\d:\d\d$/)
  assert.match(began ?? '', /^[●✖] shop \d+(\/\d+)?: started at \d\d:\d\d:\d\d$/)
  assert.match(title ?? '', /^What changed most/)
  assert.match(only ?? '', /queue +value +2 → +400/)
  assert.deepEqual(rest, [''])
  const [first, second] = JSON.parse((await command('diff', '--file', file, '--json')).text)
  assert.deepEqual([first.state, first.text, second.text], ['exited', 'exited', 'started'])
})

test('where all have ended, the last gauges are those of the processes that lived before', () => {
  const snapshot = (pid: number, state: PageInfo['state'], value: number): Snapshot => {
    const registry = new Registry()
    registry.gauge('queue').set(value)
    registry.counter('jobs').add(value)
    const page = { file: null, pid, tid: 0, app: 'shop', host: 'a', startedAt: 1000, state, heartbeatAge: 1 }
    return { ...registry.read(), takenAt: 2000, pages: [page] }
  }
  const all = [snapshot(1, 'killed', 7), snapshot(2, 'killed', 5)]
  const numbers = (one: Snapshot) =>
    ['queue', 'jobs'].map((name) => {
      const family = one.families.find((each) => each.name === name)
      return (family?.series[0] as { value?: number } | undefined)?.value
    })
  const joined = joinSurvivors(all, ({ pid }) => pid === 2)
  assert.deepEqual(numbers(joined), [5, 12])
  assert.deepEqual(
    joined.pages.map(({ state }) => state),
    ['killed', 'killed'],
  )
  assert.deepEqual(numbers(joinSurvivors([snapshot(1, 'killed', 7), snapshot(2, 'live', 5)], () => true)), [5, 12])
})

test('diff says what it needs', async (t) => {
  const file = recordShop(t)
  for (const args of [
    [],
    ['one.json'],
    ['a', 'b', 'c'],
    ['--file', file, '--from', 'noon'],
    ['--file', file, '--from', '-1m', '--to', '-2m'],
    ['a.json', 'b.json', '--from', '-1m'],
  ]) {
    assert.equal((await command('diff', ...args)).exitCode, 2, args.join(' '))
  }
  const unknown = await command('diff', '--file', file, 'shpo')
  assert.deepEqual([unknown.exitCode, unknown.text], [1, ''])
  assert.match(String(unknown.messages), /No app, process or page "shpo" found in \S+\.rec\. Did you mean "shop"\?/)
  const missing = await command('diff', 'a.json', 'b.json')
  assert.equal(missing.exitCode, 1)
  assert.equal(missing.messages.length, 2)
})
