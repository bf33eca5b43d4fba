/*
 * What plimsoll itself observes of a process, what is looked for first before the rest. A name stands for itself, one that ends
 * in `.` for all that begin so.
 */

/** Requests, errors, latency, event loop, processor and memory as a whole. */
const main: readonly string[] = [
  'http.server.request.duration',
  'http.server.requests',
  'http.server.active_requests',
  'http.server.',
  'http.client.request.duration',
  'http.client.active_requests',
  'http.client.',
  'nodejs.uncaught_exceptions',
  'nodejs.warnings',
  'nodejs.eventloop.utilization',
  'nodejs.eventloop.delay',
  'process.cpu.time',
  'process.memory.usage',
  'nodejs.memory.heap.used',
]

/** What the main ones are made of, and what else a process uses. */
const further: readonly string[] = [
  'nodejs.eventloop.',
  'v8js.gc.duration',
  'nodejs.memory.',
  'process.memory.',
  'container.',
  'process.',
]

/** Parts of V8, such as single heap spaces, and what never changes. */
const details: readonly string[] = ['v8js.', 'nodejs.', 'process.uptime', 'process.start_time', 'nodejs.version']

const observed: readonly string[] = [...main, ...further, ...details]

/** How much a metric says to who operates an app: `main` are also all metrics of the app itself. */
export type Significance = 'main' | 'further' | 'detail'

/** The significance of a metric, by its name. */
export function significanceOf(name: string): Significance {
  const at = rank(name)
  if (at < 0) return name.startsWith('plimsoll.') ? 'detail' : 'main'
  if (at < main.length) return 'main'
  return at < main.length + further.length ? 'further' : 'detail'
}

/** Families with the app's own first, then what is observed of its process; those of one rank stay in their order. */
export function bySignificance<F extends { readonly name: string }>(families: readonly F[]): F[] {
  return families.toSorted((a, b) => rank(a.name) - rank(b.name))
}

/** Whether plimsoll observes it of a process, so that the app itself did not choose to count it. */
export function isObserved(name: string): boolean {
  return rank(name) >= 0
}

function rank(name: string): number {
  const exact = observed.indexOf(name)
  return exact >= 0 ? exact : observed.findIndex((start) => start.endsWith('.') && name.startsWith(start))
}
