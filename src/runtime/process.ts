import { systemClock } from '../clock.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { countDescriptors, readDescriptorLimit, readProcessStatus } from '../os/proc.ts'
import { version } from '../version.ts'
import { optionalGauge, raise } from './declared.ts'
import { observeInspectorSignal } from './inspector-signal.ts'
import { atMostEach, eachSecond, type Sample } from './seconds.ts'

/** Seconds between readings of a file of /proc, and between counts of descriptors where each has to be listed. */
const fileSeconds = 5
const listSeconds = 10

/** What the operating system has of the process: once in a process, so in its main thread. */
export function observeProcess(registry: Registry): () => void {
  declareConstants(registry)
  const stops = [
    eachSecond(usage(registry)),
    eachSecond(memory(registry)),
    eachSecond(status(registry)),
    eachSecond(descriptors(registry)),
    observeInspectorSignal(registry),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function declareConstants(registry: Registry): void {
  const { node, v8, uv, openssl = '' } = process.versions
  const constants = { version: `v${node}`, v8, uv, openssl, arch: process.arch, platform: process.platform }
  registry.info('nodejs.version', { ...constants, plimsoll: version }, { help: 'Versions of Node.js and its parts' })
  const help = 'Unix time at which the process started'
  const startedAt = registry.gauge('process.start_time', { help, unit: 's', aggregation: 'min' })
  startedAt.set(systemClock.unixTime() - process.uptime())
}

function usage(registry: Registry): () => void {
  const uptime = registry.gauge('process.uptime', {
    help: 'Time since the process started',
    unit: 's',
    aggregation: 'max',
  })
  const cpu = registry.counter('process.cpu.time', {
    help: 'Time on a processor, of all threads',
    unit: 's',
    labels: ['cpu_mode'],
  })
  const switches = registry.counter('process.context_switches', {
    help: 'Context switches: the process waited (voluntary), or another one was due',
    labels: ['process_context_switch_type'],
  })
  const faults = registry.counter('process.paging.faults', {
    help: 'Page faults, with a read from disk (major) and without',
    labels: ['system_paging_fault_type'],
  })
  const share = registry.gauge('process.cpu.usage', {
    help: 'Processors in use since the last measurement: 1 is all of one',
    unit: '{cpu}',
  })
  const user = cpu.labels({ cpu_mode: 'user' })
  const system = cpu.labels({ cpu_mode: 'system' })
  const voluntary = switches.labels({ process_context_switch_type: 'voluntary' })
  const involuntary = switches.labels({ process_context_switch_type: 'involuntary' })
  const major = faults.labels({ system_paging_fault_type: 'major' })
  const minor = faults.labels({ system_paging_fault_type: 'minor' })
  let before = { seconds: 0, at: 0 }
  return () => {
    const used = process.resourceUsage()
    const now = { seconds: (used.userCPUTime + used.systemCPUTime) / 1e6, at: process.uptime() }
    uptime.set(now.at)
    if (now.at > before.at) share.set((now.seconds - before.seconds) / (now.at - before.at))
    before = now
    raise(user, used.userCPUTime / 1e6)
    raise(system, used.systemCPUTime / 1e6)
    raise(voluntary, used.voluntaryContextSwitches)
    raise(involuntary, used.involuntaryContextSwitches)
    raise(major, used.majorPageFault)
    raise(minor, used.minorPageFault)
  }
}

function memory(registry: Registry): () => void {
  const resident = registry.gauge('process.memory.usage', { help: 'Resident set size (RSS)', unit: 'By' })
  return () => resident.set(process.memoryUsage.rss())
}

function status(registry: Registry): Sample {
  const virtual = optionalGauge(registry, 'process.memory.virtual', { help: 'Virtual memory size', unit: 'By' })
  const data = optionalGauge(registry, 'process.memory.data', { help: 'Size of the data segment', unit: 'By' })
  const threads = optionalGauge(registry, 'process.thread.count', { help: 'Threads of the operating system' })
  const isDue = atMostEach(fileSeconds)
  return (interval) => {
    // Not when the process starts or ends, as it takes 5 ms with what has to be compiled for it.
    if (process.platform !== 'linux' || interval === undefined || !isDue(interval)) return
    const read = readProcessStatus()
    virtual(read.virtualBytes)
    data(read.dataBytes)
    threads(read.threads)
  }
}

function descriptors(registry: Registry): Sample {
  const open = optionalGauge(registry, 'process.unix.file_descriptor.count', { help: 'Open file descriptors' })
  const limit = optionalGauge(registry, 'process.unix.file_descriptor.limit', {
    help: 'File descriptors that may be open (ulimit -n)',
  })
  const isLimitDue = atMostEach(60)
  let isDue = atMostEach(fileSeconds)
  return (interval) => {
    if (process.platform !== 'linux' || interval === undefined) return
    if (isLimitDue()) limit(readDescriptorLimit())
    if (!isDue(interval)) return
    const { count, isCheap } = countDescriptors()
    open(count)
    if (!isCheap) isDue = atMostEach(listSeconds)
  }
}
