import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { isMainThread, resourceLimits } from 'node:worker_threads'
import type { Gauge } from '../metrics/kinds/gauge.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { atMostEach, eachSecond, type Sample } from './seconds.ts'

const mebibyte = 2 ** 20

/** The heap of this thread, and what it holds outside. */
export function observeMemory(registry: Registry): () => void {
  const stops = [eachSecond(heap(registry)), eachSecond(outside(registry)), eachSecond(spaces(registry))]
  return () => {
    for (const stop of stops) stop()
  }
}

function heap(registry: Registry): () => void {
  const bytes = (name: string, help: string) => registry.gauge(`nodejs.memory.heap.${name}`, { help, unit: 'By' })
  const used = bytes('used', 'Heap in use by objects, garbage included')
  const total = bytes('total', 'Heap that V8 has allocated')
  const limit = bytes('limit', 'Size of old objects in the heap at which the process ends (--max-old-space-size)')
  const limitOf = oldObjectLimit()
  return () => {
    const statistics = getHeapStatistics()
    used.set(statistics.used_heap_size)
    total.set(statistics.total_heap_size)
    limit.set(limitOf(statistics.heap_size_limit))
  }
}

/**
 * How large old objects may become, in bytes, of V8's `heap_size_limit`. V8 ends the process at that size, but `heap_size_limit`
 * includes what young objects may take: 192 MiB in Node 24, so that with 150 MiB for old ones the process ends before half of
 * it is used. A thread knows both. In the main thread the option is known; without it V8 keeps young objects to a few per cent.
 */
function oldObjectLimit(): (heapSizeLimit: number) => number {
  const young = (resourceLimits.maxYoungGenerationSizeMb ?? 0) * mebibyte
  if (!isMainThread) return (limit) => limit - young
  const options = [process.env.NODE_OPTIONS ?? '', ...process.execArgv].join(' ')
  const [, megabytes] = [...options.matchAll(/--max[-_]old[-_]space[-_]size=(\d+)/g)].at(-1) ?? []
  const wanted = megabytes === undefined ? Number.POSITIVE_INFINITY : Number(megabytes) * mebibyte
  return (limit) => Math.min(limit, wanted)
}

function outside(registry: Registry): () => void {
  const external = registry.gauge('nodejs.memory.external', {
    help: 'Memory outside the heap that its objects hold, array buffers included',
    unit: 'By',
  })
  const buffers = registry.gauge('nodejs.memory.array_buffers', { help: 'Buffers and array buffers', unit: 'By' })
  return () => {
    const usage = process.memoryUsage()
    external.set(usage.external)
    buffers.set(usage.arrayBuffers)
  }
}

function spaces(registry: Registry): Sample {
  const bytes = (name: string, help: string) =>
    registry.gauge(`v8js.memory.heap.${name}`, { help, unit: 'By', labels: ['v8js_heap_space_name'] })
  const used = bytes('used', 'Heap space in use by objects')
  const size = bytes('space.size', 'Heap space that V8 has allocated')
  const available = bytes('space.available_size', 'Heap space that is free for objects')
  const known = new Map<string, readonly [used: Gauge, size: Gauge, available: Gauge]>()
  const isDue = atMostEach(1)
  return (interval) => {
    if (!isDue(interval)) return
    for (const space of getHeapSpaceStatistics()) {
      const { space_name: name } = space
      // Some spaces are empty in most processes. One that a large object fills for a while stays listed: to take it out and list it
      // again would write to the log of the page each time.
      if (space.space_size === 0 && !known.has(name)) continue
      const labels = { v8js_heap_space_name: name }
      const gauges = known.get(name) ?? [used.labels(labels), size.labels(labels), available.labels(labels)]
      known.set(name, gauges)
      gauges[0].set(space.space_used_size)
      gauges[1].set(space.space_size)
      gauges[2].set(space.space_available_size)
    }
  }
}
