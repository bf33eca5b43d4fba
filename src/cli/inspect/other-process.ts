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

/**
 * Where the main thread of a process sleeps in the kernel, and how often it went to sleep so far; undefined while it runs, or
 * where the kernel does not show the place.
 */
export function sleepOf(pid: number): { readonly place: string; readonly count: number } | undefined {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'latin1')
  const place = readFileSync(`/proc/${pid}/wchan`, 'latin1')
  if (!/^State:\s*[SD]\b/m.test(status) || place === '' || place === '0') return undefined
  return { place, count: Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1]) }
}

/** How many more file descriptors a process may open. */
export function freeDescriptors(pid: number): number {
  const [, limit = 'unlimited'] = /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1')) ?? []
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit) - descriptors(pid).length
}

/** The ports of 127.0.0.1 on which a process itself listens. */
export function listeningPorts(pid: number): number[] {
  const own = socketsOf(pid)
  return listeners(pid, 'tcp').flatMap(({ address, port, inode }) =>
    address === loopback && own.has(inode) ? [port] : [],
  )
}

/** Whether something listens where a process could else listen on a port of 127.0.0.1. */
export function isTaken(pid: number, wanted: number): boolean {
  return listenersOn(pid, wanted).length > 0
}

/** The process that listens there, as far as this user may see that. */
export function listenerOn(pid: number, wanted: number): number | undefined {
  const inodes = listenersOn(pid, wanted).map(({ inode }) => inode)
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.map(Number).find((one) => {
    try {
      const sockets = socketsOf(one)
      return inodes.some((inode) => sockets.has(inode))
    } catch {
      // It has ended, or belongs to another user.
      return false
    }
  })
}

/** The port on which Node opens the inspector of a process; 0 is any free one. */
export function inspectorPort(pid: number): number {
  const flags = /(?:^|\s)--(?:inspect|debug)(?:-brk|-wait|-port)?[=\s](?:\S*:)?(\d+)(?:\s|$)/
  const words = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', '\n')
  const [, ofEnvironment] = /^NODE_OPTIONS=(.*)$/m.exec(words('environ')) ?? []
  const [, port = '9229'] = flags.exec(words('cmdline')) ?? flags.exec(ofEnvironment ?? '') ?? []
  return Number(port)
}

const loopback = '0100007F'
/** On these a port of 127.0.0.1 is taken too. */
const anyAddress = /^0+$/

interface Listener {
  readonly address: string
  readonly port: number
  readonly inode: string
}

function listenersOn(pid: number, wanted: number): Listener[] {
  const all = [...listeners(pid, 'tcp'), ...listeners(pid, 'tcp6')]
  return all.filter(({ address, port }) => port === wanted && (address === loopback || anyAddress.test(address)))
}

function listeners(pid: number, table: 'tcp' | 'tcp6'): Listener[] {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/net/${table}`, 'latin1')
  } catch (error) {
    // A machine may have no IPv6.
    if (table === 'tcp6') return []
    throw error
  }
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      return state === '0A' ? [{ address, port: Number.parseInt(port, 16), inode }] : []
    })
}

function socketsOf(pid: number): Set<string> {
  return new Set(descriptors(pid).flatMap((fd) => socketOf(`/proc/${pid}/fd/${fd}`) ?? []))
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
