import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from 'plimsoll/snapshot'
import { Watch } from '#src/cli/watch.ts'

function pageWith(value: number): Snapshot {
  const page = { file: '/pages/shop.page', pid: 1, tid: 0, app: 'shop', host: 'quay', startedAt: 1, heartbeatAge: 0 }
  const series = [{ labels: {}, value }]
  const family = { name: 'calls', kind: 'counter', unit: '', help: '', labelNames: [], series } as const
  return { version: 1, takenAt: 2, pages: [{ ...page, state: 'live' }], families: [family] }
}

for (const failed of ['/pages/shop.page', '/pages']) {
  test(`after ${failed} could not be read once, its numbers count on from where they were`, () => {
    const watch = new Watch()
    watch.look([pageWith(5)], new Set())
    watch.look([], new Set([failed]))
    const [look] = watch.look([pageWith(7)], new Set())
    assert.deepEqual(
      [look?.grown, look?.total].map((snapshot) => snapshot?.families[0]?.series),
      [[{ labels: {}, value: 2 }], [{ labels: {}, value: 7 }]],
    )
  })
}
