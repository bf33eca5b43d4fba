import { readFileSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { containerId } from './container.ts'

/** What the kernel counts for a process. */
export interface ProcessUsage {
  /** Processors in use since the last call; `undefined` at the first. */
  readonly cpu: number | undefined
  /** The same since the process started; `undefined` in its first moment. */
  readonly meanCpu: number | undefined
  /** Processor time since the process started. */
  readonly cpuSeconds: number
  /** Resident memory, in bytes. */
  readonly rss: number
}

/** Where a process is. */
interface ProcessPlace {
  readonly pid: number
  readonly host: string
  readonly container?: string
}

/** USER_HZ of Linux: what /proc counts processor time in, whatever the kernel's own tick is. */
const ticksPerSecond = 100
const usualPageBytes = 4096

/** Reads what the kernel counts for processes of this machine. Where there is no /proc, it has nothing. */
export class ProcessUsages {
  readonly #host = hostname()
  readonly #container = containerId()
  readonly #pageBytes = pageBytes()
  #before = new Map<number, { readonly now: number; readonly ticks: number }>()
  #next = new Map<number, { readonly now: number; readonly ticks: number }>()

  /** Of a process that lives; `now` in seconds. About 30 µs. */
  of({ pid, host, container = '' }: ProcessPlace, now: number): ProcessUsage | undefined {
    if (host !== this.#host || container !== this.#container) return undefined
    const stat = readStat(pid)
    if (stat === undefined) return undefined
    const before = this.#before.get(pid)
    this.#next.set(pid, { now, ticks: stat.ticks })
    const seconds = before === undefined ? 0 : now - before.now
    const cpu = before && seconds > 0 ? Math.max(0, stat.ticks - before.ticks) / ticksPerSecond / seconds : undefined
    const age = uptime() - stat.startTicks / ticksPerSecond
    const cpuSeconds = stat.ticks / ticksPerSecond
    return { cpu, meanCpu: age > 0 ? cpuSeconds / age : undefined, cpuSeconds, rss: stat.rssPages * this.#pageBytes }
  }

  /** All processes were looked at once: the others are forgotten. */
  settle(): void {
    this.#before = this.#next
    this.#next = new Map()
  }
}

/** Seconds that a process of this machine has used of the processors; `undefined` where that cannot be determined. */
export function cpuSecondsOf(pid: number): number | undefined {
  const ticks = readStat(pid)?.ticks
  return ticks === undefined ? undefined : ticks / ticksPerSecond
}

/** Size of a memory page of this machine, a power of two: Node has the resident memory of this process in bytes, /proc in pages. */
function pageBytes(): number {
  const { rssPages = 0 } = readStat(process.pid) ?? {}
  return rssPages > 0 ? 2 ** Math.round(Math.log2(process.memoryUsage.rss() / rssPages)) : usualPageBytes
}

function readStat(pid: number): { ticks: number; startTicks: number; rssPages: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program, in parentheses, may have blanks and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [ticks, startTicks] = [Number(fields[11]) + Number(fields[12]), Number(fields[19])]
    return { ticks, startTicks, rssPages: Number(fields[21]) }
  } catch {
    // It has ended, or there is no /proc.
    return undefined
  }
}
