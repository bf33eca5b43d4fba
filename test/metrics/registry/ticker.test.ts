import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

test('A registry ticks itself every 5 seconds, once something needs it, when other timers of plimsoll are due as well', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 300
  t.mock.method(performance, 'now', () => now)
  const pass = (ms: number): void => {
    for (let i = 0; i < ms; i++) {
      now++
      t.mock.timers.tick(1)
    }
  }
  const registry = new Registry()
  const gauge = registry.gauge('queue')
  let calls = 0
  pass(61_000)
  gauge.observe(() => ++calls)
  assert.equal(calls, 1)
  pass(3699)
  assert.equal(calls, 1)
  pass(1)
  assert.equal(now, 65_000)
  assert.equal(calls, 2)
  registry.meter('marks')
  registry.gauge('other').observe(() => 1)
  pass(5000)
  assert.equal(gauge.value, 3)
})

test('A registry that was given a clock is ticked by who gave it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const registry = new Registry({ clock: new ManualClock() })
  let calls = 0
  registry.gauge('queue').observe(() => ++calls)
  t.mock.timers.tick(60_000)
  assert.equal(calls, 1)
  registry.tick()
  assert.equal(calls, 2)
})

test('Ticks keep no registry that nobody else keeps', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const forgotten = ((): WeakRef<Registry> => {
    const registry = new Registry()
    registry.meter('marks').mark()
    registry.gauge('queue').observe(() => new Promise(() => {}))
    return new WeakRef(registry)
  })()
  // It ends when the registry is collected; a registry that is kept runs into the time limit of tests.
  while (forgotten.deref() !== undefined) {
    await new Promise(setImmediate)
    gc()
  }
})
