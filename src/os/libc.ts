import { closeSync, openSync, readSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../errors.ts'
import { requirePackage } from './require-package.ts'
import { gated } from './thread-gate.ts'

/** Size in bytes of libc's struct sigaction on 64-bit Linux; glibc and musl agree on it and on every offset in it. */
export const sigactionSize = 152

/**
 * The functions of libc that pages need, each with the meaning of its man page. Addresses are numbers: user space ends below
 * 2^53.
 */
export interface Libc {
  /** -1 for MAP_FAILED. */
  mmap(address: number, length: number, protection: number, flags: number, fd: number, offset: number): number
  munmap(address: number, length: number): number
  mprotect(address: number, length: number, protection: number): number
  /** Gives the errno back, 0 when it worked; does not set `errno`. */
  posixFallocate(fd: number, offset: number, length: number): number
  fallocate(fd: number, mode: number, offset: number, length: number): number
  flock(fd: number, operation: number): number
  /** The soft limit on the size of a file in bytes (RLIMIT_FSIZE); Infinity when there is none. */
  fileSizeLimit(): number
  pageSize(): number
  /** `action` and `old` are each a struct sigaction of `sigactionSize` bytes; `old` is written to. */
  sigaction(signal: number, action: Uint8Array | null, old: Uint8Array): number
  /** Memory at an address as an ArrayBuffer, without a copy. It keeps nothing alive. */
  view(address: number, length: number): ArrayBuffer
  /** The errno of this thread's last call that failed, as its name: `'ENOMEM'`. */
  errnoName(): string
}

/**
 * What is used of koffi: its binary for one platform, which is a package. The package koffi itself adds sources and an install
 * script, of which npm warns, and loads that binary.
 */
interface Koffi {
  load(path: null): { func(name: string, result: string, given: readonly string[]): (...given: unknown[]) => never }
  view(address: bigint, length: number): ArrayBuffer
  errno(): number
  readonly os: { readonly errno: Readonly<Record<string, number>> }
}

const resourceFileSize = 1
const architectures = ['x64', 'arm64', 'riscv64', 'loong64', 'ppc64']

let loaded: Libc | PlimsollError | undefined

/** libc bound through koffi, or why it is not to be had. The first call loads koffi (some ms), later ones cost nothing. */
export function loadLibc(): Libc | PlimsollError {
  loaded ??= gated(bind)()
  return loaded
}

/** Whether that was tried. */
export function isLibcLoaded(): boolean {
  return loaded !== undefined
}

/** The name of an errno: `'ENOSPC'`; the number as text when it is unknown to koffi. Of several for one number, the last. */
export function errnoNameOf(errno: number): string {
  return errnos.get(errno) ?? String(errno)
}

/** The names of those that koffi knows: a reader of many pages asks for one of each page. */
let errnos: ReadonlyMap<number, string> = new Map()

/** Node's messages about modules that are not found go on with a list of who asked. */
function firstLine(cause: unknown): string {
  return reasonOf(cause).split('\n')[0] ?? ''
}

function bind(): Libc | PlimsollError {
  if (process.platform !== 'linux' || !architectures.includes(process.arch)) {
    return new PlimsollError('PLIMSOLL_MAP_UNAVAILABLE', { reason: `this is ${process.platform} on ${process.arch}` })
  }
  try {
    return gatedLibc(functionsOf(requireKoffi()))
  } catch (cause) {
    return new PlimsollError(
      'PLIMSOLL_MAP_UNAVAILABLE',
      { reason: `koffi did not load: ${firstLine(cause)}` },
      { cause },
    )
  }
}

/**
 * The binary for glibc, where Node itself is for glibc; else whatever the package of koffi finds. It loads that binary as well,
 * but takes more time to choose it than to load it.
 */
function requireKoffi(): Koffi {
  const name = `@koromix/koffi-linux-${process.arch}`
  try {
    if (isForGlibc(process.execPath)) return requirePackage(`${name}/linux_${process.arch}/koffi.node`) as Koffi
  } catch {
    // Node may be gone from where it was started, and another version of the package may keep its files elsewhere.
  }
  return requirePackage(name) as Koffi
}

/** Whether a program names the loader of glibc, which stands near its beginning. */
function isForGlibc(program: string): boolean {
  const beginning = Buffer.alloc(4096)
  const fd = openSync(program, 'r')
  try {
    readSync(fd, beginning, 0, beginning.length, 0)
  } finally {
    closeSync(fd)
  }
  return beginning.includes('/ld-linux') || beginning.includes('/ld64.so')
}

/** All calls go through the gate, so that nothing has to be known about which of them a thread's end would break. */
function gatedLibc(libc: Libc): Libc {
  return Object.fromEntries(Object.entries(libc).map(([name, call]) => [name, gated(call)])) as unknown as Libc
}

function functionsOf(koffi: Koffi): Libc {
  errnos = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]))
  // null stands for the whole process: libc is in it under whatever name, glibc or musl.
  const lib = koffi.load(null)
  const getrlimit = lib.func('getrlimit', 'int', ['int', 'void *'])
  return {
    mmap: lib.func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: lib.func('munmap', 'int', ['uintptr_t', 'size_t']),
    mprotect: lib.func('mprotect', 'int', ['uintptr_t', 'size_t', 'int']),
    posixFallocate: lib.func('posix_fallocate', 'int', ['int', 'int64_t', 'int64_t']),
    fallocate: lib.func('fallocate', 'int', ['int', 'int', 'int64_t', 'int64_t']),
    flock: lib.func('flock', 'int', ['int', 'int']),
    pageSize: lib.func('getpagesize', 'int', []),
    sigaction: lib.func('sigaction', 'int', ['int', 'void *', 'void *']),
    view: (address, length) => koffi.view(BigInt(address), length),
    errnoName: () => errnoNameOf(koffi.errno()),
    fileSizeLimit: () => {
      const limits = new BigUint64Array(2)
      const soft = getrlimit(resourceFileSize, limits) === 0 ? limits[0] : undefined
      return soft === undefined || soft > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(soft)
    },
  }
}
