import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJson } from 'plimsoll/formats'
import { mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { cumulativeOnly } from '#src/snapshot/totals.ts'
import { Publishers } from '#src/zeromq/publishers.ts'
import { formatState, parseState } from '#src/zeromq/state.ts'
import { meetingSnapshot, oddSnapshot } from '../support/arbitraries.ts'
import { decoded, Sender } from './sender.ts'

const numRuns = Number(process.env.PLIMSOLL_FUZZ_CASES ?? 200)
const limits = { goneAfterMs: 10_000, maxGone: 1, maxPublishers: 10 }

/** Each publisher sends a snapshot, and may say goodbye with it. */
const sent = fc.array(fc.tuple(fc.oneof(meetingSnapshot, oddSnapshot), fc.boolean()), { maxLength: 5 })

function publishersOf(all: readonly (readonly [Snapshot, boolean])[]): Publishers {
  const publishers = new Publishers(limits)
  for (const [i, [snapshot, isLast]] of all.entries()) {
    publishers.take(decoded(new Sender(`${i}`.repeat(32)).next(snapshot, isLast)), 6000 * i)
  }
  return publishers
}

function textOf(publishers: Publishers): string {
  return [...formatState(publishers.keep(24_000))].join('')
}

/** What is cumulative in the sum: of every definition, as a gauge that is not kept may have owned a name before. */
function lasting(publishers: Publishers): string[] {
  const { families, conflicts = [] } = cumulativeOnly(mergeSnapshots([...publishers.read(24_000)]))
  const all = [...families, ...conflicts.map(({ family }) => family)]
  return all.map((family) => formatJson({ version: 1, takenAt: 0, pages: [], families: [family] })).sort()
}

test('What was kept comes out of its text as it went in, whoever lives, is gone or archived', () => {
  const property = fc.property(sent, (all) => {
    const before = publishersOf(all)
    const expected = lasting(before)
    const after = new Publishers(limits)
    after.restore(parseState(Buffer.from(textOf(before))), 24_000)
    assert.deepEqual(lasting(after), expected)
  })
  fc.assert(property, { numRuns })
})

test('A text that was damaged is refused, or has other values: nothing else is thrown', () => {
  const property = fc.property(sent, fc.nat(), fc.nat(255), fc.boolean(), (all, at, byte, isCut) => {
    const text = Buffer.from(textOf(publishersOf(all)))
    const damaged = isCut ? text.subarray(0, at % text.length) : Buffer.from(text)
    if (!isCut) damaged[at % text.length] = byte
    try {
      new Publishers(limits).restore(parseState(damaged), 24_000)
      assert.ok(!isCut)
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof TypeError), String(error))
    }
  })
  fc.assert(property, { numRuns })
})
