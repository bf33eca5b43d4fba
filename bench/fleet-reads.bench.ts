import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
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
const inJson = 'the same as JSON'
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

/** The series of one page as prom-client's workers send theirs. */
function newJsonFile(): string {
  const file = join(newFolder(), 'series.json')
  const metrics = Array.from({ length: families }, (_, f) => ({
    name: `requests_n${f}`,
    type: 'counter',
    values: Array.from({ length: series }, (_, s) => ({
      value: 3,
      labels: { route: `/route/${s % 50}`, status: `${s}` },
    })),
  }))
  writeFileSync(file, JSON.stringify(metrics))
  return file
}

/** That text parsed as often as there are pages, all at hand together, and the values added up to one number, no more. */
function timeJson(file: string): number {
  globalThis.gc?.()
  const text = readFileSync(file, 'utf8')
  const begun = performance.now()
  const sent = Array.from({ length: pages }, () => JSON.parse(text) as { values: { value: number }[] }[])
  let sum = 0
  for (const { values } of sent.flat()) for (const { value } of values) sum += value
  const taken = performance.now() - begun
  mustEqual('the sum of all values', sum, pages * families * series * 3)
  return taken
}

/** What a process of its own prints, which has compiled nothing yet: milliseconds, one after the other. */
function inNewProcess(what: 'read' | 'parse', path: string): number[] {
  const effortName = effort.divisor === 1 ? 'all' : 'tiny'
  const program = [...process.execArgv, fileURLToPath(import.meta.url), effortName, what, path]
  return JSON.parse(execFileSync(process.execPath, program, { encoding: 'utf8' }))
}

const [, , , what, path = ''] = process.argv
if (what === undefined) compare(newFleetFolder(), newJsonFile())
// As a command does: once and no more.
else if (what === 'read') process.stdout.write(JSON.stringify([timeRead(fleet('bench', { dir: path }))]))
else process.stdout.write(JSON.stringify([timeJson(path), timeJson(path), timeJson(path)]))

function compare(dir: string, json: string): void {
  const times: Record<string, number[]> = {}
  const note = (name: string, time = 0): unknown => (times[name] = [...(times[name] ?? []), time])
  for (let round = 0; round <= rounds; round++) {
    const reader = fleet('bench', { dir })
    const first = timeRead(reader)
    const second = timeRead(reader)
    reader.close()
    // The first round is for the compilers.
    if (round === 0) continue
    // In a process of its own: the garbage would be collected in the turns of the others.
    const parsed = inNewProcess('parse', json)
    note(inJson, parsed.at(-1))
    note('first read', first)
    note('second read', second)
    note(`${inJson}, in a new process`, parsed[0])
    note('first read in a new process', inNewProcess('read', dir)[0])
  }
  tell({
    title: 'Reading a fleet of 64 pages with 10,000 series each',
    unit: 'ms',
    note:
      'All 640,000 counters added up to one snapshot. The first read of a fleet opens all pages and parses their logs, in a new ' +
      'process or in one that has read fleets before; the second copies the cells of those that are open. Beside it ' +
      'JSON.parse() of as many series, as the workers of prom-client send them, added up to one number instead of by labels.',
    reference: inJson,
    bars: [
      { contender: 'first read', text: 'within 1.2 x as JSON', most: 1.2, times: inJson },
      {
        contender: 'first read in a new process',
        text: 'within 1.3 x as JSON in a new process',
        most: 1.3,
        times: `${inJson}, in a new process`,
      },
      { contender: 'second read', text: 'within a quarter of as JSON', most: 0.25, times: inJson },
    ],
    figures: Object.fromEntries(Object.entries(times).map(([name, each]) => [name, quantile(each, 0.25)])),
  })
}
