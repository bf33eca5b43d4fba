import { Registry } from 'plimsoll'
import { type Fleet, fleet } from 'plimsoll/fleet'
import { formatPrometheus } from 'plimsoll/formats'
import { AggregatorRegistry, Counter, Histogram, type MetricObject, Registry as PromRegistry } from 'prom-client'
import { durations } from './inputs.ts'
import { newFolder, publishInto } from './published.ts'
import { effort, mustEqual, quantile, tell } from './result.ts'

const workers = 4
const families = 10
const routes = 19
const statuses = 10
const histograms = 100
const warmUps = 4 * effort.turns

interface Labels {
  readonly route: string
  readonly status: string
}

/** Until the text is in one piece, as whoever sends it needs it. */
function inOnePiece(text: string): string {
  text.charCodeAt(text.length - 1)
  return text
}

function eachCounter(visit: (family: number, labels: Labels) => void): void {
  for (let f = 0; f < families; f++) {
    for (let r = 0; r < routes; r++) for (let s = 0; s < statuses; s++) visit(f, labelsOf(r, s))
  }
}

function labelsOf(route: number, status: number): Labels {
  return { route: `/route/${route}`, status: String(200 + status) }
}

function newFleet(): Fleet {
  const dir = newFolder()
  for (let worker = 0; worker < workers; worker++) {
    const registry = new Registry()
    eachCounter((f, labels) =>
      registry
        .counter(`requests.n${f}`, { labels: ['route', 'status'] })
        .labels(labels)
        .add(7),
    )
    const latency = registry.histogram('latency', { labels: ['route', 'status'], unit: 's' })
    for (let h = 0; h < histograms; h++) {
      for (let i = 0; i < 100; i++) latency.labels(labelsOf(h % 19, h % 10)).record(durations[i] as number)
    }
    publishInto(dir, registry)
  }
  return fleet('bench', { dir })
}

/** What four workers of a cluster send to their primary, as it arrives there. */
async function sentByWorkers(): Promise<string> {
  const register = new PromRegistry()
  const options = { help: 'Help', labelNames: ['route', 'status'], registers: [register] }
  const made = Array.from({ length: families }, (_, f) => new Counter({ ...options, name: `requests_n${f}_total` }))
  eachCounter((f, labels) => made[f]?.inc({ ...labels }, 7))
  const latency = new Histogram({ ...options, name: 'latency_seconds' })
  for (let h = 0; h < histograms; h++) {
    for (let i = 0; i < 100; i++) latency.observe({ ...labelsOf(h % 19, h % 10) }, durations[i] as number)
  }
  return JSON.stringify(await register.getMetricsAsJSON())
}

function sumOfCounters(text: string): number {
  let sum = 0
  for (const [, value] of text.matchAll(/^requests_n\d+_total\{.*\} (\d+)$/gm)) sum += Number(value)
  return sum
}

/** The lower quartile of the milliseconds that `run` takes, `prepare` left out. */
async function time<T>(prepare: () => T, run: (input: T) => string | Promise<string>): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < warmUps + effort.turns; turn++) {
    const input = prepare()
    const begun = performance.now()
    const text = await run(input)
    times.push(performance.now() - begun)
    if (turn === 0)
      mustEqual('the sum of all counters', sumOfCounters(text), workers * families * routes * statuses * 7)
  }
  return quantile(times.slice(warmUps), 0.25)
}

/** Numbers that are copied out of four rows of cells, added up, and put behind the names of a text that were made beforehand. */
function bareLoop(text: string): () => string {
  const lines = text.split('\n').filter((line) => /^[a-z]/.test(line))
  const heads = lines.map((line) => line.slice(0, line.lastIndexOf(' ') + 1))
  const pages = Array.from({ length: workers }, () => new Float64Array(heads.length).fill(7))
  const sums = new Float64Array(heads.length)
  return () => {
    sums.fill(0)
    for (const page of pages) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (page[i] as number)
    let text = ''
    for (let i = 0; i < heads.length; i++) text += `${heads[i]}${sums[i]}\n`
    return inOnePiece(text)
  }
}

const ours = newFleet()
const sent = await sentByWorkers()
const arrived = (): MetricObject[][] => Array.from({ length: workers }, () => JSON.parse(sent))
const promClientName = 'prom-client, without asking its workers'
const figures = {
  'bare loop': await time(() => undefined, bareLoop(formatPrometheus(ours.read()))),
  plimsoll: await time(
    () => undefined,
    () => inOnePiece(formatPrometheus(ours.read())),
  ),
  [promClientName]: await time(arrived, async (metrics) =>
    inOnePiece(await AggregatorRegistry.aggregate(metrics).metrics()),
  ),
}
tell({
  title: 'The fleet of 4 workers as Prometheus text',
  unit: 'ms',
  note:
    `${families * routes * statuses} counters and ${histograms} histograms in each of ${workers} workers, added up and written as one text. ` +
    'prom-client aggregates what its workers have sent: that they turn their metrics into JSON in their own event loops, ' +
    'that it is sent, parsed, and waited for comes on top there. Of plimsoll it is all that there is. ' +
    'The bare loop adds up as many numbers and writes the same lines.',
  reference: 'bare loop',
  bars: [{ contender: 'plimsoll', text: 'within half of prom-client', most: 0.5, times: promClientName }],
  figures,
})
