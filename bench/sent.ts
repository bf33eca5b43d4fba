import { Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import { effort, mustEqual, quantile } from './result.ts'

const statusCount = 200 / effort.divisor
const bucketCount = 220

/** How many counters {@link sentSnapshot} has. */
export const sentCounters: number = 50 * statusCount

/** What sinks send: 10,000 counters and 200 timers of 220 buckets, with two labels each. */
export function sentSnapshot(): Snapshot {
  const registry = new Registry()
  const requests = registry.counter('web.requests', { labels: ['route', 'status'], maxSeries: 10_000 })
  for (let i = 0; i < sentCounters; i++) {
    requests.labels({ route: `/route/${i % 50}`, status: String(200 + Math.floor(i / 50)) }).inc(i + 1)
  }
  const latency = registry.timer('web.latency', { labels: ['route', 'status'] })
  for (let i = 0; i < 200 / Math.sqrt(effort.divisor); i++) {
    const series = latency.labels({ route: `/route/${i % 50}`, status: String(200 + Math.floor(i / 50)) })
    for (let bucket = 0; bucket < bucketCount; bucket++) series.observe(0.0005 * 2 ** (bucket / 32))
  }
  return registry.read()
}

/** Turns a snapshot into what is sent, and returns its characters or bytes. */
export type Encoding = () => number

/** The Prometheus text of the same snapshot, beside which encodings are measured. */
export const prometheusText = 'Prometheus text'

/** Milliseconds that each takes, one after the other in each turn. */
export function measureEncodings(
  snapshot: Snapshot,
  encodings: Readonly<Record<string, Encoding>>,
): Record<string, number> {
  const all: Readonly<Record<string, Encoding>> = {
    [prometheusText]: () => inOnePiece(formatPrometheus(snapshot)),
    ...encodings,
  }
  const known = Object.values(all).map((encode) => encode())
  const times = Object.values(all).map((): number[] => [])
  for (let turn = 0; turn < 2 * effort.turns; turn++) {
    for (const [i, [name, encode]] of Object.entries(all).entries()) {
      const begun = performance.now()
      const size = encode()
      const time = performance.now() - begun
      mustEqual(name, size, known[i] as number)
      // Until the compilers have seen enough.
      if (turn >= effort.turns) times[i]?.push(time)
    }
  }
  return Object.fromEntries(Object.keys(all).map((name, i) => [name, quantile(times[i] as number[], 0.25)]))
}

/** Has a text that was put together made one piece, as it must be to be sent. */
export function inOnePiece(text: string): number {
  text.charCodeAt(text.length - 1)
  return text.length
}
