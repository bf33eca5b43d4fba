import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { type Distribution, quantile, type Recent } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { distributionOf } from '../../support/distributions.ts'
import { exactQuantile } from '../../support/exact-quantile.ts'

type Command = { record: number } | { wait: number } | { jump: number } | 'tick'

const value = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 1e-300, 1e300, 5e-324),
  fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
)
const command: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: value.map((record) => ({ record })), weight: 8 },
  { arbitrary: fc.constant<'tick'>('tick'), weight: 6 },
  { arbitrary: fc.integer({ min: 1, max: 15 }).map((wait) => ({ wait })), weight: 6 },
  { arbitrary: fc.integer({ min: 16, max: 4000 }).map((wait) => ({ wait })), weight: 1 },
  { arbitrary: fc.integer({ min: -4000, max: 4000 }).map((jump) => ({ jump })), weight: 1 },
)

test('Whatever happens, a window holds just what was recorded in the time that it says it covers', () => {
  const property = fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    const metrics = [registry.histogram('h'), registry.histogram('e', { buckets: [1, 2] }), registry.timer('t')]
    const recorded: { at: number; value: number }[] = []
    let clockWasSet = false
    for (const one of commands) {
      // No two things happen at one instant.
      clock.advance(0.001)
      if (one === 'tick') {
        registry.tick()
        clockWasSet = false
      } else if ('record' in one) {
        recorded.push({ at: clock.now() / 1000, value: one.record })
        for (const metric of metrics) metric.record(one.record)
      } else if ('wait' in one) {
        clock.advance(one.wait)
      } else {
        clock.setUnixTime(clock.unixTime() + one.jump)
        clockWasSet ||= Math.abs(one.jump) >= 1
      }
      const snapshot = registry.read()
      for (const name of ['h', 'e', 't']) {
        for (const window of Object.values(distributionOf(snapshot, name).recent ?? {})) {
          assert(window.seconds >= 0 && window.count >= 0)
          if (!clockWasSet) check(window, recorded, clock.now() / 1000)
        }
      }
    }
  })
  fc.assert(property, { numRuns: 300 })
})

function check(window: Recent, recorded: readonly { at: number; value: number }[], now: number): void {
  const begin = now - window.seconds
  const values = recorded.filter(({ at }) => at > begin + 1e-4).map((one) => one.value)
  assert.equal(window.count, values.length, `${window.seconds}`)
  if (values.length === 0 || !('scale' in window.buckets)) return
  const bound = 2 ** (2 ** -(window.buckets.scale + 1)) - 1
  for (const q of [0.5, 0.99]) {
    const exact = exactQuantile(values, q)
    const found = quantile(window as Distribution, q) ?? Number.NaN
    assert(Math.abs(found - exact) <= bound * exact * 1.0001 + 5e-324, `${found} for ${exact}`)
  }
}
