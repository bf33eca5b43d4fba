import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DistributionSeries, ExponentialBuckets, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { mergeSnapshots } from 'plimsoll/snapshot'
import { meetingSnapshot } from '../../support/arbitraries.ts'
import { recordedExponential } from '../../support/recorded.ts'

test('Merging in any order gives the same snapshot, and in any grouping where no definitions conflict', () => {
  const property = fc.property(meetingSnapshot, meetingSnapshot, meetingSnapshot, (a, b, c) => {
    const before = JSON.stringify([a, b, c])
    const merged = mergeSnapshots([a, b, c])
    const whole = comparable(merged)
    assert.deepEqual(comparable(mergeSnapshots([c, b, a])), whole)
    assert.deepEqual(comparable(mergeSnapshots([b, a, c])), whole)
    if (merged.conflicts === undefined && !hasBounds(merged)) {
      assert.deepEqual(comparable(mergeSnapshots([mergeSnapshots([a, b]), c])), whole)
      assert.deepEqual(comparable(mergeSnapshots([a, mergeSnapshots([b, c])])), whole)
    }
    assert.equal(JSON.stringify([a, b, c]), before)
  })
  fc.assert(property, { numRuns: 200 })
})

/** Explicit bounds become those that all share, so what is merged first decides what is left of them. */
function hasBounds({ families }: Snapshot): boolean {
  return families.some(({ series }) => series.some((one) => 'buckets' in one && 'bounds' in one.buckets))
}

test('Parts of a recorded stream merge into the whole, bucket by bucket', () => {
  const value = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
  const part = fc.tuple(fc.array(value, { maxLength: 30 }), fc.integer({ min: 0, max: 6 }))
  const property = fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
    const snapshots = parts.map(([values, scale]) => snapshotOf(recordedExponential(values, scale)))
    const scales = parts.filter(([values]) => values.some((x) => x > 0)).map(([, scale]) => scale)
    const lowest = Math.min(...(scales.length > 0 ? scales : parts.map(([, scale]) => scale)))
    const whole = recordedExponential(
      parts.flatMap(([values]) => values),
      lowest,
    )
    assert.deepEqual(comparable(mergeSnapshots(snapshots)), comparable(snapshotOf(whole)))
  })
  fc.assert(property, { numRuns: 200 })
})

function snapshotOf(series: DistributionSeries): Snapshot {
  const family = { name: 'took', kind: 'timer', unit: 's', help: '', labelNames: [], series: [series] } as const
  return { version: 1, takenAt: 1, pages: [], families: [family] }
}

/** The snapshot without what order and rounding may change: pages, families and series sorted, numbers to 9 digits. */
function comparable(snapshot: Snapshot): unknown {
  const textOf = (family: FamilySnapshot): string => {
    return text({ ...family, labelNames: [...family.labelNames].sort(), series: family.series.map(text).sort() })
  }
  const conflicts = (snapshot.conflicts ?? []).map(({ family, pages }) => [textOf(family), pages.map(text).sort()])
  const pages = snapshot.pages.map(text).sort()
  return { takenAt: snapshot.takenAt, pages, families: snapshot.families.map(textOf), conflicts }
}

function text(value: object): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'number') return part.toPrecision(9)
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries('scale' in part ? withoutEmpty(part as ExponentialBuckets) : part).sort())
  })
}

/** Empty buckets at the ends mean nothing. */
function withoutEmpty({ scale, zero, offset, counts }: ExponentialBuckets): object {
  return { scale, zero, counts: counts.map((n, i) => [offset + i, n]).filter(([, n]) => n !== 0) }
}
