import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { openPage } from 'plimsoll/page'
import { durations } from './inputs.ts'
import { watchTurns } from './loop-turns.ts'
import { publishHere } from './published.ts'
import { effort, quantile, tell } from './result.ts'

const phaseMs = effort.turns > 1 ? 1000 : 50
const phases = effort.turns > 1 ? 4 : 1
const readEveryMs = effort.turns > 1 ? 100 : 10

/** What the writer does in each turn of its event loop: it records in the page that was made last. */
let work = (): void => {}

if (process.argv[3] === undefined) await measure()
else readOnDemand(process.argv[3])

/** The other process: reads the page ten times a second while it is told to, and counts what it has read. */
function readOnDemand(file: string): void {
  const page = openPage(file)
  let timer: NodeJS.Timeout | undefined
  let reads = 0
  const read = (): void => {
    if (page.read().families.length < 2) throw new Error('the page has lost its families')
    reads++
  }
  process.on('message', (on) => {
    if (on === true) {
      read()
      timer = setInterval(read, readEveryMs)
      return
    }
    clearInterval(timer)
    process.send?.(reads)
  })
  process.send?.('ready')
}

async function measure(): Promise<void> {
  const other = publishedPage()
  const file = publishedPage()
  const reader = await startReader(file)
  const stranger = await startReader(other)
  const delays: Record<string, number[][]> = { 'no reader': [], 'a reader of another page': [], 'a reader': [] }
  for (let phase = 0; phase < phases; phase++) {
    delays['no reader']?.push(await watch())
    delays['a reader of another page']?.push(await during(stranger))
    delays['a reader']?.push(await during(reader))
  }
  for (const child of [reader, stranger]) {
    child.disconnect()
    await once(child, 'exit')
  }
  const of = (share: number): Record<string, number> =>
    Object.fromEntries(Object.entries(delays).map(([who, all]) => [who, quantile(all.flat(), share)]))
  const note =
    'Time between two turns of the event loop of a process that records all the time, in each turn 100 values. ' +
    'The other process reads 10,000 counters and 200 histograms ten times a second: from this page, ' +
    'or from one that nobody writes, which shows what two processes on one machine take from each other.'
  const about = { unit: 'µs', note, reference: 'no reader' }
  const bar = {
    contender: 'a reader',
    text: 'nothing measurable: within 1.15 x no reader',
    most: 1.15,
    times: 'no reader',
  }
  tell(
    { ...about, title: 'Event-loop delay of a writer, median', bars: [bar], figures: of(0.5) },
    { ...about, title: 'Event-loop delay of a writer, 99th percentile', bars: [bar], figures: of(0.99) },
    { ...about, title: 'Event-loop delay of a writer, longest', bars: [], figures: of(1) },
  )
}

function publishedPage(): string {
  const registry = new Registry()
  const counters = registry.counter('counters', { labels: ['route', 'status'], maxSeries: 10_000 })
  for (let i = 0; i < 10_000 / effort.divisor; i++) {
    counters.labels({ route: `/${i % 100}`, status: `${Math.floor(i / 100)}` }).inc()
  }
  const histograms = registry.histogram('histograms', { labels: ['route'] })
  for (let i = 0; i < 200; i++)
    for (const value of durations.subarray(0, 100)) histograms.labels({ route: `/${i}` }).record(value)
  const { file } = publishHere(registry)
  work = () => {
    for (let i = 0; i < 100; i++) histograms.labels({ route: `/${i}` }).record(durations[i] as number)
  }
  return file
}

async function startReader(file: string): Promise<ChildProcess> {
  const program = fileURLToPath(import.meta.url)
  const child = fork(program, [process.argv[2] ?? 'earnest', file])
  await once(child, 'message')
  return child
}

async function during(reader: ChildProcess): Promise<number[]> {
  reader.send(true)
  const delays = await watch()
  reader.send(false)
  const [reads] = await once(reader, 'message')
  if (!(reads > 0)) throw new Error('the reader has not read')
  return delays
}

/** Microseconds between the turns of the event loop for a phase. */
async function watch(): Promise<number[]> {
  const { passed } = await watchTurns(phaseMs, () => work())
  return passed.map((ms) => ms * 1000)
}
