import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Registry } from 'plimsoll'
import { formatOpenMetrics, formatPrometheus } from 'plimsoll/formats'
import { observeRuntime } from 'plimsoll/runtime'
import promClient from 'prom-client'

/** What a text has of each name: its type, and the label names of its samples. */
function shapeOf(text: string): Map<string, { type: string; labels: string }> {
  const shapes = new Map<string, { type: string; labels: string }>()
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) shapes.set(name, { type, labels: '' })
  for (const [, sample = '', labels = ''] of text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? \S+$/gim)) {
    const shape = shapes.get(sample) ?? shapes.get(sample.replace(/_(bucket|sum|count)$/, ''))
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name).filter((name) => name !== 'le')
    if (shape !== undefined && names.length > 0) shape.labels = names.sort().join()
  }
  return shapes
}

/** The value of a sample without labels, or with just these. */
function sampleOf(text: string, sample: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `))
  return Number(line?.slice(sample.length + 1))
}

/** Handles and requests by type: `process._getActiveHandles()`, which takes 2.4 ms with 10,000 sockets. */
const lacking = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
]

const registry = new Registry()
const register = new promClient.Registry()

test('Metrics have the names, types and labels of the default metrics of prom-client', async (t) => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const stop = observeRuntime(registry)
  t.after(stop)
  promClient.collectDefaultMetrics({ register })
  gc()
  const ours = (): string => formatPrometheus(registry.read(), { names: 'prom-client' })
  while (!ours().includes('nodejs_gc_duration_seconds_count{kind="major"}')) await wait(10)
  while (!ours().includes('nodejs_eventloop_lag_p99_seconds ')) await wait(10)
  // What the files of the system say comes with the first second.
  while (process.platform === 'linux' && !ours().includes('process_virtual_memory_bytes ')) await wait(10)
  const theirs = await register.metrics()
  const wanted = shapeOf(theirs)
  for (const name of lacking) assert.ok(wanted.delete(name), name)
  // Windows and macOS have no more.
  const found = shapeOf(ours())
  for (const [name, shape] of wanted) assert.deepEqual({ name, ...found.get(name) }, { name, ...shape })
  assert.ok(wanted.size >= 20, String(wanted.size))

  const near = (sample: string, tolerance: number): void => {
    const [our, their] = [sampleOf(ours(), sample), sampleOf(theirs, sample)]
    assert.ok(Math.abs(our - their) <= tolerance * their, `${sample}: ${our}, prom-client ${their}`)
  }
  near('process_start_time_seconds', 1e-8)
  near('process_resident_memory_bytes', 0.5)
  near('process_max_fds', 0)
  near('nodejs_heap_size_total_bytes', 0.5)
  assert.match(ours(), /^nodejs_heap_space_size_used_bytes\{space="old"\} \d+$/m)
  const text = ours()
  const both = sampleOf(text, 'process_cpu_user_seconds_total') + sampleOf(text, 'process_cpu_system_seconds_total')
  assert.ok(Math.abs(sampleOf(text, 'process_cpu_seconds_total') - both) < 1e-6)
})

test('Other metrics keep their names, and labels that were added stay', () => {
  const one = new Registry()
  one.counter('jobs').inc()
  observeRuntime(one, { gc: false })()
  const text = formatPrometheus(one.read(), { names: 'prom-client', defaultLabels: { app: 'shop' } })
  assert.match(text, /^jobs_total\{app="shop"\} 1$/m)
  assert.match(text, /^process_cpu_user_seconds_total\{app="shop"\} \d/m)
  assert.match(text, /^nodejs_active_resources_total\{app="shop"\} \d/m)
  assert.match(text, /^nodejs_version_info\{app="shop",version="v[\d.]+",major="\d+",minor="\d+",patch="\d+"\} 1$/m)
  assert.match(text, /^nodejs_eventloop_utilization_ratio\{app="shop"\} /m)
  assert.ok(!text.includes('# plimsoll: left out'), text)
  assert.match(formatOpenMetrics(one.read(), { names: 'prom-client' }), /^process_resident_memory_bytes \d/m)
  assert.match(formatPrometheus(one.read()), /^process_memory_usage_bytes \d/m)
  assert.throws(() => formatPrometheus(one.read(), { names: 'prom' as 'prom-client' }), {
    code: 'PLIMSOLL_OPTION_INVALID',
  })
})
