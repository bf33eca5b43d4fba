import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

const unknown = Buffer.alloc(16)
let machine: Buffer | undefined

/**
 * 16 bytes that identify this machine since its last start: process ids have one meaning on it. By its name
 * where the system is not Linux. Zeros where that cannot be determined.
 */
export function machineId(): Buffer {
  machine ??= process.platform === 'linux' ? readBootId() : hashOf(hostname())
  return machine
}

/** 16 bytes that are the same for processes whose monotonic clocks agree; zeros where the clock of this process is its own. */
export function bootId(): Buffer {
  // The monotonic clocks of these begin with their process: compared with that of the machine, it would be far off.
  const hasOwnClock = process.versions.bun !== undefined || process.versions.deno !== undefined
  return hasOwnClock || process.platform !== 'linux' ? unknown : machineId()
}

/** The module is asked for here only: it takes 5 ms to load, and on Linux nobody needs it for this. */
function hashOf(name: string): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest().subarray(0, 16)
}

function readBootId(): Buffer {
  try {
    const id = Buffer.from(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replace(/[^0-9a-f]/g, ''), 'hex')
    return id.length === 16 ? id : unknown
  } catch {
    return unknown
  }
}
