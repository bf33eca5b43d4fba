import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FamilySnapshot, mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { diffSnapshots } from '#src/snapshot/diff.ts'
import { meetingSnapshot } from '../support/arbitraries.ts'

/** How much all that only goes up has come to, by kind and name. */
function counts({ families, conflicts = [] }: Snapshot): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const family of [...families, ...conflicts.map((conflict) => conflict.family)]) {
    const key = `${family.kind} ${family.name}`
    for (const amount of amounts(family)) sums[key] = amount + (sums[key] ?? 0)
  }
  return sums
}

function amounts(family: FamilySnapshot): number[] {
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return family.series.map(({ value }) => value)
    case 'histogram':
    case 'timer':
    case 'average':
      return family.series.map(({ count }) => count)
    default:
      return []
  }
}

test('what was there and what came since add up to what is there', () => {
  fc.assert(
    fc.property(meetingSnapshot, meetingSnapshot, (before, added) => {
      const first = mergeSnapshots([before])
      const after = mergeSnapshots([before, added])
      const growth = diffSnapshots(first, after)
      const known = counts(first)
      const grown = counts(growth)
      const sums = Object.entries(grown).map(([name, count]) => [name, count + (known[name] ?? 0)])
      assert.deepEqual(Object.fromEntries(sums), counts(after))
      for (const { kind, series } of growth.families) {
        for (const one of series) if (kind === 'counter') assert.ok(!('value' in one) || !(Number(one.value) < 0))
      }
    }),
  )
})
