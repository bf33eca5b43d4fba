import { readFileSync, readlinkSync } from 'node:fs'

/** A thread of this machine, or of another one. */
export interface ThreadIdentity {
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
    if (start !== undefined) return { thread, namespace: ownNamespace(), start }
  } catch {
    // It is not Linux, or nothing may be read there.
  }
  return { thread: process.pid, namespace: 0, start: 0 }
}

/** Whether a thread of this machine runs; `undefined` where that cannot be determined, as for one of another container. */
export function isRunning({ thread, namespace, start }: ThreadIdentity): boolean | undefined {
  if (start === 0) return processExists(thread) === false ? false : undefined
  if (namespace !== ownNamespace()) return undefined
  try {
    return startOf(readFileSync(`/proc/${thread}/task/${thread}/stat`, 'latin1')) === start
  } catch {
    // Other users may be kept from seeing it.
    return processExists(thread) === false ? false : undefined
  }
}

/** The pid namespace of this process; 0 where there is none. */
function ownNamespace(): number {
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
