import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

test('No value of a window is ever outside of its extremes, and none that was too long ago is inside', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ set: fc.integer({ min: -1000, max: 1000 }) }) },
    { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ jump: fc.integer({ min: -5000, max: 5000 }) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new ManualClock()
      const registry = new Registry({ clock })
      const gauge = registry.gauge('queue', { extremes: true })
      let time = 0
      // By a clock that nobody sets: each value, from when until when it stood.
      const stood: { value: number; from: number; to: number }[] = []
      for (const one of steps) {
        if ('set' in one) {
          gauge.set(one.set)
          const last = stood.at(-1)
          if (last !== undefined) last.to = time
          stood.push({ value: one.set, from: time, to: Number.POSITIVE_INFINITY })
        } else if ('jump' in one) {
          clock.setUnixTime(clock.unixTime() + one.jump)
          registry.tick()
        } else {
          clock.advance(one.wait)
          time += one.wait
          registry.tick()
        }
      }
      const { extremes } = gauge.snapshot()
      assert.equal(extremes === undefined, stood.length === 0)
      for (const [name, window] of [
        ['1m', 60],
        ['5m', 300],
      ] as const) {
        const found = extremes?.[name]
        if (found === undefined) continue
        const inside = stood.filter(({ to }) => to > time - Math.min(window, found.seconds)).map(({ value }) => value)
        assert.ok(found.min <= Math.min(...inside) && found.max >= Math.max(...inside), 'a value is missing')
        const covered = stood.filter(({ to }) => to >= time - found.seconds - 1e-6).map(({ value }) => value)
        assert.ok(found.min >= Math.min(...covered) && found.max <= Math.max(...covered), 'a value is too old')
      }
    }),
  )
})
