import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Registry } from 'plimsoll'
import { quantile } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

/** A metric of each kind in use, with and without windows, named after its kind. */
function metricsOf(registry: Registry): Readonly<Record<string, { snapshot(): unknown }>> {
  const counter = registry.counter('counter')
  counter.add(3)
  const gauge = registry.gauge('gauge', { extremes: true, aggregation: 'last' })
  gauge.set(4)
  const meter = registry.meter('meter')
  meter.mark(5)
  const histogram = registry.histogram('histogram')
  const explicit = registry.histogram('explicit', { buckets: [1, 10] })
  const timer = registry.timer('timer')
  for (const each of [histogram, explicit, timer]) for (const value of [0.5, 2, 20]) each.record(value)
  const average = registry.average('average', { window: { seconds: 60 } })
  average.record(6)
  const state = registry.state('state', { states: ['idle', 'busy'] })
  state.acquire('busy')
  const text = registry.text('text')
  text.set('words')
  return { counter, gauge, meter, histogram, explicit, timer, average, state, text }
}

describe('A metric tells of itself what its registry tells of it', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const metrics = metricsOf(registry)
  clock.advance(5)
  registry.tick()
  clock.advance(1)
  for (const [name, metric] of Object.entries(metrics)) {
    test(`for ${name}.`, () => {
      const family = registry.read().families.find((one) => one.name === name)
      assert.deepEqual({ labels: {}, ...(metric.snapshot() as object) }, family?.series[0])
    })
  }
})

test('What a histogram tells of itself has quantiles', () => {
  const histogram = new Registry().histogram('sizes', { buckets: [1, 10], labels: ['of'] }).labels({ of: 'mails' })
  for (const value of [0.5, 2, 20]) histogram.record(value)
  assert.equal(quantile(histogram.snapshot(), 1), 20)
})
