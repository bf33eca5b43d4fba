import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
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
const warmingRounds = 12
/** What everything took when the bar was set, as a multiple of today: the code of that day was run beside today's. */
const everythingThen = 1.45

const everything = 'everything'
const allForTable = '450 counters and gauges, p50 and p99 of 50 timers'
const lastMinute = 'the same, quantiles of the last minute'
const someForTable = '20 counters and gauges, p50 and p99 of a timer'

const selections: Readonly<Record<string, Selection | undefined>> = {
  [everything]: undefined,
  [allForTable]: { quantiles: [0.5, 0.99] },
  [lastMinute]: { quantiles: [0.5, 0.99], recent: ['1m'] },
  [someForTable]: { families: ['app.counter4', 'app.gauge3', 'app.timer27{route=/route/0}'], quantiles: [0.5, 0.99] },
}

const clock = new ManualClock()

if (process.argv[3] === undefined) await measure()
else write(process.argv[3])

/** A process that publishes all pages; when it is asked, a second passes, in which a tenth of all series changes. */
function write(dir: string): void {
  const published = Array.from({ length: pages }, () => publishSeries(dir))
  // Two minutes, so that there are recent windows.
  for (let second = 0; second < 120; second += 5) {
    for (const { registry, timers } of published) {
      for (const [i, timer] of timers.entries()) {
        for (let n = 0; n < values / 24; n++) timer.record(durations[(i * 31 + second * 7 + n) & 4095] as number)
      }
      registry.tick()
    }
    clock.advance(5)
  }
  let second = 0
  const pass = (): void => {
    clock.advance(1)
    second++
    for (const { registry, uses } of published) {
      for (let i = second % 10; i < uses.length; i += 10) uses[i]?.(second + i)
      if (second % 5 === 0) registry.tick()
    }
  }
  process.on('message', () => {
    pass()
    process.send?.('passed')
  })
  process.send?.(published.map(({ file }) => file))
}

/** A page of 450 counters and gauges and 50 timers, and what changes each of its series once. */
function publishSeries(dir: string) {
  const registry = new Registry({ clock })
  const timers: Timer[] = []
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
      if (family % 9 === 0) timers.push(registry.timer(`app.timer${family}`, { labels: ['route'] }).labels(labels))
    }
  }
  for (const timer of timers) uses.push((n) => timer.record(durations[n & 4095] as number))
  return { registry, timers, uses, file: publishInto(dir, registry).file }
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

async function measure(): Promise<void> {
  const writer = fork(fileURLToPath(import.meta.url), [process.argv[2] ?? 'earnest', newFolder()])
  const [files] = (await once(writer, 'message')) as [string[]]
  clock.advance(120)
  const readers = files.map((file) => openPage(file, { clock }))
  const times = new Map<string, number[]>(Object.keys(selections).map((name) => [name, []]))
  let expected = 0
  // The first rounds are for the compilers.
  for (let round = -warmingRounds; round < rounds; round++) {
    writer.send('pass')
    await once(writer, 'message')
    clock.advance(1)
    for (const [name, selection] of Object.entries(selections)) {
      const { taken, sum } = cpuOf(readers, selection)
      if (name === everything) expected = sum
      if (name === allForTable) mustEqual('what the table shows', sum, expected)
      if (round >= 0) times.get(name)?.push(taken)
    }
  }
  for (const reader of readers) reader.close()
  writer.disconnect()
  await once(writer, 'exit')
  tell({
    title: `Reading ${pages} pages of 450 counters and gauges and 50 timers again`,
    unit: 'ms',
    note:
      'CPU time of a reader that has the pages open, for a table that shows one statistic of each series, once a second by ' +
      `the clock of the case. Each timer has ${Math.ceil(values / 24) * 24} values and both recent windows. A tenth of all ` +
      'series has changed since the last read, another one each time.',
    reference: everything,
    bars: [
      {
        contender: allForTable,
        text: `within a tenth of what everything took at first, ${everythingThen} of today's`,
        most: everythingThen / 10,
        times: everything,
      },
      { contender: someForTable, text: 'within a tenth of everything', most: 0.1, times: everything },
    ],
    figures: Object.fromEntries([...times].map(([name, each]) => [name, quantile(each, 0.25)])),
  })
}
