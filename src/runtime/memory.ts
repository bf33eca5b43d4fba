import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import type { Gauge } from '../metrics/kinds/gauge.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { eachSecond } from './seconds.ts'

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
  const limit = bytes('limit', 'Heap size at which the process ends (--max-old-space-size)')
  return () => {
    const statistics = getHeapStatistics()
    used.set(statistics.used_heap_size)
    total.set(statistics.total_heap_size)
    limit.set(statistics.heap_size_limit)
  }
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

function spaces(registry: Registry): () => void {
  const bytes = (name: string, help: string) =>
    registry.gauge(`v8js.memory.heap.${name}`, { help, unit: 'By', labels: ['v8js_heap_space_name'] })
  const used = bytes('used', 'Heap space in use by objects')
  const size = bytes('space.size', 'Heap space that V8 has allocated')
  const available = bytes('space.available_size', 'Heap space that is free for objects')
  const known = new Map<string, readonly [used: Gauge, size: Gauge, available: Gauge]>()
  return () => {
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
