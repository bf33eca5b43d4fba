import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJson, parseJson } from 'plimsoll/formats'
import { oddSnapshot } from '../../support/arbitraries.ts'

test('Any snapshot comes back from its JSON as it was', () => {
  fc.assert(
    fc.property(oddSnapshot, fc.constantFrom(0, 2), (snapshot, indent) => {
      assert.deepEqual(parseJson(formatJson(snapshot, { indent })), snapshot)
    }),
    { numRuns: 200 },
  )
})

test('Cut or changed JSON is a snapshot or a PlimsollError, nothing else', () => {
  const property = fc.property(
    oddSnapshot,
    fc.nat(),
    fc.constantFrom('', '0', '"', 'null', '-', '[]', '{}', '1e999'),
    (snapshot, at, put) => {
      const text = formatJson(snapshot)
      const place = at % text.length
      for (const broken of [text.slice(0, place), text.slice(0, place) + put + text.slice(place + 1)]) {
        try {
          parseJson(broken)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'PLIMSOLL_SNAPSHOT_INVALID')
        }
      }
    },
  )
  fc.assert(property, { numRuns: 300 })
})
