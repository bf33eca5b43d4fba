import { readFileSync, readlinkSync } from 'node:fs'
import { machineId } from './boot.ts'

/** A thread of this machine, or of another one. */
export interface ThreadIdentity {
  /** The machine since its last start, as `machineId` has it; zeros where that is not known. */
  readonly machine: Buffer
  /** Its number, as Linux has it, else that of its process. */
  readonly thread: number
  /** The pid namespace of that number; 0 where there is none, or it cannot be read. */
  readonly namespace: number
  /** When it started, in ticks since the start of the machine; 0 where that is not known. */
  readonly start: number
}

/** The thread that calls. */
export function ownThread(): ThreadIdentity {
  try {
    // Such as 4711/task/4712. Synchronous calls are made by the thread itself.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    const start = startOf(readFileSync('/proc/thread-self/stat', 'latin1'))
    if (start !== undefined) return { machine: machineId(), thread, namespace: ownNamespace(), start }
  } catch {
    // It is not Linux, or nothing may be read there.
  }
  return { machine: machineId(), thread: process.pid, namespace: ownNamespace(), start: 0 }
}

/** Whether a thread runs; `undefined` where that cannot be determined, as for one of another machine or container. */
export function isRunning({ machine, thread, namespace, start }: ThreadIdentity): boolean | undefined {
  if (!machine.equals(machineId()) || machine.every((byte) => byte === 0)) return undefined
  if (namespace !== ownNamespace() || (namespace === 0 && process.platform === 'linux')) return undefined
  if (start === 0) return processExists(thread) ? undefined : false
  try {
    return startOf(readFileSync(`/proc/${thread}/task/${thread}/stat`, 'latin1')) === start
  } catch {
    // Other users may be kept from seeing it.
    return processExists(thread) ? undefined : false
  }
}

/** The pid namespace of this process; 0 where there is none. */
export function ownNamespace(): number {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0)
  } catch {
    return 0
  }
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** When the thread started that such a line is about; `undefined` for one that has ended and is not yet forgotten. */
function startOf(stat: string): number | undefined {
  // The name before these fields may have blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = Number(fields[19])
  return fields[0] === 'Z' || fields[0] === 'X' || !(start > 0) ? undefined : start
}
