import { isLabels } from '../labels.ts'
import { Declarer, type DefaultMetricsCollectorConfiguration } from './declare.ts'
import { eventLoopUtilization } from './event-loop-utilization.ts'
import {
  eventLoopLag,
  gc,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  processHandles,
  processRequests,
  processResources,
  version,
} from './node.ts'
import {
  osMemoryHeap,
  processCpuTotal,
  processMaxFileDescriptors,
  processOpenFileDescriptors,
  processStartTime,
} from './process.ts'

/** In the order of the text. */
const all = {
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  eventLoopUtilization,
  processResources,
  processHandles,
  processRequests,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
  gc,
}

/** Declares what prom-client has of each process, and sees to its values. */
export interface CollectDefaultMetrics {
  /** Throws a TypeError where the configuration is no object, and an Error where a registry has one of the names already. */
  <T>(config?: DefaultMetricsCollectorConfiguration<T>): void
  /** The names of its parts. */
  metricsList: string[]
}

function collect(config?: DefaultMetricsCollectorConfiguration | null): void {
  if (config !== undefined && config !== null && !isLabels(config)) {
    throw new TypeError('config must be null, undefined, or an object')
  }
  const declare = new Declarer(config ?? {})
  for (const part of Object.values(all)) part(declare)
}

/** Metrics of the process under the names of prom-client: CPU, memory, event loop, garbage collection, handles. */
export const collectDefaultMetrics: CollectDefaultMetrics = Object.assign(collect, { metricsList: Object.keys(all) })
