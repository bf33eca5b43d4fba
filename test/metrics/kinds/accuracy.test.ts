import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type HistogramOptions, Registry } from 'plimsoll'
import { type Distribution, quantiles } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { distributionOf } from '../../support/distributions.ts'
import { exactQuantile } from '../../support/exact-quantile.ts'

const shares = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999]
const count = 20_000

/** Numbers in (0, 1), the same in each run (a multiplicative congruential generator, L'Ecuyer 1999). */
function seeded(): () => number {
  let state = 12_345
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function many(value: (random: () => number, i: number) => number): Float64Array {
  const random = seeded()
  return Float64Array.from({ length: count }, (_, i) => value(random, i))
}

const pareto = (random: () => number): number => random() ** -1.5
const data: Readonly<Record<string, Float64Array>> = {
  'all in one bucket': many((random) => 1 + random() * 0.02),
  'at the upper end of one bucket': many(() => 1.0218971486541166),
  'just above the lower end of a bucket': many(() => 1 + Number.EPSILON),
  'powers of two': many((random) => 2 ** Math.floor(random() * 60 - 30)),
  'bounds of buckets and their neighbours': many(
    (_, i) => 2 ** ((i % 320) / 32) * (1 + ((i % 3) - 1) * Number.EPSILON),
  ),
  'a heavy tail': many(pareto),
  'a heavy tail, ascending': many(pareto).sort(),
  'a heavy tail, descending': many(pareto).sort().reverse(),
  'two modes far apart': many((random) => (random() < 0.9 ? 0.001 : 1000) * (1 + random())),
  'one value in ten thousand far away': many((_, i) => (i % 10_000 === 5000 ? 1e9 : 1)),
  'very large numbers': many((random) => 1e300 * (1 + random() * 1e6)),
  'very small numbers': many((random) => 1e-300 * (1 + random() * 1e6)),
  'a constant': many(() => 0.3),
  'a constant zero': many(() => 0),
  'log-normal durations': many((random) => Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(6.283 * random()))),
  'whole milliseconds': many((random) => Math.ceil(random() * 50) / 1000),
}

/** A registry with the values recorded over the last minute; before it, very different ones. */
function recordRecently(values: Float64Array, options: HistogramOptions = {}) {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const histogram = registry.histogram('h', options)
  for (let second = 5; second <= 480; second += 5) {
    clock.advance(5)
    histogram.record(second * 1e-5)
    registry.tick()
  }
  for (const [i, value] of values.entries()) {
    if (i % 2000 === 0) {
      clock.advance(5)
      registry.tick()
    }
    histogram.record(value)
  }
  return distributionOf(registry.read(), 'h')
}

function check(distribution: Distribution, values: ArrayLike<number>, what: string): void {
  assert('scale' in distribution.buckets && distribution.buckets.scale === 5, what)
  const found = quantiles(distribution, shares) ?? assert.fail(what)
  for (const [i, share] of shares.entries()) {
    const exact = exactQuantile(values, share)
    const error = Math.abs((found[i] ?? Number.NaN) - exact)
    assert(error <= 0.011 * exact, `${what}: the quantile ${share} is ${found[i]} instead of ${exact}`)
  }
}

describe('Quantiles from p50 to p99.99 are within 1.1 % of an exact sort:', () => {
  for (const [what, values] of Object.entries(data)) {
    test(`${what}, since the start and over the last minute.`, () => {
      const registry = new Registry()
      const histogram = registry.histogram('h')
      for (const value of values) histogram.record(value)
      check(distributionOf(registry.read(), 'h'), values, 'since the start')
      const { recent } = recordRecently(values)
      const minute = recent?.['1m'] ?? assert.fail('no minute')
      assert.equal(minute.count, values.length)
      check(minute, values, 'over the last minute')
    })
  }
})

test('Denormal numbers count as zero, which is the most that a quantile of them can be wrong', () => {
  const values = many((random) => random() * 2 ** -1022)
  const registry = new Registry()
  const histogram = registry.histogram('h')
  for (const value of values) histogram.record(value)
  const found = quantiles(distributionOf(registry.read(), 'h'), shares) ?? []
  for (const value of found) assert(value >= 0 && value < 2 ** -1022)
})

test('Numbers further apart than 128 octaves are told at the scale that fits, within its bound', () => {
  const values = many((random, i) => (i % 2 === 0 ? 1e300 : 1e-300) * (1 + random()))
  const registry = new Registry()
  const histogram = registry.histogram('h')
  for (const value of values) histogram.record(value)
  const distribution = distributionOf(registry.read(), 'h')
  assert('scale' in distribution.buckets)
  const bound = 2 ** (2 ** -(distribution.buckets.scale + 1)) - 1
  for (const [i, found] of (quantiles(distribution, shares) ?? []).entries()) {
    const exact = exactQuantile(values, shares[i] ?? 0)
    assert(Math.abs(found - exact) <= bound * exact * (1 + 1e-9))
  }
})
