import { statSync } from 'node:fs'
import { Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'
import * as promClient from 'prom-client'
import { publishHere } from './published.ts'
import { effort, mustEqual, tell } from './result.ts'

const side = 100 / (effort.divisor === 1 ? 1 : 10)
const series = side * side
const labels = ['route', 'status'] as const
// Made beforehand and kept: the texts of the labels are the app's.
const routes = Array.from({ length: side }, (_, i) => `/route/number-${i}`)
const statuses = Array.from({ length: side }, (_, i) => `status-${i}`)
/** One value in each of 4 neighbouring octaves. */
const values = [0.011, 0.022, 0.044, 0.088]

const clock = new ManualClock()
const registry = new Registry({ clock })
const { file } = publishHere(registry)
useOnce(registry, 'warm')

const note =
  `Growth of the heap, after garbage collections, and of the page's file over ${series} series with two labels, ` +
  'divided by their number; the texts of the labels are not counted. Timers have one value in each of 4 octaves; in use ' +
  'for five minutes, they also have what recent windows are told from, which is told for itself. ' +
  'prom-client keeps all on the heap.'

const figures: Record<string, number> = {}
const counters = registry.counter('counters', { labels, maxSeries: series })
figures['plimsoll, counter'] = await grown((route, status) => counters.labels({ route, status }).inc())
const timers = registry.timer('timers', { labels, maxSeries: series })
figures['plimsoll, timer'] = await grown((route, status) => {
  for (const value of values) timers.labels({ route, status }).record(value)
})
figures['plimsoll, recent windows of a timer'] = await grown((route, status) => {
  timers.labels({ route, status }).record(0.011)
}, inUse)
const register = new promClient.Registry()
const options = { help: 'h', labelNames: labels, registers: [register] }
const theirs = new promClient.Counter({ ...options, name: 'counters' })
figures['prom-client, counter'] = await grown((route, status) => theirs.inc({ route, status }))
const theirHistogram = new promClient.Histogram({ ...options, name: 'histograms' })
figures['prom-client, histogram'] = await grown((route, status) => {
  for (const value of values) theirHistogram.observe({ route, status }, value)
})
mustEqual('counters', registry.read().families.find(({ name }) => name === 'counters')?.series.length ?? 0, series)
mustEqual('timers', registry.read().families.find(({ name }) => name === 'timers')?.series.length ?? 0, series)

tell({
  title: 'Bytes of a series',
  unit: 'bytes',
  note,
  reference: 'plimsoll, counter',
  bars: [
    { contender: 'plimsoll, counter', text: 'at most 220 bytes', most: 220 },
    { contender: 'plimsoll, timer', text: 'at most 3 KiB', most: 3072 },
    { contender: 'plimsoll, recent windows of a timer', text: 'at most 3.5 KiB', most: 3584 },
  ],
  figures,
})

/** Lets time pass until all copies of counts have been made. */
function inUse(use: () => void): void {
  for (let seconds = 0; seconds < 300; seconds += 5) {
    clock.advance(5)
    if (seconds % 40 === 0) use()
    registry.tick()
  }
}

/** Bytes that making all series takes, a series. */
async function grown(
  make: (route: string, status: string) => void,
  live = (use: () => void) => use(),
): Promise<number> {
  const before = await used()
  live(() => {
    for (const route of routes) for (const status of statuses) make(route, status)
  })
  return Math.round((await used()) - before) / series
}

async function used(): Promise<number> {
  for (let again = 0; again < 4; again++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers + statSync(file).size
}

/** Has all code compiled and all classes made that the growth would else have to pay for. */
function useOnce(warm: Registry, prefix: string): void {
  const some = warm.counter(`${prefix}.counters`, { labels })
  const times = warm.timer(`${prefix}.timers`, { labels })
  for (let i = 0; i < 1000; i++) {
    const values = { route: `${i % 10}`, status: `${i % 7}` }
    some.labels(values).inc()
    times.labels(values).record(i)
  }
}
