import type { Counter } from '../metrics/kinds/counter.ts'
import type { Gauge } from '../metrics/kinds/gauge.ts'
import type { GaugeOptions } from '../metrics/registry/definition.ts'
import type { Registry } from '../metrics/registry/registry.ts'

/** Sets a counter to a total that something else keeps; where that began again, the counter waits for it. */
export function raise(counter: Counter, total: number): void {
  if (total > counter.value) counter.value = total
}

/** A gauge that is there while it has a value, unless the app has a metric of that name. */
export function optionalGauge(registry: Registry, name: string, options: GaugeOptions): (value?: number) => void {
  let gauge: Gauge | undefined
  return (value) => {
    if (value !== undefined && Number.isFinite(value)) {
      gauge ??= registry.isTaken(name) ? undefined : registry.declareYielding(() => registry.gauge(name, options))
      gauge?.set(value)
    } else if (gauge !== undefined && value === undefined) {
      if (!registry.isTaken(name)) registry.remove(name)
      gauge = undefined
    }
  }
}
