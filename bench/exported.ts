import { Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import { period } from './calls.ts'
import { durations } from './inputs.ts'
import { effort, quantile } from './result.ts'

const families = 10
const routeCount = 50
const statusCount = 20 / (effort.divisor === 1 ? 1 : 10)
/** How many counters and timers there are, with two labels each. */
export const counterCount: number = families * routeCount * statusCount
export const timerCount = 200

/** Calls back for each counter, with family, route and status. */
export function eachCounter(visit: (family: number, route: string, status: string) => void): void {
  for (let f = 0; f < families; f++) {
    for (let r = 0; r < routeCount; r++) for (let s = 0; s < statusCount; s++) visit(f, `/route/${r}`, String(200 + s))
  }
}

/** Calls back for each duration of each timer. */
export function eachDuration(visit: (route: string, status: string, seconds: number) => void): void {
  for (let t = 0; t < timerCount; t++) {
    const [route, status] = [`/route/${t % 50}`, String(200 + Math.floor(t / 50))]
    for (let i = 0; i < period / effort.divisor; i++) visit(route, status, durations[i] as number)
  }
}

/** What the encoders get: counters of 7, and timers with about 200 buckets. */
export function exportedSnapshot(): Snapshot {
  const registry = new Registry()
  eachCounter((f, route, status) =>
    registry
      .counter(`requests.n${f}`, { labels: ['route', 'status'], help: 'Requests' })
      .labels({ route, status })
      .add(7),
  )
  const latency = registry.timer('latency', { labels: ['route', 'status'], help: 'Latency' })
  eachDuration((route, status, seconds) => latency.labels({ route, status }).record(seconds))
  return registry.read()
}

/** The text of the same snapshot: its time is what the others are compared with. */
export function prometheusText(snapshot: Snapshot): () => unknown {
  return () => {
    const text = formatPrometheus(snapshot)
    // In one piece, as whoever sends it needs it.
    text.charCodeAt(text.length - 1)
    return text
  }
}

/** Milliseconds of each, a lower quartile, after as many turns for the compilers. Each turn has one call of each. */
export function interleaved(contenders: Readonly<Record<string, () => unknown>>): Record<string, number> {
  const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]))
  for (let turn = 0; turn < 2 * effort.turns; turn++) {
    for (const [name, encode] of Object.entries(contenders)) {
      const begun = performance.now()
      encode()
      if (turn >= effort.turns) times.get(name)?.push(performance.now() - begun)
    }
  }
  return Object.fromEntries([...times].map(([name, all]) => [name, quantile(all, 0.25)]))
}
