import { closeSync, existsSync, openSync, readlinkSync, readSync } from 'node:fs'
import { type Libc, sigactionSize } from './libc.ts'
import { handlerCode } from './sigbus-code.ts'

// One piece of memory holds the handler's code and, tableOffset behind it, its table. These numbers stand in
// scripts/sigbus/*.S as well; the digit that ends the signature is the version of both.
const signature = 'plimsoll-sigbus1'
/** Room for pages of any size, so that the code can be executable and the table writable. */
const tableOffset = 0x10000
const pageSizeAt = 8
const lostAt = 16
const slotCountAt = 24
/** The kernel's number of the thread that sweeps; 0 while none does. The handler does not use it. */
const sweeperAt = 32
const previousAt = 64
const firstSlotAt = 256
const slotSize = 16
/** Ranges in one process, all threads together; a range that finds no slot is mapped unguarded. */
const slotCount = 4096
/** Behind the slots, a word for each: the kernel's number of the thread that has it; 0 where that is not known. */
const firstOwnerAt = firstSlotAt + slotCount * slotSize
const regionSize = tableOffset + firstOwnerAt + slotCount * 8

const sigbus = 7
const flagsAt = 136
const siginfo = 0x4
const onStack = 0x08000000
const restart = 0x10000000
const noDefer = 0x40000000

const readWrite = 3
const readExecute = 5
const privateAnonymous = 0x22

/** The words of a table. A range is published by its end, which is written last and cleared first: 0 is "not there". */
type Table = BigInt64Array<ArrayBuffer>

const freeSlot = 0n
const takenSlot = 1n

let table: Table | undefined
let tried = false
const unknownThread = 0n
let thread: bigint | undefined

/**
 * Puts a mapping under the guard: from now on, an access to a part of it that its file no longer has finds a new private
 * page instead of killing the process with SIGBUS (docs/adr/0002-sigbus-guard.md). Installs the handler at first use,
 * or joins the one that another thread or copy of the package installed.
 * Gives the slot for `unguard`; undefined when the mapping stays unguarded: no handler for this processor, no leave to
 * install it, or all 4,096 slots taken. What threads had that are gone, see {@link sweep}.
 */
export function guard(libc: Libc, address: number, length: number): number | undefined {
  if (!tried) {
    tried = true
    table = installedTable(libc) ?? install(libc)
  }
  if (table === undefined) return undefined
  for (let slot = 0; slot < slotCount; slot++) {
    const start = firstWord(slot)
    if (Atomics.compareExchange(table, start, freeSlot, takenSlot) !== freeSlot) continue
    Atomics.store(table, ownerWord(slot), ownThread())
    Atomics.store(table, start, BigInt(address))
    Atomics.store(table, start + 1, BigInt(address + length))
    return slot
  }
  return undefined
}

/** Takes a mapping out of the guard; to be called before its memory is unmapped. */
export function unguard(slot: number): void {
  if (table === undefined) return
  const start = firstWord(slot)
  Atomics.store(table, start + 1, 0n)
  Atomics.store(table, start, freeSlot)
}

/**
 * Unmaps what threads of this process left behind that ended without a word, as a worker does that is terminated: nobody can
 * touch it any more. Gives how many mappings that were. Cost: a walk of 4,096 slots, and one look into /proc for each thread
 * that has some.
 */
export function sweep(libc: Libc): number {
  table ??= installedTable(libc)
  if (table === undefined) return 0
  const own = ownThread()
  const words = table
  const sweeper = Atomics.load(words, sweeperAt / 8)
  // One at a time: memory that one has unmapped may be a living thread's, in the same slot, when another gets to it.
  if (own === unknownThread || (sweeper !== unknownThread && sweeper !== own && isAlive(sweeper))) return 0
  if (Atomics.compareExchange(words, sweeperAt / 8, sweeper, own) !== sweeper) return 0
  try {
    return sweepSlots(libc, words, own)
  } finally {
    Atomics.store(words, sweeperAt / 8, unknownThread)
  }
}

function sweepSlots(libc: Libc, words: Table, own: bigint): number {
  const alive = new Map<bigint, boolean>([
    [unknownThread, true],
    [own, true],
  ])
  let swept = 0
  for (let slot = 0; slot < slotCount; slot++) {
    const start = firstWord(slot)
    if (Atomics.load(words, start) === freeSlot) continue
    const owner = Atomics.load(words, ownerWord(slot))
    if (!alive.has(owner)) alive.set(owner, isAlive(owner))
    if (alive.get(owner) === true) continue
    const address = Atomics.load(words, start)
    const end = Atomics.load(words, start + 1)
    // A thread that takes a slot writes its number before its range: so this is the range of the thread that is gone.
    if (address === freeSlot || end === 0n || Atomics.load(words, ownerWord(slot)) !== owner) continue
    Atomics.store(words, start + 1, 0n)
    libc.munmap(Number(address), Number(end - address))
    Atomics.store(words, ownerWord(slot), unknownThread)
    Atomics.store(words, start, freeSlot)
    swept++
  }
  return swept
}

function isAlive(thread: bigint): boolean {
  return existsSync(`/proc/self/task/${thread}`)
}

/** Memory pages replaced in this process so far, by whichever thread; 0 while no handler of ours is to be found. */
export function replacedPages(libc: Libc): number {
  table ??= installedTable(libc)
  return table === undefined ? 0 : Number(Atomics.load(table, lostAt / 8))
}

function firstWord(slot: number): number {
  return (firstSlotAt + slot * slotSize) / 8
}

function ownerWord(slot: number): number {
  return firstOwnerAt / 8 + slot
}

/** The kernel's number of this thread, as /proc of this process has it. */
function ownThread(): bigint {
  if (thread === undefined) {
    try {
      thread = BigInt(readlinkSync('/proc/thread-self').split('/').at(-1) ?? 0)
    } catch {
      thread = unknownThread
    }
  }
  return thread
}

function install(libc: Libc): Table | undefined {
  const code = handlerCode(process.arch)
  if (code === undefined) return undefined
  const region = libc.mmap(0, regionSize, readWrite, privateAnonymous, -1, 0)
  if (region === -1) return undefined
  const own = tableAt(libc, region)
  new Uint8Array(libc.view(region, tableOffset)).set(code)
  own[pageSizeAt / 8] = BigInt(libc.pageSize())
  own[slotCountAt / 8] = BigInt(slotCount)
  // The code is never writable and executable at once. On arm64 it is this call, the first that makes these pages
  // executable, that brings instruction and data cache in line; so nothing may be written to them later.
  if (libc.mprotect(region, tableOffset, readExecute) !== 0 || !takeSignal(libc, region, own)) {
    libc.munmap(region, regionSize)
    return undefined
  }
  // Two threads may have installed at once, one handler in front of the other: then both use the table of the rear one.
  return installedTable(libc) ?? own
}

function takeSignal(libc: Libc, region: number, own: Table): boolean {
  const previous = new Uint8Array(own.buffer, previousAt, sigactionSize)
  if (libc.sigaction(sigbus, null, previous) !== 0) return false
  // A previous handler runs from ours, so what is blocked meanwhile is what it asked for.
  const action = previous.slice()
  const words = new DataView(action.buffer)
  words.setBigUint64(0, BigInt(region + signature.length), true)
  words.setInt32(flagsAt, siginfo | onStack | restart | (words.getInt32(flagsAt, true) & noDefer), true)
  // libc writes what was there into the table itself: a fault right after must find it.
  return libc.sigaction(sigbus, action, previous) === 0
}

/** The table of the handler that is installed now, when it is ours; with several in a row, the one installed first. */
function installedTable(libc: Libc): Table | undefined {
  const current = new Uint8Array(sigactionSize)
  if (libc.sigaction(sigbus, null, current) !== 0) return undefined
  let handler = Number(new DataView(current.buffer).getBigUint64(0, true))
  let found: Table | undefined
  while (isOurs(handler)) {
    found = tableAt(libc, handler - signature.length)
    handler = Number(found[previousAt / 8])
  }
  return found
}

/** Looks through /proc/self/mem, which answers with an error where reading memory directly would be a crash. */
function isOurs(handler: number): boolean {
  if (handler <= signature.length) return false
  const bytes = Buffer.alloc(signature.length)
  let fd: number | undefined
  try {
    fd = openSync('/proc/self/mem', 'r')
    readSync(fd, bytes, 0, bytes.length, handler - bytes.length)
  } catch {
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
  return bytes.toString('latin1') === signature
}

function tableAt(libc: Libc, region: number): Table {
  return new BigInt64Array(libc.view(region + tableOffset, regionSize - tableOffset))
}
