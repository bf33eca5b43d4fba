import type { Registry } from '../metrics/registry/registry.ts'
import { type ContainerStatus, findContainer } from '../os/cgroup.ts'
import { optionalGauge } from './declared.ts'
import { atMostEach, eachSecond } from './seconds.ts'

/** Seconds between readings, each of up to six files. */
const everySeconds = 5

/**
 * Limits of memory and CPU that control groups set, as for a container, and how often they stopped its processes. All
 * processes of a container have the same, so these are gauges of which the largest is taken, and totals of the kernel's.
 *
 * @param root the directory in place of `/`, for tests.
 */
export function observeContainer(registry: Registry, root?: string): () => void {
  if (process.platform !== 'linux' && root === undefined) return () => {}
  const gauge = (name: string, help: string, unit = '') =>
    optionalGauge(registry, name, { help, unit, aggregation: 'max' })
  const memoryLimit = gauge('container.memory.limit', 'Memory that the container may use', 'By')
  const memoryUsage = gauge('container.memory.usage', 'Memory that the container uses, caches of files included', 'By')
  const cpuLimit = gauge('container.cpu.limit', 'Processors that the container may use')
  const periods = gauge('container.cpu.periods', 'Periods of the CPU limit in which the container ran, in total')
  const throttled = gauge(
    'container.cpu.throttled.periods',
    'Periods in which the limit stopped the container, in total',
  )
  const seconds = gauge(
    'container.cpu.throttled.time',
    'Time for which the CPU limit stopped the container, in total',
    's',
  )
  let read: (() => ContainerStatus) | undefined
  const isDue = atMostEach(everySeconds)
  return eachSecond((interval) => {
    // Not when the process starts or ends: most processes have other things to do then.
    if (interval === undefined || !isDue(interval)) return
    read ??= findContainer(root)
    const status = read()
    memoryLimit(status.memoryLimit)
    memoryUsage(status.memoryUsage)
    cpuLimit(status.cpuLimit)
    periods(status.throttling?.periods)
    throttled(status.throttling?.throttled)
    seconds(status.throttling?.seconds)
  })
}
