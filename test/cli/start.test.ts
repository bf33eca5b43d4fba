import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageLine } from '#src/cli/start.ts'
import { PlimsollError } from '#src/errors.ts'

test('an error is one line, and on a terminal as many as it takes, with whole words', () => {
  const error = new PlimsollError('PLIMSOLL_TERMINAL_REQUIRED', { command: 'plimsoll top' })
  const line = messageLine(error)
  assert.match(
    line,
    /^plimsoll: PLIMSOLL_TERMINAL_REQUIRED plimsoll top needs a terminal: stdout is not one, or TERM is dumb\. .*\n$/,
  )
  const lines = messageLine(error, 80).trimEnd().split('\n')
  assert.ok(lines.length > 1 && lines.every((one) => one.length <= 80), lines.join('\n'))
  assert.equal(`${lines.join(' ')}\n`, line)
})
