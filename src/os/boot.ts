import { readFileSync } from 'node:fs'

let boot: Buffer | undefined

/** 16 bytes that differ from one start of the machine to the next; zeros where they cannot be had. */
export function bootId(): Buffer {
  boot ??= readBootId()
  return boot
}

function readBootId(): Buffer {
  // The monotonic clocks of these begin with their process: compared with that of the machine, it would be far off.
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return Buffer.alloc(16)
  try {
    const id = Buffer.from(readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replace(/[^0-9a-f]/g, ''), 'hex')
    return id.length === 16 ? id : Buffer.alloc(16)
  } catch {
    return Buffer.alloc(16)
  }
}
