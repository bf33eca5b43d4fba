import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { errorTable } from '#src/error-table.ts'
import { PlimsollError, show } from '#src/errors.ts'
import { withErrorTable } from '../scripts/errors-doc.ts'

test('docs/errors.md lists exactly the errors that there are, with their texts (npm run docs:errors writes it).', () => {
  const document = readFileSync('docs/errors.md', 'utf8')
  assert.equal(document, withErrorTable(document))
})

describe('An error', () => {
  test('says what happened with the values, then the remedy, and carries its code and its cause.', () => {
    const cause = new Error('first')
    const error = new PlimsollError('PLIMSOLL_NAME_RESERVED', { name: 'plimsoll.x' }, { cause })
    const { name, code, message, cause: kept } = error
    assert.deepEqual(
      { name, code, message, cause: kept },
      {
        name: 'PlimsollError',
        code: 'PLIMSOLL_NAME_RESERVED',
        message:
          'The metric name plimsoll.x is reserved. Choose a name that does not begin with "plimsoll.", the prefix of plimsoll\'s own metrics.',
        cause,
      },
    )
  })

  test('escapes control characters and cuts long values, for they may come from a damaged page.', () => {
    const values = { file: 'x', reason: `\u001b[31m\n\u009b${'y'.repeat(400)}` }
    const { message } = new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', values)
    assert(message.startsWith(`Cannot read page x: \\x1b[31m\\x0a\\x9b${'y'.repeat(290)}`), message)
    assert.equal(message.includes('y'.repeat(294)), false)
  })

  test('shows what was given as JSON, unless that says nothing of it or takes more memory than there may be.', () => {
    const shown = [{ a: [1] }, {}, Number.NaN, /a.b/g, new Set([1]), undefined, Buffer.alloc(3), new Float64Array(2)]
    assert.deepEqual(shown.map(show), [
      '{"a":[1]}',
      '{}',
      'NaN',
      '/a.b/g',
      '[object Set]',
      'undefined',
      'Uint8Array of 3 bytes',
      'Float64Array of 16 bytes',
    ])
  })

  test('has a code that begins with PLIMSOLL_, and texts that are sentences.', () => {
    const odd = Object.entries(errorTable).filter(
      ([code, { what, remedy }]) =>
        !/^PLIMSOLL_[A-Z]+(_[A-Z]+)*$/.test(code) || !/^[A-Z{].*\.$/.test(what) || !/^[A-Z{].*[."]$/.test(remedy),
    )
    assert.deepEqual(odd, [])
  })

  test('is plain: the first sentence has fewer than 80 characters, and things neither know nor tell.', () => {
    const unplain = Object.values(errorTable).flatMap(({ what, remedy }) => {
      const [first = ''] = what.replaceAll(/\{\w+\}/g, 'x').split('. ')
      const isPlain = !/\b(is no|does not know|no good|told|tells?|says?|whoever|give)\b/i.test(`${what} ${remedy}`)
      return first.length < 80 && isPlain ? [] : [what]
    })
    assert.deepEqual(unplain, [])
  })
})
