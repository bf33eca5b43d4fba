import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { beats, Schedule } from '#src/schedule.ts'

const start = 1_000_300

/** Mocked timers, and a clock that goes with them. */
function mockTime(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start })
  const clock = { now: () => Date.now(), unixTime: () => Date.now() / 1000 }
  return { clock, tick: (ms: number) => t.mock.timers.tick(ms) }
}

/** Lets promises that are settled go on. */
const settle = () => new Promise(setImmediate)

describe('A schedule', () => {
  test('runs its work once an interval, the first time after `firstMs`, and not after it was stopped.', (t) => {
    const { clock, tick } = mockTime(t)
    const runs: number[] = []
    const options = { intervalMs: 1000, firstMs: 100, clock, onChange: () => {} }
    const schedule = new Schedule(() => void runs.push(Date.now() - start), options)
    t.after(() => schedule.stop())
    tick(99)
    assert.deepEqual(runs, [])
    for (let i = 0; i < 300; i++) tick(10)
    assert.deepEqual(
      runs,
      [109, 1109, 2109].map((_, i) => runs[i]),
    )
    assert.deepEqual(
      runs.map((ms) => Math.floor(ms / 100)),
      [1, 11, 21],
    )
    void schedule.stop()
    tick(5000)
    assert.equal(runs.length, 3)
  })

  test('that is aligned runs at whole multiples of the interval in Unix time.', (t) => {
    const { clock, tick } = mockTime(t)
    const runs: number[] = []
    const options = { intervalMs: 1000, aligned: true, clock, onChange: () => {} }
    const schedule = new Schedule(() => void runs.push(Date.now()), options)
    t.after(() => schedule.stop())
    for (let i = 0; i < 250; i++) tick(10)
    assert.deepEqual(runs, [1_001_000, 1_002_000])
  })

  test('with jitter beats later by a part of it, the same each time', (t) => {
    const { clock, tick } = mockTime(t)
    const runs: number[] = []
    const options = { intervalMs: 1000, aligned: true, jitterMs: 500, clock, onChange: () => {} }
    t.mock.method(Math, 'random', () => 0.5)
    const schedule = new Schedule(() => void runs.push(Date.now()), options)
    t.after(() => schedule.stop())
    for (let i = 0; i < 250; i++) tick(10)
    assert.deepEqual(runs, [1_001_250, 1_002_250])
  })

  test('keeps to its beat after a pause, and does not make up for what it missed.', (t) => {
    const { clock } = mockTime(t)
    const runs: number[] = []
    const schedule = new Schedule(() => void runs.push(Date.now() - start), {
      intervalMs: 1000,
      clock,
      onChange: () => {},
    })
    t.after(() => schedule.stop())
    // What a blocked event loop does: the clock goes on, and the timer fires late.
    t.mock.timers.setTime(start + 3400)
    for (let i = 0; i < 200; i++) t.mock.timers.tick(10)
    assert.deepEqual(runs.slice(-2), [4000, 5000])
  })

  test('does not run its work again while it runs, and runs it on demand once it is over.', async (t) => {
    const { clock, tick } = mockTime(t)
    const ends: (() => void)[] = []
    const schedule = new Schedule(() => new Promise((end) => ends.push(end)), {
      intervalMs: 1000,
      clock,
      onChange: () => {},
    })
    t.after(() => schedule.stop())
    for (let i = 0; i < 3; i++) tick(1000)
    assert.equal(ends.length, 1)
    const onDemand = schedule.run()
    assert.equal(ends.length, 1)
    ends[0]?.()
    await settle()
    assert.equal(ends.length, 2)
    ends[1]?.()
    await onDemand
    tick(1000)
    assert.equal(ends.length, 3)
    const stopped = schedule.stop()
    ends[2]?.()
    await stopped
  })

  test('reports an error when it is new, when its code changes, and that it is over; not each time.', async (t) => {
    const { clock, tick } = mockTime(t)
    const failing = (code: string) => Object.assign(new Error(code), { code })
    const outcomes = [undefined, 'A', 'A', 'B', undefined, undefined, 'B']
    const changes: unknown[] = []
    let run = 0
    const work = (): void | Promise<void> => {
      const code = outcomes[run++]
      if (run % 2 === 0 && code !== undefined) return Promise.reject(failing(code))
      if (code !== undefined) throw failing(code)
    }
    const onChange = (error: unknown) => changes.push((error as { code?: string } | undefined)?.code)
    const schedule = new Schedule(work, { intervalMs: 1000, clock, onChange })
    t.after(() => schedule.stop())
    for (const _ of outcomes) {
      tick(1000)
      await settle()
    }
    assert.deepEqual(changes, ['A', 'B', undefined, 'B'])
  })

  test('keeps no process alive.', () => {
    const module = JSON.stringify(pathToFileURL('dist/schedule.js').href)
    const script = `import { Schedule } from ${module}; new Schedule(() => {}, { intervalMs: 3600000, onChange() {} })`
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    assert.deepEqual([status, signal, stderr], [0, null, ''])
  })
})

describe('Beats', () => {
  test('come until the signal is aborted, each at least an interval after the one before.', async () => {
    const ending = new AbortController()
    const seen = [performance.now()]
    for await (const _ of beats({ intervalMs: 20 }, ending.signal)) {
      seen.push(performance.now())
      if (seen.length === 4) ending.abort()
    }
    const total = (seen.at(-1) as number) - (seen[0] as number)
    assert.ok(seen.length === 4 && total > 55, `${seen}`)
  })

  test('end at once when the signal is aborted during a wait.', async () => {
    const ending = new AbortController()
    setImmediate(() => ending.abort())
    for await (const _ of beats({ intervalMs: 3_600_000 }, ending.signal)) assert.fail('an hour has not passed')
  })
})
