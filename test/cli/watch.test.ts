import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CounterFamilySnapshot, PageState, Snapshot } from 'plimsoll/snapshot'
import { PageFilter } from '#src/cli/select/page-filter.ts'
import { Watch } from '#src/cli/view/watch.ts'

function pageWith(value: number, file = '/pages/shop.page', state: PageState = 'live', pid = 1): Snapshot {
  const page = { file, pid, tid: 0, app: 'shop', host: 'quay', startedAt: 1, heartbeatAge: 0 }
  const series = [{ labels: {}, value }]
  const family = { name: 'calls', kind: 'counter', unit: '', help: '', labelNames: [], series } as const
  return { version: 1, takenAt: 2, pages: [{ ...page, state }], families: [family] }
}

function cpuTime(value: number): Pick<Snapshot, 'families'> {
  const [family] = pageWith(value).families as [CounterFamilySnapshot]
  return { families: [{ ...family, name: 'process.cpu.time' }] }
}

function archiveWith(value: number): Snapshot {
  return pageWith(value, '/pages/shop.archive', 'archived')
}

/** What each look gave: how much was counted since the one before, and in all. */
function counts(...looks: readonly (readonly Snapshot[])[]): (readonly number[])[] {
  const watch = new Watch()
  return looks.map((snapshots) => {
    const [look] = watch.add(snapshots, new Set())
    return [look?.grown, look?.total].map((snapshot) => {
      const [family] = snapshot?.families ?? []
      return family?.kind === 'counter' ? (family.series[0]?.value ?? 0) : 0
    })
  })
}

test('what a page counted between the last look and its death is what the archive grew by beyond what was seen', () => {
  const other = pageWith(100, '/pages/other.page', 'live', 2)
  assert.deepEqual(
    counts([pageWith(5), other], [pageWith(7), other], [archiveWith(10), other], [archiveWith(10), other]),
    [
      [0, 105],
      [2, 107],
      [3, 110],
      [0, 110],
    ],
  )
  assert.deepEqual(counts([pageWith(5), archiveWith(50)], [archiveWith(58)]), [
    [0, 55],
    [3, 58],
  ])
})

test('a page that came and went into the archive between two looks counts whole, one that was removed takes nothing back', () => {
  assert.deepEqual(counts([pageWith(5)], [pageWith(5), archiveWith(9)], [archiveWith(9)], [archiveWith(9)]), [
    [0, 5],
    [9, 14],
    [0, 14],
    [0, 14],
  ])
})

test('a registry that lost its page goes on in another one', () => {
  const again = (value: number): Snapshot => pageWith(value, '/pages/again.page')
  assert.deepEqual(counts([pageWith(5)], [again(7)], [again(8)]), [
    [0, 5],
    [2, 7],
    [1, 8],
  ])
})

test('the processor time that a process used while it was blocked is spread over that time', () => {
  const watch = new Watch()
  // Once a second; from the third to the ninth second it is blocked.
  const used = [1, 2, 3, 3, 3, 3, 3, 3, 3, 10, 11]
  const grown = used.map((value, second) => {
    const [look] = watch.add([{ ...pageWith(value), ...cpuTime(value), takenAt: 100 + second }], new Set())
    const [family] = look?.grown.families ?? []
    const [total] = look?.total.families ?? []
    assert.deepEqual(total?.series, [{ labels: {}, value }])
    return family?.kind === 'counter' ? family.series[0]?.value : undefined
  })
  assert.deepEqual(grown, [0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1])
})

test('a filter of pages leaves archives out, which have the numbers of all pages', () => {
  const page = pageWith(5)
  assert.deepEqual(new PageFilter(['calls']).choose([page, archiveWith(9)]), [page])
  assert.deepEqual(new PageFilter([]).choose([archiveWith(9)]), [archiveWith(9)])
})

test('an archive that begins anew, the old one being damaged, takes nothing back', () => {
  assert.deepEqual(counts([archiveWith(50), pageWith(5)], [archiveWith(5)], [archiveWith(6)]), [
    [0, 55],
    [0, 55],
    [1, 56],
  ])
})

for (const failed of ['/pages/shop.page', '/pages']) {
  test(`after ${failed} could not be read once, its numbers count on from where they were`, () => {
    const watch = new Watch()
    watch.add([pageWith(5)], new Set())
    watch.add([], new Set([failed]))
    const [look] = watch.add([pageWith(7)], new Set())
    assert.deepEqual(
      [look?.grown, look?.total].map((snapshot) => snapshot?.families[0]?.series),
      [[{ labels: {}, value: 2 }], [{ labels: {}, value: 7 }]],
    )
  })
}
