import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { ManualClock } from 'plimsoll/testing'
import { durations } from './inputs.ts'
import { newFolder, publishInto } from './published.ts'
import { effort, mustEqual, quantile, tell } from './result.ts'

const early = 100
const late = 10_000 / (effort.divisor === 1 ? 1 : 50)
/** So many die between two compacts. */
const batch = 20
const jobs = 50

const dir = newFolder()
const outside = newFolder()
const clock = new ManualClock(Date.now() / 1000 + 60)

/** The page of a worker that did its work and ended; each generation is a copy of it. */
function deadPage(): string {
  const registry = new Registry()
  const done = registry.counter('jobs.done', { labels: ['kind'] })
  const took = registry.timer('jobs.took', { labels: ['kind'] })
  for (let i = 0; i < jobs * 10; i++) {
    const kind = `kind-${i % jobs}`
    done.labels({ kind }).inc()
    took.labels({ kind }).record(durations[i & 4095] as number)
  }
  const page = publishInto(outside, registry)
  page.close()
  return page.file
}

const living = new Registry()
living
  .counter('jobs.done', { labels: ['kind'] })
  .labels({ kind: 'kind-0' })
  .inc()
publishInto(dir, living)
const page = deadPage()
const folder = fleet('bench', { dir, clock, retentionSeconds: 1 })
let generation = 0

function liveUntil(end: number): void {
  while (generation < end) {
    for (let i = 0; i < batch && generation < end; i++) copyFileSync(page, join(dir, `generation-${++generation}.page`))
    clock.advance(1)
    folder.compact()
  }
}

/** The lower quartile of the milliseconds of a read of a reader that knows the fleet as it is. */
function timeReads(): number {
  const reader = fleet('bench', { dir, clock })
  const times: number[] = []
  for (let i = 0; i < 10 + 4 * effort.turns; i++) {
    const begun = performance.now()
    const snapshot = reader.read()
    if (i >= 10) times.push(performance.now() - begun)
    const done = snapshot.families.find(({ name }) => name === 'jobs.done')?.series ?? []
    const sum = done.reduce((all, one) => all + ('value' in one ? Number(one.value) : 0), 0)
    mustEqual('jobs done', sum, generation * jobs * 10 + 1)
  }
  reader.close()
  return quantile(times, 0.25)
}

// Once for the compilers.
liveUntil(early)
timeReads()
const first = timeReads()
liveUntil(late)
tell({
  title: 'Reading a fleet after generations of short-lived workers',
  unit: 'ms',
  note: `One worker lives, the others each left a page with ${jobs} counters and ${jobs} timers that was archived into the archive.`,
  reference: 'generation 100',
  bars: [{ contender: 'generation 10,000', text: 'within 1.2 x generation 100', most: 1.2, times: 'generation 100' }],
  figures: { 'generation 100': first, 'generation 10,000': timeReads() },
})
