import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import { totalCount } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import * as layout from '#src/page/layout.ts'
import { beatBy } from '../support/beat.ts'
import { distributionOf } from '../support/distributions.ts'
import { mappedOnly } from '../support/written.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-copies-'))
const file = join(dir, 'torn.page')
after(() => rmSync(dir, { recursive: true }))

/** Numbers of the cells in which two images of a page differ, leaving out the header. */
function changedCells(before: Buffer, after: Buffer): number[] {
  const changed: number[] = []
  for (let at = layout.headerBytes; at < before.length; at += layout.cellBytes) {
    if (before.compare(after, at, at + layout.cellBytes, at, at + layout.cellBytes) !== 0) changed.push(at)
  }
  return changed
}

for (const bounds of [undefined, [1, 10, 100, 1000]]) {
  const kind = bounds === undefined ? 'exponential buckets' : 'given bounds'
  test(
    `A reader that meets any part of a copy under way sees a window that is right, or none: ${kind}`,
    mappedOnly,
    () => {
      const clock = new ManualClock()
      // Then times are larger than any count.
      clock.advance(1e9)
      const registry = new Registry({ clock })
      const publication = publish({ registry, dir })
      const histogram = registry.histogram('h', bounds && { buckets: bounds })
      const recordedAt: number[] = []
      const image = (): Buffer => readFileSync(publication.file ?? '')
      let copies = 0
      for (let i = 0; i < 200; i++) {
        // So that copies are renewed a little early, when the one that is being made anew still is the better one.
        clock.advance(4.9)
        for (const value of [0, 1.5 * 2 ** (i % 7), 300, 2 ** -30]) histogram.record(value)
        recordedAt.push(clock.unixTime())
        clock.advance(0.001)
        const before = image()
        registry.tick()
        const after = image()
        const changed = changedCells(before, after)
        if (before.length !== after.length || changed.length < 4) continue
        copies++
        // A reader copies from the first cell to the last, so what it has seen early is older than what it has seen late.
        for (let k = 0; k <= changed.length; k++) {
          const torn = Buffer.from(before)
          for (const at of changed.slice(k)) after.copy(torn, at, at, at + layout.cellBytes)
          checkWindows(torn)
        }
        // A writer that is killed has stored the cells up to one of them.
        for (let k = 0; k < 40; k++) {
          const torn = Buffer.from(before)
          for (const [n, at] of changed.entries()) {
            const isNew = ((n + 1) * (k + 7) * 2_654_435_761) % 5 < 2
            // `until` is stored before the check sum that makes a head good, and so is never new alone.
            if (isNew && !isUntil(before, after, at)) after.copy(torn, at, at, at + layout.cellBytes)
          }
          checkWindows(torn)
        }
      }
      publication.close()
      assert(copies > 20, `only ${copies} copies were made`)

      function checkWindows(page: Buffer): void {
        writeFileSync(file, page)
        beatBy(clock, file)
        const now = clock.unixTime()
        const { recent } = distributionOf(readPage(file, { clock }), 'h')
        for (const { seconds, count, buckets } of Object.values(recent ?? {})) {
          assert.equal(totalCount(buckets), count)
          assert.equal(count, 4 * recordedAt.filter((at) => at > now - seconds + 1e-4).length, `${seconds}`)
        }
      }

      function isUntil(before: Buffer, after: Buffer, at: number): boolean {
        const times = [before, after].map((page) => page.readDoubleLE(at))
        return times.every((time) => time >= 1e9) && after.readDoubleLE(at + layout.cellBytes) === times[1]
      }
    },
  )
}
