import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { diffSnapshots } from 'plimsoll/snapshot'
import { fallenSeries } from '#src/snapshot/falls.ts'
import { removedSeries } from '#src/snapshot/removed.ts'
import { everyMeasure } from '../support/measures.ts'

type Edit = (series: FamilySnapshot['series'][number]) => object | undefined

/** The snapshot with other series in one family; without those that become `undefined`. */
function edited(name: string, edit: Edit): Snapshot {
  const families = everyMeasure.families.map((family) => {
    if (family.name !== name) return family
    const series = (family.series as readonly FamilySnapshot['series'][number][]).map(edit).filter((one) => one)
    return { ...family, series } as unknown as FamilySnapshot
  })
  return { ...everyMeasure, families }
}

test('A series whose total is lower than before has fallen, and no other one', () => {
  assert.deepEqual(fallenSeries(everyMeasure, everyMeasure), [])
  const falls: [string, Edit, object][] = [
    ['web.hits', (one) => ({ ...one, value: 4 }), {}],
    ['jobs.done', (one) => ({ ...one, value: 'value' in one && one.value === 120 ? 119 : 8 }), { queue: 'mail' }],
    ['jobs.size', (one) => ({ ...one, count: 3 }), {}],
    ['web.latency', (one) => ({ ...one, count: 3 }), { route: '/' }],
    ['pool.state', (one) => ({ ...one, seconds: { idle: 60, busy: 60 } }), { pool: 'db' }],
  ]
  for (const [family, edit, labels] of falls) {
    assert.deepEqual(fallenSeries(everyMeasure, edited(family, edit)), [{ family, labels }])
  }
  // What goes up and down has no total.
  assert.deepEqual(
    fallenSeries(
      everyMeasure,
      edited('queue.length', (one) => ({ ...one, value: 0 })),
    ),
    [],
  )
})

test('What a later snapshot has no more is removed: families, series, and texts that changed', () => {
  const removed = (before: Snapshot, after: Snapshot): unknown =>
    removedSeries(before, after).families.map(({ name, series }) => [name, series.map(({ labels }) => labels)])
  const reordered = { ...everyMeasure, families: everyMeasure.families.toReversed() }
  assert.deepEqual(removed(everyMeasure, everyMeasure), [])
  assert.deepEqual(removed(everyMeasure, reordered), [])
  assert.deepEqual(
    removed(
      everyMeasure,
      edited('jobs.done', (one) => (one.labels['queue'] === 'mail' ? undefined : one)),
    ),
    [['jobs.done', [{ queue: 'mail' }]]],
  )
  const fewer = { ...everyMeasure, families: everyMeasure.families.filter(({ name }) => name !== 'jobs.done') }
  assert.deepEqual(removed(everyMeasure, fewer), [['jobs.done', [{ queue: 'mail' }, { queue: 'old' }]]])
  const text = (value: string): Snapshot => {
    const head = { name: 'version', kind: 'text', unit: '', help: '', labelNames: [] } as const
    return { ...everyMeasure, families: [{ ...head, series: [{ labels: {}, value }] }] }
  }
  assert.deepEqual(removed(text('1'), text('2')), [['version', [{}]]])
  assert.deepEqual(removed(text('1'), text('1')), [])
})

test('The growth of a counter has its exemplar where it grew', () => {
  const growth = (value: number): unknown => {
    const after = edited('web.hits', (one) => ({ ...one, value }))
    const family = diffSnapshots(everyMeasure, after).families.find(({ name }) => name === 'web.hits')
    return (family?.series[0] as { exemplars?: unknown } | undefined)?.exemplars
  }
  assert.equal(growth(5), undefined)
  assert.equal((growth(6) as unknown[]).length, 1)
})
