import { isMainThread } from 'node:worker_threads'
import { PlimsollError } from '../errors.ts'
import { errnoNameOf, isLibcLoaded, type Libc, loadLibc } from './libc.ts'
import { isInLockTable } from './lock-table.ts'
import { guard, replacedPages, sweep, unguard } from './sigbus.ts'
import { gated } from './thread-gate.ts'

const lockShared = 1
const lockExclusively = 2
const lockNonBlocking = 4
const unlock = 8

const untouchable = 0
const readable = 1
const writable = 2
const mapSharedFlag = 1

interface Mapping {
  readonly address: number
  readonly length: number
  /** Where the guard keeps the range; undefined when it could not take it. */
  readonly slot: number | undefined
}

const mappings = new WeakMap<ArrayBuffer, Mapping>()

/**
 * Why memory cannot be mapped in this process (PLIMSOLL_MAP_UNAVAILABLE): no 64-bit Linux, or koffi missing or not
 * loadable. Undefined when it can. The first call loads koffi; the answer never changes afterwards.
 */
export function mappingUnavailable(): PlimsollError | undefined {
  const libc = loadLibc()
  return libc instanceof PlimsollError ? libc : undefined
}

/** Size of a memory page of this machine in bytes; offsets of mappings are multiples of it. Throws PLIMSOLL_MAP_UNAVAILABLE. */
export function memoryPageSize(): number {
  return libcOrThrow().pageSize()
}

/**
 * Takes the exclusive lock (flock) of an open file without waiting; false when another open file holds it.
 *
 * The lock belongs to the open file description, and a mapping keeps the description it was made from alive: a lock
 * taken on the descriptor that is mapped outlives the writer's `close` until the last byte is unmapped, for a terminated
 * worker thread that is the end of the process. So open the file twice: one descriptor to lock, another to map.
 *
 * Throws PLIMSOLL_MAP_UNAVAILABLE, and PLIMSOLL_MAP_FAILED where the file system does not support locks.
 */
export function lockExclusive(fd: number): boolean {
  const libc = libcOrThrow()
  const errno = tryLock(libc, fd, lockExclusively)
  if (errno !== undefined && errno !== 'EAGAIN') throw failed('flock', errno, { fd })
  return errno === undefined
}

/**
 * Keeps the lock of an open file when its descriptor is closed, until the returned function is called: by a mapping of its
 * first bytes that nobody can touch. So it needs no descriptor, and nobody can close it by mistake.
 *
 * Throws PLIMSOLL_MAP_FAILED, PLIMSOLL_MAP_UNAVAILABLE.
 */
export function keepLock(fd: number): () => void {
  return mapForLock(fd)
}

// Gated as a whole, as below: a thread that ended in between would leave a mapping without an owner.
const mapForLock = gated((fd: number): (() => void) => {
  const libc = libcOrThrow()
  const length = libc.pageSize()
  const address = libc.mmap(0, length, untouchable, mapSharedFlag, fd, 0)
  if (address === -1) throw failed('mmap', libc.errnoName(), { fd, offset: 0, length })
  // The guard has nothing to do here, but what a terminated thread leaves is found there.
  const slot = isMainThread ? undefined : guard(libc, address, length)
  return gated(() => {
    if (slot !== undefined) unguard(slot)
    libc.munmap(address, length)
  })
})

/**
 * Whether another open file holds an exclusive lock; undefined where it cannot be determined (no koffi, no locks there).
 * Takes the shared lock for an instant: a `lockExclusive` by somebody else in that instant answers false.
 * `fd` must be an open file of the caller's own that holds no lock, for it would lose it.
 */
export function isLocked(fd: number): boolean | undefined {
  // So that a command that looks at a few living processes does not load koffi.
  if (!isLibcLoaded() && isInLockTable(fd)) return true
  const libc = loadLibc()
  if (libc instanceof PlimsollError) return undefined
  const errno = tryLock(libc, fd, lockShared)
  if (errno !== undefined) return errno === 'EAGAIN' ? true : undefined
  libc.flock(fd, unlock)
  return false
}

/**
 * Reserves disk space for a part of a file (posix_fallocate), which grows as needed: what is reserved can be stored
 * to through a mapping without running out of space.
 * Throws PLIMSOLL_DISK_FULL when disk, quota or the process's file size limit have no room, PLIMSOLL_MAP_FAILED for any
 * other reason, PLIMSOLL_MAP_UNAVAILABLE without koffi.
 */
export function reserve(fd: number, offset: number, length: number): void {
  const libc = libcOrThrow()
  // Asking the kernel to pass the limit would send SIGXFSZ, which kills.
  if (offset + length > libc.fileSizeLimit())
    throw new PlimsollError('PLIMSOLL_DISK_FULL', { offset, length, errno: 'EFBIG' })
  let name: string
  do {
    const errno = libc.posixFallocate(fd, offset, length)
    if (errno === 0) return
    name = errnoNameOf(errno)
  } while (name === 'EINTR')
  if (name === 'ENOSPC' || name === 'EDQUOT' || name === 'EFBIG') {
    throw new PlimsollError('PLIMSOLL_DISK_FULL', { offset, length, errno: name })
  }
  throw failed('posix_fallocate', name, { fd, offset, length })
}

/** FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE. */
const keepSize = 1
const punch = 2

/** Frees the space of a part of a file, which then reads as zeros. Does nothing where the file system does not support it. */
export function punchHole(fd: number, offset: number, length: number): void {
  libcOrThrow().fallocate(fd, keepSize | punch, offset, length)
}

/**
 * Maps a part of an open file, shared, readable and writable: a store into the buffer is a store into the file.
 * `offset` is a multiple of `memoryPageSize()`, both are in bytes. The buffer is valid until `unmapShared`; nothing else
 * ends it, also not its collection. One thread at a time may store into it.
 *
 * When the file is cut short under the mapping, the guard puts private memory in place of what is gone (docs/adr/0002);
 * `lostPages` then grows.
 * Throws PLIMSOLL_MAP_FAILED, PLIMSOLL_MAP_UNAVAILABLE.
 */
export function mapShared(fd: number, offset: number, length: number): ArrayBuffer {
  return mapAndGuard(fd, offset, length)
}

const mapAndGuard = gated((fd: number, offset: number, length: number): ArrayBuffer => {
  const libc = libcOrThrow()
  const address = libc.mmap(0, length, readable | writable, mapSharedFlag, fd, offset)
  if (address === -1) throw failed('mmap', libc.errnoName(), { fd, offset, length })
  const buffer = viewOrUnmap(libc, address, length)
  mappings.set(buffer, { address, length, slot: guard(libc, address, length) })
  return buffer
})

/**
 * Ends a mapping; a buffer that is not mapped is left alone. Nobody may touch the buffer afterwards, reading included:
 * that kills the process with SIGSEGV. (It is not detached, because the first detached buffer of a process makes V8
 * check every typed array on every access.) Throws PLIMSOLL_MAP_FAILED.
 */
export function unmapShared(buffer: ArrayBuffer): void {
  const mapping = mappings.get(buffer)
  if (mapping !== undefined) unguardAndUnmap(buffer, mapping)
}

const unguardAndUnmap = gated((buffer: ArrayBuffer, mapping: Mapping): void => {
  const libc = libcOrThrow()
  mappings.delete(buffer)
  // The guard releases the address first: once unmapped, it may be used for other memory.
  if (mapping.slot !== undefined) unguard(mapping.slot)
  if (libc.munmap(mapping.address, mapping.length) !== 0)
    throw failed('munmap', libc.errnoName(), { length: mapping.length })
})

/**
 * Unmaps what worker threads of this process left mapped that were terminated; gives how many mappings. 0 where there is no
 * guard. To be called now and then: takes some 10 µs.
 */
export function sweepMappings(): number {
  const libc = loadLibc()
  return libc instanceof PlimsollError ? 0 : gatedSweep(libc)
}

const gatedSweep = gated(sweep)

/**
 * How many memory pages the guard had to replace by private memory, because a file was cut short under a mapping or its
 * disk failed, in this process so far, all threads together. 0 where there is no guard. Reads one cell.
 */
export function lostPages(): number {
  const libc = loadLibc()
  return libc instanceof PlimsollError ? 0 : replacedPages(libc)
}

/** Undefined when the lock was taken, else the errno; EAGAIN (the same number as EWOULDBLOCK) when another holds it. */
function tryLock(libc: Libc, fd: number, kind: number): string | undefined {
  while (libc.flock(fd, kind | lockNonBlocking) !== 0) {
    const errno = libc.errnoName()
    if (errno !== 'EINTR') return errno === 'EWOULDBLOCK' ? 'EAGAIN' : errno
  }
  return undefined
}

/** Some embedders (Electron) refuse buffers over foreign memory. */
function viewOrUnmap(libc: Libc, address: number, length: number): ArrayBuffer {
  try {
    return libc.view(address, length)
  } catch (cause) {
    libc.munmap(address, length)
    throw new PlimsollError(
      'PLIMSOLL_MAP_FAILED',
      { call: 'view', errno: String(cause), given: `length ${length}` },
      { cause },
    )
  }
}

function failed(call: string, errno: string, given: Readonly<Record<string, number>>): PlimsollError {
  const values = Object.entries(given).map(([name, value]) => `${name} ${value}`)
  return new PlimsollError('PLIMSOLL_MAP_FAILED', { call, errno, given: values.join(', ') })
}

function libcOrThrow(): Libc {
  const libc = loadLibc()
  if (libc instanceof PlimsollError) throw libc
  return libc
}
