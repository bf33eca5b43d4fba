import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** Number of SIGUSR1 on Linux. */
const sigusr1 = 10

/**
 * Whether a process has a file open or mapped: what has that page and that id is its writer, and no other process with the
 * id.
 */
export function hasFile(pid: number, file: string): boolean {
  const { ino } = statSync(file)
  const maps = readFileSync(`/proc/${pid}/maps`, 'latin1')
  if (new RegExp(`^\\S+ \\S+ \\S+ \\S+ ${ino} `, 'm').test(maps)) return true
  return descriptors(pid).some((fd) => inodeOf(`/proc/${pid}/fd/${fd}`) === ino)
}

/** Whether a process catches SIGUSR1, which else ends it. */
export function catchesSigusr1(pid: number): boolean {
  const [, mask = '0'] = /^SigCgt:\s*([\da-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return ((BigInt(`0x${mask}`) >> BigInt(sigusr1 - 1)) & 1n) === 1n
}

/** Whether a process is stopped, by a signal or by what traces it. */
export function isStopped(pid: number): boolean {
  return /^State:\s*[Tt]\b/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
}

/** The ports of 127.0.0.1 on which a process itself listens. */
export function listeningPorts(pid: number): number[] {
  const own = new Set(descriptors(pid).flatMap((fd) => socketOf(`/proc/${pid}/fd/${fd}`) ?? []))
  const lines = readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n').slice(1)
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    const [address, port = ''] = local.split(':')
    return state === '0A' && address === '0100007F' && own.has(inode) ? [Number.parseInt(port, 16)] : []
  })
}

function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
}

/** The inode of the socket that a descriptor is; it may be closed meanwhile. */
function socketOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1]
  } catch {
    return undefined
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}
