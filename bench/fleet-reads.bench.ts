import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import type { Snapshot, Source } from 'plimsoll/snapshot'
import { newFolder, publishInto } from './published.ts'
import { effort, mustEqual, quantile, tell } from './result.ts'

const pages = 64
const families = 10
const series = 1000 / (effort.divisor === 1 ? 1 : 20)
const rounds = effort.turns > 1 ? 5 : 1

/** One page of a writer, and copies of it: a reader opens, checks and parses each for itself. */
function newFleetFolder(): string {
  const dir = newFolder()
  const registry = new Registry()
  for (let f = 0; f < families; f++) {
    const family = registry.counter(`requests.n${f}`, { labels: ['route', 'status'], maxSeries: series })
    for (let s = 0; s < series; s++) family.labels({ route: `/route/${s % 50}`, status: String(s) }).add(3)
  }
  const { file } = publishInto(dir, registry)
  for (let page = 1; page < pages; page++) copyFileSync(file, join(dir, `copy-${page}.page`))
  return dir
}

function sumOf({ families: all }: Snapshot): number {
  let sum = 0
  for (const family of all) {
    if (!family.name.startsWith('requests')) continue
    for (const one of family.series) sum += 'value' in one ? Number(one.value) : 0
  }
  return sum
}

function timeRead(reader: Source): number {
  globalThis.gc?.()
  const begun = performance.now()
  const snapshot = reader.read() as Snapshot
  const taken = performance.now() - begun
  mustEqual('the sum of all counters', sumOf(snapshot), pages * families * series * 3)
  return taken
}

/** A process that reads the fleet once and no more, as a command does: nothing is compiled yet. */
function timeInNewProcess(): number {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), effort.divisor === 1 ? 'all' : 'tiny', dir]
  return Number(execFileSync(process.execPath, program))
}

const [, , , given] = process.argv
const dir = given ?? newFleetFolder()

if (given === undefined) compare()
else process.stdout.write(String(timeRead(fleet('bench', { dir }))))

function compare(): void {
  const times: Record<'first' | 'second' | 'alone', number[]> = { first: [], second: [], alone: [] }
  for (let round = 0; round <= rounds; round++) {
    const reader = fleet('bench', { dir })
    const first = timeRead(reader)
    const second = timeRead(reader)
    reader.close()
    // The first round is for the compilers.
    if (round === 0) continue
    times.first.push(first)
    times.second.push(second)
    times.alone.push(timeInNewProcess())
  }
  tell({
    title: 'Reading a fleet of 64 pages with 10,000 series each',
    unit: 'ms',
    note:
      'All 640,000 counters added up to one snapshot. The first read of a fleet opens all pages and parses their logs, in a new ' +
      'process or in one that has read fleets before; the second copies the cells of those that are open.',
    reference: 'second read',
    bars: [
      { contender: 'first read', text: 'within 300 ms', most: 300 },
      { contender: 'first read in a new process', text: 'within 300 ms', most: 300 },
      { contender: 'second read', text: 'within 100 ms', most: 100 },
    ],
    figures: {
      'first read': quantile(times.first, 0.25),
      'first read in a new process': quantile(times.alone, 0.25),
      'second read': quantile(times.second, 0.25),
    },
  })
}
