import { period } from './calls.ts'

/** Random numbers in [0, 1), the same in each run (mulberry32, public domain, by Tommy Ettinger). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Durations in seconds as a service has them: log-normal, median 20 ms, a tenth above 80 ms. */
export const durations: Float64Array = logNormal(period, Math.log(0.02), 1.1)

/** What {@link durations} add up to. */
export const durationSum: number = durations.reduce((sum, value) => sum + value, 0)

const paths = '/ /login /logout /cart /orders /orders/:id /users /users/:id /search /health'.split(' ').map(asLiteral)
const codes = ['200', '201', '302', '404', '500']

/** The route and status of 50 combinations. */
export const routes: readonly string[] = Array.from({ length: 50 }, (_, i) => paths[i % 10] as string)
export const statuses: readonly string[] = Array.from({ length: 50 }, (_, i) => codes[Math.floor(i / 10)] as string)

/** Which of the 50 combinations each call takes: one after the other, or in no order, which costs any map more. */
export const picks: Uint8Array = Uint8Array.from({ length: period }, (_, i) => i % 50)
export const randomPicks: Uint8Array = pickFrom(50)

/** Makes V8 treat a text that was put together like one that stands in the source, as most labels do. */
function asLiteral(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string
}

function pickFrom(count: number): Uint8Array {
  const random = seeded(2)
  return Uint8Array.from({ length: period }, () => Math.floor(random() * count))
}

function logNormal(count: number, mu: number, sigma: number): Float64Array {
  const random = seeded(1)
  // Box and Muller, "A Note on the Generation of Random Normal Deviates" (1958).
  return Float64Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.exp(mu + sigma * normal)
  })
}
