import { fstatSync, readFileSync } from 'node:fs'

/** As many looks take about as long as loading koffi, which asks for one lock in a thousandth of the time of a look. */
const maxLooks = 32

let looks = 0

/**
 * Whether the kernel's list of locks names an exclusive one (flock) of an open file. False says nothing: the list leaves out
 * the locks of processes in other pid namespaces, and after some looks this process should ask with koffi.
 */
export function isInLockTable(fd: number): boolean {
  if (process.platform !== 'linux' || looks >= maxLooks) return false
  looks++
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true })
    const place = `${hex(majorOf(dev))}:${hex(minorOf(dev))}:${ino}`
    // One that waits for a lock has an arrow before `FLOCK`.
    return new RegExp(`^\\d+: FLOCK +\\w+ +WRITE +\\d+ ${place} `, 'm').test(readFileSync('/proc/locks', 'latin1'))
  } catch {
    return false
  }
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
