import { readdirSync, readFileSync } from 'node:fs'
import type { Declarer } from './declare.ts'

/** CPU time of the process. */
export function processCpuTotal(declare: Declarer): void {
  const { labels } = declare
  let before = process.cpuUsage()
  const user = declare.counter('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', () => {
    const now = process.cpuUsage()
    const [userMicros, systemMicros] = [now.user - before.user, now.system - before.system]
    before = now
    user.inc(labels, userMicros / 1e6)
    system.inc(labels, systemMicros / 1e6)
    both.inc(labels, (userMicros + systemMicros) / 1e6)
  })
  const system = declare.counter('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.')
  const both = declare.counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.')
}

const startedAt = Math.round(Date.now() / 1000 - process.uptime())

/** When the process began. */
export function processStartTime(declare: Declarer): void {
  const gauge = declare.gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', {
    aggregator: 'omit',
    collect: () => gauge.set(declare.labels, startedAt),
  })
}

/** Memory of the process, as the operating system has it. */
export function osMemoryHeap(declare: Declarer): void {
  const { labels } = declare
  const resident = declare.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', {
    collect: () => {
      const sizes = memorySizes()
      resident.set(labels, sizes?.get('VmRSS') ?? process.memoryUsage.rss())
      if (sizes === undefined) return
      virtual?.set(labels, sizes.get('VmSize') ?? 0)
      heap?.set(labels, sizes.get('VmData') ?? 0)
    },
  })
  const isLinux = process.platform === 'linux'
  const virtual = isLinux ? declare.gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.') : undefined
  const heap = isLinux ? declare.gauge('process_heap_bytes', 'Process heap size in bytes.') : undefined
}

/** Sizes in bytes by their name; `undefined` where the system does not have them. */
function memorySizes(): ReadonlyMap<string, number> | undefined {
  const status = fileText('/proc/self/status')
  if (status === undefined) return undefined
  return new Map([...status.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name = '', kiB]) => [name, Number(kiB) * 1024]))
}

/** Open file descriptors. */
export function processOpenFileDescriptors(declare: Declarer): void {
  if (process.platform !== 'linux') return
  const gauge = declare.gauge('process_open_fds', 'Number of open file descriptors.', {
    collect: () => {
      try {
        // Without the one that reading the directory takes.
        gauge.set(declare.labels, readdirSync('/proc/self/fd').length - 1)
      } catch {
        // Such as at the limit of descriptors: the last number stays.
      }
    },
  })
}

/** The limit of open file descriptors. */
export function processMaxFileDescriptors(declare: Declarer): void {
  const [, limit] = /^Max open files +(\d+)/m.exec(fileText('/proc/self/limits') ?? '') ?? []
  if (limit === undefined) return
  const gauge = declare.gauge('process_max_fds', 'Maximum number of open file descriptors.', {
    collect: () => gauge.set(declare.labels, Number(limit)),
  })
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
