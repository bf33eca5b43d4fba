import type { Counter } from '../metrics/kinds/counter.ts'
import type { GaugeOptions } from '../metrics/registry/definition.ts'
import type { Registry } from '../metrics/registry/registry.ts'

/** Sets a counter to a total that something else keeps; where that began again, the counter waits for it. */
export function raise(counter: Counter, total: number): void {
  if (total > counter.value) counter.value = total
}

/** A gauge that is there while it has a value. */
export function optionalGauge(registry: Registry, name: string, options: GaugeOptions): (value?: number) => void {
  let isThere = false
  return (value) => {
    if (value !== undefined && Number.isFinite(value)) registry.gauge(name, options).set(value)
    else if (isThere) registry.remove(name)
    else return
    isThere = value !== undefined
  }
}
