import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Publication, publish, Registry } from 'plimsoll'
import { timeCalls } from './calls.ts'
import { durations } from './inputs.ts'

/** Where pages go by default, or as near as there is. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const folders: string[] = []
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder that goes with this process. */
export function newFolder(): string {
  const folder = mkdtempSync(join(base, 'plimsoll-bench-'))
  folders.push(folder)
  return folder
}

/** Publishes a registry in a folder of its own; throws where there is no page, for then nothing is worth measuring. */
export function publishHere(registry: Registry, maxBytes = 2 ** 28): Publication & { readonly file: string } {
  return publishInto(newFolder(), registry, maxBytes)
}

/** As {@link publishHere}, in a given folder. */
export function publishInto(
  dir: string,
  registry: Registry,
  maxBytes = 2 ** 28,
  app = 'bench',
): Publication & { file: string } {
  const publication = publish({ registry, dir, app, maxBytes })
  const { file, error } = publication
  if (file === undefined) throw error ?? new Error('there is no page')
  return publication as Publication & { readonly file: string }
}

/** A published registry in which metrics of all kinds are in use, so that no class has only seen one of them. */
export function publishedRegistry(): Registry {
  const registry = new Registry()
  useAllKinds(registry, 'before')
  publishHere(registry)
  useAllKinds(registry, 'after')
  return registry
}

/** Names of metrics are used once. */
let serial = 0
export function newName(): string {
  serial++
  return `bench.n${serial}`
}

function useAllKinds(registry: Registry, prefix: string): void {
  const bounds = [0.01, 0.1, 1]
  const counter = registry.counter(`${prefix}.counter`)
  const gauge = registry.gauge(`${prefix}.gauge`)
  const tracked = registry.gauge(`${prefix}.tracked`, { extremes: true, type: 'int' })
  const meter = registry.meter(`${prefix}.meter`)
  const average = registry.average(`${prefix}.average`)
  const rolling = registry.average(`${prefix}.rolling`, { window: { values: 100 } })
  const histogram = registry.histogram(`${prefix}.histogram`)
  const explicit = registry.histogram(`${prefix}.explicit`, { buckets: bounds })
  const timer = registry.timer(`${prefix}.timer`)
  const counters = registry.counter(`${prefix}.counters`, { labels: ['kind'] })
  const gauges = registry.gauge(`${prefix}.gauges`, { labels: ['host', 'disk'] })
  const histograms = registry.histogram(`${prefix}.histograms`, { labels: ['method', 'route', 'status'] })
  const explicits = registry.histogram(`${prefix}.explicits`, { labels: ['method', 'status'], buckets: bounds })
  const timers = registry.timer(`${prefix}.timers`, { labels: ['table', 'query'], buckets: bounds })
  const uses: ((i: number) => unknown)[] = [
    () => counter.inc(),
    (i) => counter.add(i),
    (i) => counter.add(i + 0.5),
    (i) => gauge.set(i),
    (i) => gauge.add(i + 0.5),
    (i) => tracked.set(i),
    () => meter.mark(),
    (i) => meter.mark(i + 0.5),
    (i) => average.record(i + 0.5),
    (i) => rolling.record(i + 0.5),
    (i) => histogram.record(durations[i & 4095] as number),
    (i) => histogram.record(i),
    (i) => explicit.record(durations[i & 4095] as number),
    () => timer.time(() => 1),
    () => timer.start().stop(),
    (i) => timer.record(durations[i & 4095] as number),
    (i) => counters.labels({ kind: `kind-${i & 7}` }).inc(),
    (i) => gauges.labels({ host: `host-${i & 3}`, disk: i & 1 }).set(i),
    (i) => histograms.labels({ method: 'GET', route: `/${i & 3}`, status: 200 + (i & 3) }).record(i),
    (i) => explicits.labels({ status: '200', method: i & 1 ? 'GET' : 'PUT' }).record(durations[i & 4095] as number),
    (i) => timers.labels({ table: 'users', query: `query-${i & 1}` }).record(durations[i & 4095] as number),
  ]
  for (let again = 0; again < 4; again++) for (const use of uses) timeCalls(use, 2000)
}
