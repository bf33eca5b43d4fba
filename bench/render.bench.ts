import * as successor from '@prometheus-io/client'
import { Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { openPage } from 'plimsoll/page'
import * as promClient from 'prom-client'
import { durations } from './inputs.ts'
import { publishHere } from './published.ts'
import { effort, type Measurement, mustEqual, quantile, tell } from './result.ts'
import { newMeter } from './rivals/opentelemetry.ts'

const families = 10
const routeCount = 50
const statusCount = 20 / (effort.divisor === 1 ? 1 : 10)
const counters = families * routeCount * statusCount
const histograms = 200

/** Until the compilers have seen enough. */
const warmUps = effort.turns

interface Rendering {
  readonly name: string
  readonly render: () => unknown
  /** How many lines of counters the text must have. */
  readonly lines: (result: unknown) => number
}

// One after the other, so that nobody's heap burdens the collections of garbage in another's turn.
const contenders = [
  () => [bareLoop()],
  ownRenderings,
  () => [prometheus('prom-client', promClient)],
  () => [prometheus('@prometheus-io/client', successor as unknown as typeof promClient)],
  () => [collect()],
]
const figures: Record<'time' | 'stall', Record<string, number>> = { time: {}, stall: {} }
for (const make of contenders) {
  for (const rendering of make()) {
    const measured = await measure(rendering)
    figures.time[rendering.name] = measured.time
    figures.stall[rendering.name] = measured.stall
  }
}
const about = {
  unit: 'ms',
  reference: 'bare loop',
  note:
    `${counters} counters and ${histograms} histograms with two labels each, as Prometheus text in one piece, ` +
    'its characters looked at, so that no work is put off. The bare loop writes the lines that plimsoll writes, which are ' +
    'made beforehand but for their numbers. prom-client has 14 lines for a histogram, plimsoll 38. ' +
    'OpenTelemetry only collects: its text would come on top.',
} satisfies Partial<Measurement>
tell(
  {
    ...about,
    title: 'Rendering as Prometheus text',
    bars: [{ contender: 'plimsoll', text: 'within half of prom-client', most: 0.5, times: 'prom-client' }],
    figures: figures.time,
  },
  {
    ...about,
    title: 'Longest stall of the event loop that renders',
    note: 'The longest pause between two turns of the event loop while the text of the table above is made.',
    bars: [],
    figures: figures.stall,
  },
)

async function measure({ name, render, lines }: Rendering): Promise<{ time: number; stall: number }> {
  const times: number[] = []
  const stalls: number[] = []
  const known = await render()
  mustEqual(name, lines(known), counters)
  for (let turn = 0; turn < warmUps + effort.turns; turn++) {
    const loop = watchLoop()
    await new Promise(setImmediate)
    const begun = performance.now()
    const result = await render()
    const time = performance.now() - begun
    await new Promise(setImmediate)
    const stall = loop.end()
    // Counting lines each time would leave garbage, to be collected while the next text is made.
    mustEqual(name, sizeOf(result), sizeOf(known))
    if (turn < warmUps) continue
    times.push(time)
    stalls.push(stall)
  }
  mustEqual(name, lines(await render()), counters)
  return { time: quantile(times, 0.25), stall: quantile(stalls, 0.25) }
}

function sizeOf(result: unknown): number {
  return typeof result === 'string' ? result.length : 0
}

/** Looks at the clock in each turn of the event loop. */
function watchLoop(): { end: () => number } {
  let last = performance.now()
  let longest = 0
  let on = true
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (on) setImmediate(look)
  }
  setImmediate(look)
  return {
    end: () => {
      on = false
      return longest
    },
  }
}

/** Makes one text of the pieces that a long sum of strings is, as whoever sends it has to. */
function inOnePiece(text: string): string {
  text.charCodeAt(text.length - 1)
  return text
}

function countLines(text: unknown, sample: RegExp): number {
  return (text as string).match(sample)?.length ?? 0
}

/** Calls back for each counter, with family, route and status. */
function eachCounter(visit: (family: number, route: string, status: string) => void): void {
  for (let f = 0; f < families; f++) {
    for (let r = 0; r < routeCount; r++) for (let s = 0; s < statusCount; s++) visit(f, `/route/${r}`, String(200 + s))
  }
}

function eachHistogram(visit: (route: string, status: string) => void): void {
  for (let h = 0; h < histograms; h++) visit(`/route/${h % 50}`, String(200 + Math.floor(h / 50)))
}

function ownCounters(text: unknown): number {
  return countLines(text, /^requests_n.*_total\{.* 7$/gm)
}

function ownRegistry(): Registry {
  const registry = new Registry()
  eachCounter((f, route, status) =>
    registry
      .counter(`requests.n${f}`, { labels: ['route', 'status'], help: 'Requests' })
      .labels({ route, status })
      .add(7),
  )
  const latency = registry.histogram('latency', { labels: ['route', 'status'], unit: 's', help: 'Latency' })
  eachHistogram((route, status) => {
    for (let i = 0; i < 100; i++) latency.labels({ route, status }).record(durations[i] as number)
  })
  return registry
}

function ownRenderings(): Rendering[] {
  const registry = ownRegistry()
  const page = openPage(publishHere(registry).file)
  const lines = ownCounters
  return [
    { name: 'plimsoll', render: () => inOnePiece(formatPrometheus(registry.read())), lines },
    { name: 'plimsoll, from the page by a reader', render: () => inOnePiece(formatPrometheus(page.read())), lines },
  ]
}

/** The lines that plimsoll writes, but for their numbers made beforehand, and the numbers from a row of cells. */
function bareLoop(): Rendering {
  const lines = formatPrometheus(ownRegistry().read()).split('\n')
  const heads = lines.filter((line) => /^[a-z]/.test(line)).map((line) => line.slice(0, line.lastIndexOf(' ') + 1))
  const cells = new Float64Array(heads.length).fill(7)
  const render = (): string => {
    let text = ''
    for (let i = 0; i < heads.length; i++) text += `${heads[i]}${cells[i]}\n`
    return inOnePiece(text)
  }
  return { name: 'bare loop', render, lines: ownCounters }
}

function prometheus(name: string, library: typeof promClient): Rendering {
  const register = new library.Registry()
  const labelNames = ['route', 'status']
  const options = { help: 'Help', labelNames, registers: [register] }
  const made = Array.from(
    { length: families },
    (_, f) => new library.Counter({ ...options, name: `requests_n${f}_total` }),
  )
  eachCounter((f, route, status) => made[f]?.inc({ route, status }, 7))
  const latency = new library.Histogram({ ...options, name: 'latency_seconds' })
  eachHistogram((route, status) => {
    for (let i = 0; i < 100; i++) latency.observe({ route, status }, durations[i] as number)
  })
  const render = async (): Promise<string> => inOnePiece(await register.metrics())
  return { name, render, lines: (text) => countLines(text, /^requests_n.*_total\{.* 7$/gm) }
}

function collect(): Rendering {
  const { meter, reader } = newMeter()
  const made = Array.from({ length: families }, (_, f) => meter.createCounter(`requests_n${f}`))
  eachCounter((f, route, status) => made[f]?.add(7, { route, status }))
  const latency = meter.createHistogram('latency')
  eachHistogram((route, status) => {
    for (let i = 0; i < 100; i++) latency.record(durations[i] as number, { route, status })
  })
  const lines = (result: unknown): number => {
    const { resourceMetrics } = result as Awaited<ReturnType<typeof reader.collect>>
    const all = resourceMetrics.scopeMetrics[0]?.metrics ?? []
    return all.filter((one) => one.descriptor.name !== 'latency').reduce((sum, one) => sum + one.dataPoints.length, 0)
  }
  return { name: '@opentelemetry/sdk-metrics, collecting only', render: () => reader.collect(), lines }
}
