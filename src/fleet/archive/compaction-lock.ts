import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, ownThread, type ThreadIdentity } from '../../os/thread-life.ts'
import { isTrusted, newFile } from '../../os/trusted-file.ts'

/**
 * Excludes other processes from compaction while it is held: a file whose name identifies its holder. A process that wants the
 * lock creates its file first and then lists those of others: of two, at least one sees the other and steps back. No two files
 * have the same name, so any process can remove that of a dead one at any time.
 */
export interface CompactionLock {
  /** Throws where others took the holder for dead. To be called before each step that only the holder may take. */
  check(): void
  release(): void
}

/** In attempts: a second. */
export const maxAttempts = 200
const pauseMs = 5
const pause = new Int32Array(new SharedArrayBuffer(4))

const lockName = /^\.compaction-([0-9a-f]{32})-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}\.lock$/
/** Milliseconds without a check after which nobody has the lock, where it cannot be determined whether its holder runs. */
const maxSilenceMs = 60_000

/** The files of the locks that this thread holds. */
const held = new Set<string>()

/**
 * Takes the lock, trying about every 5 ms for so many times; `undefined` where another holds it. Throws what the system
 * reports.
 */
export function lockCompaction(directory: string, attempts: number = maxAttempts): CompactionLock | undefined {
  for (let attempt = 1; ; attempt++) {
    const lock = tryLock(directory)
    if (lock !== undefined || attempt === attempts) return lock
    // Two that step back together must not come back together.
    Atomics.wait(pause, 0, 0, pauseMs * (0.5 + Math.random()))
  }
}

function tryLock(directory: string): CompactionLock | undefined {
  // A file that is made in vain would make others step back.
  if (isHeldByOther(directory)) return undefined
  const { machine, namespace, thread, start } = ownThread()
  const holder = [machine.toString('hex'), namespace, thread, start, randomBytes(4).toString('hex')]
  const name = `.compaction-${holder.join('-')}.lock`
  const file = join(directory, name)
  const release = (): void => {
    held.delete(file)
    rmSync(file, { force: true })
  }
  closeSync(openSync(file, newFile, 0o600))
  held.add(file)
  try {
    if (!isHeldByOther(directory, name)) return { check: () => renew(file), release }
  } catch (error) {
    release()
    throw error
  }
  release()
  return undefined
}

/** Its time shows that it is still in use where it cannot be determined whether its holder runs. */
function renew(file: string): void {
  try {
    utimesSync(file, new Date(), new Date())
  } catch (cause) {
    throw new Error('this process was suspended, and others took it for dead', { cause })
  }
}

/** Removes what dead holders left. */
function isHeldByOther(directory: string, own?: string): boolean {
  let isHeld = false
  for (const name of readdirSync(directory)) {
    const found = name === own ? null : lockName.exec(name)
    if (found === null) continue
    const file = join(directory, name)
    const stats = lstatSync(file, { throwIfNoEntry: false })
    // What others made in a directory that they share keeps nobody from his own archives.
    if (stats === undefined || !isTrusted(file, stats)) continue
    const [, machine = '', namespace, thread, start] = found
    const holder = {
      machine: Buffer.from(machine, 'hex'),
      namespace: Number(namespace),
      thread: Number(thread),
      start: Number(start),
    }
    const isLeft = isThisThread(holder) && !held.has(file)
    if (isLeft || !(isRunning(holder) ?? Date.now() - stats.mtimeMs < maxSilenceMs)) remove(file)
    else isHeld = true
  }
  return isHeld
}

function isThisThread({ machine, namespace, thread, start }: ThreadIdentity): boolean {
  const own = ownThread()
  const isSame = thread === own.thread && start === own.start && namespace === own.namespace
  return isSame && start > 0 && machine.equals(own.machine)
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Who may not remove it sees each time that its holder is dead.
  }
}
