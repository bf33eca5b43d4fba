import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'

test('The sum over the last values does not drift from what adding them up anew gives', () => {
  const large = fc.double({ min: -1e15, max: 1e15, noNaN: true })
  const small = fc.double({ min: -1, max: 1, noNaN: true })
  const given = fc.array(fc.oneof(large, small, small), { maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), given, (size, values) => {
      const average = new Registry().average('sizes', { window: { values: size } })
      for (const value of values) average.record(value)
      const last = values.slice(-size)
      const { count, sum } = average.snapshot().window ?? assert.fail('no window')
      assert.equal(count, last.length)
      // Two roundings of the sum itself, and of what went through it: Neumaier's bound is of second order in that.
      const passed = values.slice(-2 * size).reduce((all, value) => all + Math.abs(value), 0)
      const exact = exactSum(last)
      const most = 2 * Number.EPSILON * Math.abs(exact) + 1000 * Number.EPSILON ** 2 * passed + 2 ** -99
      assert.ok(Math.abs(sum - exact) <= most, `${sum}, not ${exact}`)
    }),
    { numRuns: 300 },
  )
})

/** The sum without any rounding but the last, and to 100 binary places: float64 numbers are whole multiples of 2^-1074. */
function exactSum(values: readonly number[]): number {
  const total = values.reduce((sum, value) => sum + toBig(value), 0n)
  return Number(total >> 974n) / 2 ** 100
}

function toBig(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const word = bits.getBigUint64(0)
  const exponent = (word >> 52n) & 0x7ffn
  const mantissa = (word & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n)
  const size = mantissa << (exponent === 0n ? 0n : exponent - 1n)
  return word >> 63n === 1n ? -size : size
}
