import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import type { Snapshot, StateSeries } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

const states = ['idle', 'busy', 'draining'] as const

function seriesOf({ families }: Snapshot, name: string): StateSeries {
  const family = families.find((one) => one.name === name)
  assert.equal(family?.kind, 'state')
  return (family as { series: readonly StateSeries[] }).series[0] as StateSeries
}

test('A state begins in the first one, and counts the seconds spent in each, the present one included', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const worker = registry.state('worker', { states })
  assert.equal(worker.value, 'idle')
  clock.advance(3)
  worker.set('busy')
  clock.advance(4)
  worker.set('busy')
  clock.advance(1)
  worker.set('idle')
  clock.advance(0.5)
  const series = seriesOf(registry.read(), 'worker')
  assert.deepEqual(series, {
    labels: {},
    value: 'idle',
    seconds: { idle: 3.5, busy: 5, draining: 0 },
    processes: { idle: 1 },
    users: 0,
  })
})

test('The states of a family with labels are apart', () => {
  const registry = new Registry()
  const workers = registry.state('worker', { states, labels: ['name'] })
  workers.labels({ name: 'a' }).set('busy')
  assert.equal(workers.labels({ name: 'a' }).value, 'busy')
  assert.equal(workers.labels({ name: 'b' }).value, 'idle')
})

test('A state that was not declared changes nothing and is counted', () => {
  const registry = new Registry()
  const worker = registry.state('worker', { states })
  worker.set('gone' as 'idle')
  worker.acquire(7 as never).release()
  assert.equal(worker.value, 'idle')
  assert.equal(worker.users, 0)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'worker', reason: 'value' }, value: 2 }])
})

test('A state is held by its users until the last one lets go', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const pool = registry.state('pool', { states })
  {
    using _first = pool.acquire('busy')
    clock.advance(2)
    const second = pool.acquire('busy')
    assert.equal(pool.users, 2)
    clock.advance(3)
    second.release()
    second.release()
    assert.equal(pool.users, 1)
    assert.equal(pool.value, 'busy')
  }
  assert.equal(pool.users, 0)
  assert.equal(pool.value, 'idle')
  assert.deepEqual(seriesOf(registry.read(), 'pool').seconds, { idle: 0, busy: 5, draining: 0 })
})

test('Of several states that are held the one taken up last shows, and what is set meanwhile comes after them', () => {
  const pool = new Registry().state('pool', { states })
  const busy = pool.acquire('busy')
  const draining = pool.acquire('draining')
  assert.equal(pool.value, 'draining')
  busy.release()
  assert.equal(pool.value, 'draining')
  pool.set('busy')
  assert.equal(pool.value, 'draining')
  draining.release()
  assert.equal(pool.value, 'busy')
})

test('A wall clock that is set neither adds nor takes seconds', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const worker = registry.state('worker', { states })
  worker.set('busy')
  clock.advance(10)
  clock.setUnixTime(clock.unixTime() + 3600)
  registry.tick()
  clock.advance(10)
  assert.equal(seriesOf(registry.read(), 'worker').seconds.busy, 20)
  clock.setUnixTime(clock.unixTime() - 7200)
  worker.set('idle')
  clock.advance(1)
  const { seconds } = seriesOf(registry.read(), 'worker')
  assert.deepEqual(seconds, { idle: 1, busy: 20, draining: 0 })
})

test('A wall clock that is set shows in no seconds, not even before the next tick', () => {
  for (const seconds of [86_400, -86_400]) {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    const worker = registry.state('worker', { states })
    clock.advance(3)
    clock.setUnixTime(clock.unixTime() + seconds)
    clock.advance(1)
    assert.equal(worker.snapshot().seconds.idle, 4)
    worker.set('busy')
    clock.advance(2)
    assert.deepEqual(seriesOf(registry.read(), 'worker').seconds, { idle: 4, busy: 2, draining: 0 })
  }
})

test('Whatever the changes, the seconds in all states add up to the age', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...states), fc.nat(1000), fc.boolean()), { maxLength: 40 })
  fc.assert(
    fc.property(steps, (changes) => {
      const clock = new ManualClock(0)
      const registry = new Registry({ clock })
      const state = registry.state('s', { states })
      const expected: Record<string, number> = { idle: 0, busy: 0, draining: 0 }
      let present = 'idle'
      for (const [next, eighths, moves] of changes) {
        clock.advance(eighths / 8)
        expected[present] = (expected[present] as number) + eighths / 8
        state.set(next)
        present = next
        // Moved to other cells and back, as when it is published.
        if (moves) registry.useStore()
      }
      assert.deepEqual(seriesOf(registry.read(), 's').seconds, expected)
    }),
  )
})

test('States must be declared: different texts, and the same ones the next time', () => {
  const registry = new Registry()
  for (const wrong of [undefined, [], ['a', 'a'], [''], 'ab', [1]]) {
    assert.throws(() => registry.state('worker', { states: wrong as never }), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  registry.state('worker', { states })
  assert.throws(() => registry.state('worker', { states: ['idle', 'busy'] }), { code: 'PLIMSOLL_FAMILY_CONFLICT' })
})
