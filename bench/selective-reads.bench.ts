import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Registry, type Timer } from 'plimsoll'
import { openPage, type PageReader } from 'plimsoll/page'
import { type DistributionSeries, quantile as quantileOf, type Selection, type Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { durations } from './inputs.ts'
import { newFolder, publishInto } from './published.ts'
import { effort, mustEqual, quantile, tell } from './result.ts'

const pages = effort.divisor === 1 ? 50 : 2
const values = 400
const rounds = effort.turns

const everything = 'everything'
const allForTable = '450 counters and gauges, p50 and p99 of 50 timers'
const lastMinute = 'the same, quantiles of the last minute'
const someForTable = '20 counters and gauges, p50 and p99 of a timer'

const clock = new ManualClock()
const registry = new Registry({ clock })
const all: Timer[] = []
/** What changes each series once. */
const uses: ((n: number) => void)[] = []
for (let family = 0; family < 45; family++) {
  for (let i = 0; i < 10; i++) {
    const labels = { route: `/route/${i}` }
    if (family % 2 === 0) {
      const counter = registry.counter(`app.counter${family}`, { labels: ['route'] }).labels(labels)
      uses.push((n) => counter.add(n))
    } else {
      const gauge = registry.gauge(`app.gauge${family}`, { labels: ['route'] }).labels(labels)
      uses.push((n) => gauge.set(n))
    }
    if (family % 9 === 0) all.push(registry.timer(`app.timer${family}`, { labels: ['route'] }).labels(labels))
  }
}
const dir = newFolder()
const publication = publishInto(dir, registry)
// Two minutes, so that there are recent windows.
for (let second = 0; second < 120; second += 5) {
  for (const [i, timer] of all.entries()) {
    for (let n = 0; n < values / 24; n++) timer.record(durations[(i * 31 + second * 7 + n) & 4095] as number)
  }
  clock.advance(5)
  registry.tick()
}
for (const timer of all) uses.push((n) => timer.record(durations[n & 4095] as number))
/** The page as it is, and as it is later: a tenth of all series has changed from one to the next. */
const versions = Array.from({ length: 8 }, (_, version) => {
  for (let i = version; i < uses.length; i += 10) uses[i]?.(version + i)
  return readFileSync(publication.file)
})
publication.close()
const files = Array.from({ length: pages }, (_, page) => {
  const file = join(dir, `copy-${page}.page`)
  copyFileSync(publication.file, file)
  return file
})
const writable = files.map((file) => openSync(file, 'r+'))

const selections: Readonly<Record<string, Selection | undefined>> = {
  [everything]: undefined,
  [allForTable]: { quantiles: [0.5, 0.99] },
  [lastMinute]: { quantiles: [0.5, 0.99], recent: ['1m'] },
  [someForTable]: { families: ['app.counter4', 'app.gauge3', 'app.timer27{route=/route/0}'], quantiles: [0.5, 0.99] },
}

/** What a table shows, added up, so that no work is put off. */
function show({ families }: Snapshot): number {
  let sum = 0
  for (const { kind, series } of families) {
    for (const one of series) {
      if (kind === 'counter' || kind === 'gauge') sum += (one as { value: number }).value
      if (kind === 'timer') sum += quantileOf(one as DistributionSeries, 0.99) ?? 0
    }
  }
  return sum
}

function cpuOf(readers: readonly PageReader[], selection: Selection | undefined): { taken: number; sum: number } {
  const begun = process.cpuUsage()
  let sum = 0
  for (const reader of readers) sum += show(reader.read(selection))
  const { user, system } = process.cpuUsage(begun)
  return { taken: (user + system) / 1000, sum }
}

const readers = files.map((file) => openPage(file, { clock }))
const times = new Map<string, number[]>(Object.keys(selections).map((name) => [name, []]))
let expected = 0
for (let round = -5; round < rounds; round++) {
  const bytes = versions[(round + 5) % versions.length] as Buffer
  for (const fd of writable) writeSync(fd, bytes, 0, bytes.length, 0)
  for (const [name, selection] of Object.entries(selections)) {
    const { taken, sum } = cpuOf(readers, selection)
    if (name === everything) expected = sum
    if (name === allForTable) mustEqual('what the table shows', sum, expected)
    // The first rounds are for the compilers.
    if (round >= 0) times.get(name)?.push(taken)
  }
}
for (const reader of readers) reader.close()
for (const fd of writable) closeSync(fd)

tell({
  title: `Reading ${pages} pages of 450 counters and gauges and 50 timers again`,
  unit: 'ms',
  note:
    'CPU time of a reader that has the pages open, for a table that shows one statistic of each series. Each timer has ' +
    `${Math.ceil(values / 24) * 24} values and both recent windows. A tenth of all series has changed since the last read.`,
  reference: everything,
  bars: [
    { contender: allForTable, text: 'within a fifth of everything', most: 0.2, times: everything },
    { contender: someForTable, text: 'within a tenth of everything', most: 0.1, times: everything },
  ],
  figures: Object.fromEntries([...times].map(([name, each]) => [name, quantile(each, 0.25)])),
})
