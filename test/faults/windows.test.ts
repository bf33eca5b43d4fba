import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listPages, readPage } from 'plimsoll/page'
import type { AverageOverWindow, Extremes, PageState, Rates } from 'plimsoll/snapshot'
import { newFolder, start, until } from './processes.ts'

interface Look {
  readonly state: PageState | undefined
  readonly count: number
  readonly rates: Rates
  readonly minute: Extremes
  readonly window: AverageOverWindow
}

/** What a reader sees so many seconds from now; `undefined` before the first tick. */
function look(dir: string, secondsAhead: number): Look | undefined {
  const clock = { now: () => 0, unixTime: () => Date.now() / 1000 + secondsAhead }
  const { families, pages } = readPage(listPages(dir)[0] ?? assert.fail('no page'), { clock })
  let [count, rates, minute, window]: [number?, Rates?, Extremes?, AverageOverWindow?] = []
  for (const family of families) {
    if (family.kind === 'meter') {
      count = family.series[0]?.value
      rates = family.series[0]?.rates
    }
    if (family.kind === 'gauge') minute = family.series[0]?.extremes?.['1m']
    if (family.kind === 'average') window = family.series[0]?.window
  }
  if (count === undefined || rates === undefined || minute === undefined || window === undefined) return undefined
  return { state: pages[0]?.state, count, rates, minute, window }
}

function assertNear(found: number, expected: number, share = 0.02): void {
  assert.ok(Math.abs(found - expected) <= expected * share, `${found}, not ${expected}`)
}

function assertSane({ rates, minute, window }: Look, most: number): void {
  for (const rate of Object.values(rates)) assert.ok(rate >= 0 && rate <= most, `${rate} of ${most}`)
  assert.ok(minute.min >= 0 && minute.max <= 99 && minute.seconds >= 0)
  assert.ok(window.count >= 0 && window.sum >= 0 && (window.seconds ?? -1) >= 0)
}

test('rates and windows stay sane for readers while an app is stopped, while it is blocked, and once it is killed', async (t) => {
  const dir = newFolder(t)
  const app = start(t, 'marker', [dir])
  assert.equal(await app.line(), 'ready')
  const see = (secondsAhead: number): Look => look(dir, secondsAhead) ?? assert.fail('no rates')
  const running = await until('rates and some marks', 10, () => {
    const seen = look(dir, 0)
    return seen !== undefined && seen.count > 100 && seen
  })
  assertSane(running, 300)
  assert.ok(running.rates.m1 > 30, `${running.rates.m1}`)

  app.child.kill('SIGSTOP')
  await sleep(50)
  const stopped = see(0)
  const later = see(60)
  assert.equal(later.state, 'live')
  assertNear(later.rates.m1, stopped.rates.m1 / Math.E)
  assertNear(later.rates.m15, stopped.rates.m15 / Math.E ** (1 / 15))
  assert.deepEqual([later.minute.min, later.minute.max], [stopped.minute.min, stopped.minute.max])
  assert.ok(later.window.count <= 20 && (later.window.seconds ?? 0) >= 60, JSON.stringify(later.window))
  assertSane(see(3600), 300)

  app.child.kill('SIGCONT')
  app.tell('block')
  assert.equal(await app.line(), 'blocking')
  await sleep(500)
  const blocked = see(0)
  assertSane(blocked, 300)
  assert.ok(blocked.count > stopped.count + 20, 'marks are seen')
  assertSane(see(30), 300)
  assert.equal(await app.line(), 'free')
  await until('another tick', 10, () => see(0).rates.m1 !== blocked.rates.m1)
  assertSane(see(0), 300)

  app.child.kill('SIGKILL')
  await app.ended
  const left = see(0)
  const muchLater = see(3600)
  assert.deepEqual([left.state, muchLater.state], ['exited', 'exited'])
  assertSane(left, 300)
  assert.ok(muchLater.rates.m1 < 1e-9)
  assertNear(muchLater.rates.mean, left.rates.mean, 1e-6)
  assert.deepEqual(muchLater.minute, left.minute)
  assert.deepEqual(muchLater.window, left.window)
})
