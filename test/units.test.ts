import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAmount, knownUnit, unitSuffix } from '#src/units.ts'

test('Known units have the suffix that Prometheus asks for, others are made legal', () => {
  const codes = [
    's',
    'By',
    '%',
    '1',
    'Cel',
    'By/s',
    '',
    'furlong',
    '{request}/s',
    'KiBy/min',
    'm/s',
    '1/min',
    'a-b c/x',
    '{}',
    'S',
  ]
  assert.deepEqual(codes.map(unitSuffix), [
    'seconds',
    'bytes',
    'percent',
    'ratio',
    'celsius',
    'bytes_per_second',
    '',
    'furlong',
    'per_second',
    'kibibytes_per_minute',
    'meters_per_second',
    'per_minute',
    'a_b_c_per_x',
    '',
    'S',
  ])
})

test('A unit of time or bytes knows how many seconds or bytes it is', () => {
  assert.deepEqual(knownUnit('ms'), {
    code: 'ms',
    suffix: 'milliseconds',
    symbol: 'ms',
    dimension: 'time',
    factor: 1e-3,
  })
  assert.equal(knownUnit('KiBy')?.factor, 1024)
  assert.equal(knownUnit('S'), undefined)
})

test('An amount is a number, alone or with the symbol or code of a known unit', () => {
  for (const text of ['7', '-0.5', '1e3', '500ms', '10MiB', '10MiBy', '2µs', '50%', '5min'])
    assert.ok(isAmount(text), text)
  for (const text of ['', 'many', '100mb', '5 ms', '5parsecs', 'ms']) assert.ok(!isAmount(text), text)
})
