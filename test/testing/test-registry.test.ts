import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { createTestRegistry, ManualClock } from 'plimsoll/testing'

describe('A test registry', () => {
  test('measures the time that a test lets pass, and no other.', () => {
    const { registry, clock, advance } = createTestRegistry()
    const timer = registry.timer('job')
    timer.time(() => advance(1.5))
    timer.time(() => clock.advance(0.5))
    assert.equal(timer.sum, 2)
    assert.equal(registry.read().takenAt, new ManualClock().unixTime() + 2)
  })

  test('ticks every five seconds of it, in whatever steps they pass.', () => {
    const { registry: inOne, advance: advanceInOne } = createTestRegistry()
    const { registry: inMany, advance: advanceInMany } = createTestRegistry()
    const registries = [inOne, inMany]
    for (const registry of registries) registry.meter('events').mark(300)
    advanceInOne(64)
    for (let i = 0; i < 128; i++) advanceInMany(0.5)
    const [one, many] = registries.map((registry) => registry.read())
    assert.deepEqual(many, one)
  })

  test('has the rates that a registry has which ticks by itself every five seconds.', () => {
    const { registry, advance } = createTestRegistry()
    const clock = new ManualClock()
    const other = new Registry({ clock })
    for (const each of [registry, other]) each.meter('events').mark(60)
    advance(4.9)
    assert.equal(registry.meter('events').rates?.m1, undefined)
    advance(0.1)
    clock.advance(5)
    other.tick()
    assert.deepEqual(registry.meter('events').rates, other.meter('events').rates)
    assert(Number(registry.meter('events').rates?.m1) > 0)
  })

  test('lets no time pass backwards.', () => {
    const { registry, clock, advance } = createTestRegistry()
    for (const pass of [advance, (seconds: number): void => clock.advance(seconds)]) {
      assert.throws(() => pass(-1), { code: 'PLIMSOLL_OPTION_INVALID' })
      assert.throws(() => pass(Number.NaN), { code: 'PLIMSOLL_OPTION_INVALID' })
    }
    assert.equal(registry.read().takenAt, new ManualClock().unixTime())
  })

  test('shares nothing with another one.', () => {
    const [one, other] = [createTestRegistry(), createTestRegistry()]
    one.registry.counter('hits').inc()
    assert.equal(other.registry.counter('hits').value, 0)
  })
})
