import { fstatSync, readFileSync } from 'node:fs'

/** To read the table so often takes about as long as to load koffi, which asks for one lock in a thousandth of that time. */
const maxReads = 32

/** In a turn of the event loop in which many files are looked at, one table serves for so long. */
const maxAgeMs = 20

let reads = 0
let table: { readonly locks: ReadonlySet<string>; readonly at: number } | undefined

/**
 * Whether the kernel's list of locks names an exclusive one (flock) of an open file. False says nothing: the list leaves out
 * the locks of processes in other pid namespaces, and after some reads this process should ask with koffi.
 */
export function isInLockTable(fd: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    return exclusiveLocks().has(`${hex(majorOf(dev))}:${hex(minorOf(dev))}:${ino}`)
  } catch {
    return false
  }
}

/** The places of the files that have one. One that waits for a lock has an arrow before `FLOCK`. */
function exclusiveLocks(): ReadonlySet<string> {
  const now = performance.now()
  if (table !== undefined && now - table.at < maxAgeMs) return table.locks
  table = undefined
  if (reads >= maxReads) return new Set()
  reads++
  const lines = readFileSync('/proc/locks', 'latin1').matchAll(/^\d+: FLOCK +\w+ +WRITE +\d+ (\S+) /gm)
  table = { locks: new Set([...lines].map(([, place = '']) => place)), at: now }
  // By the next turn a process may have ended.
  queueMicrotask(() => {
    table = undefined
  })
  return table.locks
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, '0')
}

/** The two numbers of a device, as gnu_dev_major(3) takes them apart. */
function majorOf(dev: bigint): bigint {
  return ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)
}

function minorOf(dev: bigint): bigint {
  return (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)
}
