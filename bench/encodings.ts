import { Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import { period } from './calls.ts'
import { durations } from './inputs.ts'
import { effort, mustEqual, quantile } from './result.ts'

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
export function encodedSnapshot(): Snapshot {
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

/** Turns a snapshot into what is sent, and returns its characters or bytes. */
export type Encoding = () => number | Promise<number>

/** The Prometheus text of the same snapshot, beside which encodings are measured. */
export const prometheusText = 'Prometheus text'

/** Milliseconds of each, a lower quartile, after as many turns for the compilers. Each turn has one call of each. */
export async function measureEncodings(
  snapshot: Snapshot,
  encodings: Readonly<Record<string, Encoding>>,
): Promise<Record<string, number>> {
  const all = Object.entries<Encoding>({
    [prometheusText]: () => inOnePiece(formatPrometheus(snapshot)),
    ...encodings,
  })
  const sizes: number[] = []
  for (const [, encode] of all) sizes.push(await encode())
  const times = all.map((): number[] => [])
  for (let turn = 0; turn < 2 * effort.turns; turn++) {
    for (const [i, [name, encode]] of all.entries()) {
      const begun = performance.now()
      const size = await encode()
      if (turn >= effort.turns) times[i]?.push(performance.now() - begun)
      mustEqual(name, size, sizes[i] as number)
    }
  }
  return Object.fromEntries(all.map(([name], i) => [name, quantile(times[i] as number[], 0.25)]))
}

/** Has a text that was put together made one piece, as it must be to be sent. */
export function inOnePiece(text: string): number {
  text.charCodeAt(text.length - 1)
  return text.length
}
