import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { diffSnapshots } from '#src/snapshot/diff.ts'

function snapshotOf(...families: FamilySnapshot[]): Snapshot {
  return { version: 1, takenAt: 1000, pages: [], families }
}

const head = { unit: '', help: '', labelNames: ['a'] }
const labels = { a: 'x' }

test('counters grow by what came to them, from nothing when they are new, and never by less than nothing', () => {
  const counter = (...values: [string, number][]): Snapshot =>
    snapshotOf({ ...head, kind: 'counter', name: 'c', series: values.map(([a, value]) => ({ labels: { a }, value })) })
  const before = counter(['x', 5], ['fell', 9])
  const after = counter(['new', 2], ['x', 7], ['fell', 1])
  assert.deepEqual(diffSnapshots(before, after), counter(['new', 2], ['x', 2], ['fell', 0]))
  assert.deepEqual(diffSnapshots(snapshotOf(), after), after)
})

test('a series is known by its labels, in whatever order and at whatever place it stands', () => {
  const counter = (...series: [Record<string, string>, number][]): Snapshot => {
    const labelNames = ['a', 'b']
    return snapshotOf({
      ...head,
      labelNames,
      kind: 'counter',
      name: 'c',
      series: series.map(([labels, value]) => ({ labels, value })),
    })
  }
  const before = counter([{ a: '1', b: '2' }, 5], [{ a: '2', b: '1' }, 7], [{ a: '1' }, 9])
  const after = counter([{ a: '1' }, 10], [{ b: '1', a: '2' }, 9], [{ b: '2', a: '1' }, 8], [{ b: '1' }, 4])
  const grown = counter([{ a: '1' }, 1], [{ b: '1', a: '2' }, 2], [{ b: '2', a: '1' }, 3], [{ b: '1' }, 4])
  assert.deepEqual(diffSnapshots(before, after), grown)
})

test('gauges are as they are now', () => {
  const gauge = (value: number): Snapshot =>
    snapshotOf({ ...head, kind: 'gauge', name: 'g', aggregation: 'sum', series: [{ labels, value }] })
  assert.deepEqual(diffSnapshots(gauge(5), gauge(2)), gauge(2))
})

test('exponential buckets grow bucket by bucket, also where the later ones are coarser and begin lower', () => {
  const timer = (
    count: number,
    sum: number,
    min: number,
    max: number,
    scale: number,
    offset: number,
    counts: number[],
  ): Snapshot => {
    const series = [{ labels, count, sum, min, max, buckets: { scale, zero: 0, offset, counts } }]
    return snapshotOf({ ...head, kind: 'timer', name: 't', series })
  }
  // At scale 1 the values are in (2, 2.83] and (2.83, 4]; at scale 0 in (1, 2] and (2, 4].
  const before = timer(3, 8.5, 2.1, 3.9, 1, 2, [2, 1])
  const after = timer(5, 13, 1.5, 3.9, 0, 0, [1, 4])
  assert.deepEqual(diffSnapshots(before, after), timer(2, 4.5, 1.5, 3.9, 0, 0, [1, 1]))
  const still = snapshotOf({
    ...head,
    kind: 'timer',
    name: 't',
    series: [{ labels, count: 0, sum: 0, buckets: { scale: 0, zero: 0, offset: 0, counts: [0, 0] } }],
  })
  assert.deepEqual(diffSnapshots(after, after), still)
})

test('texts are those of the later look', () => {
  const text = (value: string): Snapshot =>
    snapshotOf({ ...head, kind: 'text', name: 't', series: [{ labels, value }] })
  assert.deepEqual(diffSnapshots(text('busy'), text('idle')), text('idle'))
})

test('explicit buckets grow bucket by bucket, and the edges of those that grew are the extremes', () => {
  const histogram = (
    count: number,
    sum: number,
    min: number,
    max: number,
    bounds: number[],
    counts: number[],
  ): Snapshot =>
    snapshotOf({
      ...head,
      kind: 'histogram',
      name: 'h',
      series: [{ labels, count, sum, min, max, buckets: { bounds, counts } }],
    })
  const before = histogram(2, 51, 1, 50, [1, 10, 100], [1, 0, 1, 0])
  const after = histogram(4, 61, 1, 50, [1, 10, 100], [1, 2, 1, 0])
  assert.deepEqual(diffSnapshots(before, after), histogram(2, 10, 1, 10, [1, 10, 100], [0, 2, 0, 0]))
  const others = histogram(4, 61, 1, 50, [2, 20], [1, 2, 1])
  assert.deepEqual(diffSnapshots(before, others), others)
})
