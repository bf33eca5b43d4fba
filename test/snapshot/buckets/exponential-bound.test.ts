import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exponentialBound, octaveBounds } from 'plimsoll/snapshot'

test('Bounds are right to the last bit at whole and half octaves, also at the ends of all numbers', () => {
  const bounds = [-1074 * 32, -1022 * 32, -16, 0, 16, 32, 48, 1023 * 32, 1024 * 32].map((index) =>
    exponentialBound(index, 5),
  )
  const { SQRT1_2, SQRT2 } = Math
  assert.deepEqual(bounds, [2 ** -1074, 2 ** -1022, SQRT1_2, 1, SQRT2, 2, 2 * SQRT2, 2 ** 1023, Infinity])
})

test('A bound of a lower scale is the same number at each finer scale', () => {
  const coarse = [-9, -4, -1, 1, 3, 10].map((index) => exponentialBound(index, 2))
  const fine = [-9, -4, -1, 1, 3, 10].map((index) => exponentialBound(index * 8, 5))
  assert.deepEqual(coarse, fine)
})

test('The bounds of an octave ascend in equal ratios', () => {
  const step = 2 ** (1 / 32)
  const off = octaveBounds.map((bound, i) => Math.abs((octaveBounds[i + 1] ?? 2) / bound / step - 1))
  assert.equal(octaveBounds.length, 32)
  assert.ok(Math.max(...off) < 3e-16)
})
