import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PlimsollError } from 'plimsoll'
import { environmentSwitch } from '#src/os/environment-switch.ts'
import { keepingFromEnvironment } from '#src/publish-options.ts'
import { partNames, partsFrom } from '#src/runtime/options.ts'

const on = ['1', 'true', 'TRUE', 'yes', 'Yes', 'on', ' on ']
const off = ['0', 'false', 'False', 'no', 'NO', 'off']

function set(t: TestContext, name: string, value: string): void {
  process.env[name] = value
  t.after(() => delete process.env[name])
}

test('a variable is on or off by usual words in any case, and has its default where it is not set or empty', (t) => {
  const warnings: PlimsollError[] = []
  const read = (unset: boolean): boolean =>
    environmentSwitch('PLIMSOLL_TEST', { unset, invalid: !unset }, (warning) => warnings.push(warning))
  for (const unset of [true, false]) {
    assert.equal(read(unset), unset)
    for (const [value, expected] of [
      ['', unset] as const,
      ...on.map((word) => [word, true] as const),
      ...off.map((word) => [word, false] as const),
    ]) {
      set(t, 'PLIMSOLL_TEST', value)
      assert.equal(read(unset), expected, `"${value}"`)
    }
    delete process.env.PLIMSOLL_TEST
  }
  assert.deepEqual(warnings, [])
})

test('a value that is neither on nor off is one warning, and the safe choice', (t) => {
  set(t, 'PLIMSOLL_OTHER', 'perhaps')
  const warnings: PlimsollError[] = []
  const read = (invalid: boolean): boolean =>
    environmentSwitch('PLIMSOLL_OTHER', { unset: !invalid, invalid }, (warning) => warnings.push(warning))
  assert.deepEqual([read(true), read(true), read(false)], [true, true, false])
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['PLIMSOLL_OPTION_INVALID'],
  )
  assert.match(warnings[0]?.message ?? '', /PLIMSOLL_OTHER.*"perhaps".*1, true, yes or on, or 0, false, no or off/s)
})

test('variables with more than two values are turned off by the same words', (t) => {
  for (const word of off) {
    assert.deepEqual(partsFrom(word), new Set(), word)
    set(t, 'PLIMSOLL_PAGE', word)
    assert.equal(keepingFromEnvironment(), 'off', word)
  }
  for (const word of on) {
    assert.deepEqual(partsFrom(word), new Set(partNames), word)
    set(t, 'PLIMSOLL_PAGE', word)
    assert.equal(keepingFromEnvironment(), undefined, word)
  }
  set(t, 'PLIMSOLL_PAGE', 'perhaps')
  assert.equal((keepingFromEnvironment() as PlimsollError).code, 'PLIMSOLL_OPTION_INVALID')
})
