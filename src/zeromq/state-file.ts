import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { PlimsollError, reasonOf } from '../errors.ts'
import { lockExclusive } from '../os/map.ts'
import { codeOf, newFile, openTrusted } from '../os/trusted-file.ts'
import type { KeptPublishers } from './publishers.ts'
import { formatState, LaterVersion, parseState } from './state.ts'

const lockFile = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

/**
 * The file in which a collector keeps what it needs to go on after its end. At each instant it is the whole old one or the
 * whole new one. One collector at a time has it, by the kernel's lock of a file beside it, which ends with its holder.
 */
export class StateFile {
  /** What the collector before had kept; `undefined` where there was none. */
  readonly kept: KeptPublishers | undefined
  /** PLIMSOLL_STATE_DAMAGED, where the file was set aside. */
  readonly damage: PlimsollError | undefined
  private readonly file: string
  private readonly lock: number

  /** Throws PLIMSOLL_STATE_UNUSABLE. */
  constructor(path: string) {
    this.file = resolve(path)
    this.lock = lock(this.file)
    try {
      rmSync(this.temporary, { force: true })
      const { kept, damage } = read(this.file)
      this.kept = kept
      this.damage = damage
    } catch (error) {
      this.release()
      throw error instanceof PlimsollError ? error : unusable(this.file, error)
    }
  }

  /**
   * Replaces what is kept, a part at a time, so that messages are taken in meanwhile. Rejects with
   * PLIMSOLL_STATE_NOT_WRITTEN.
   */
  async write(state: KeptPublishers): Promise<void> {
    let handle: FileHandle | undefined
    try {
      rmSync(this.temporary, { force: true })
      handle = await open(this.temporary, newFile, 0o600)
      for (const part of formatState(state)) {
        await handle.writeFile(part)
        await turn()
      }
      await handle.sync()
      await rename(this.temporary, this.file)
      await syncDirectory(this.file)
    } catch (cause) {
      throw notWritten(this.file, cause)
    } finally {
      await handle?.close()
    }
  }

  /** The same at once, for the end of the process. Throws PLIMSOLL_STATE_NOT_WRITTEN. */
  writeAtOnce(state: KeptPublishers): void {
    let fd: number | undefined
    try {
      // A file of its own, if another one is being written: what is under way for that would spoil it.
      rmSync(this.temporary, { force: true })
      fd = openSync(this.temporary, newFile, 0o600)
      for (const part of formatState(state)) writeFileSync(fd, part)
      fsyncSync(fd)
      renameSync(this.temporary, this.file)
    } catch (cause) {
      throw notWritten(this.file, cause)
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  /** Lets another collector have it. */
  release(): void {
    closeSync(this.lock)
  }

  private get temporary(): string {
    return `${this.file}.new`
  }
}

/** The lock file is not removed, because another process may just have opened it. */
function lock(file: string): number {
  let fd: number | undefined
  try {
    fd = openSync(`${file}.lock`, lockFile, 0o600)
    if (!lockExclusive(fd)) throw new Error('another collector uses it')
    return fd
  } catch (cause) {
    if (fd !== undefined) closeSync(fd)
    throw unusable(file, cause)
  }
}

function read(file: string): { readonly kept: KeptPublishers | undefined; readonly damage: PlimsollError | undefined } {
  const bytes = bytesOf(file)
  if (bytes === undefined) return { kept: undefined, damage: undefined }
  try {
    return { kept: parseState(bytes), damage: undefined }
  } catch (cause) {
    if (cause instanceof LaterVersion) throw cause
    renameSync(file, `${file}.damaged`)
    const damage = new PlimsollError('PLIMSOLL_STATE_DAMAGED', { file, reason: reasonOf(cause) }, { cause })
    return { kept: undefined, damage }
  }
}

function bytesOf(file: string): Buffer | undefined {
  let fd: number | undefined
  try {
    fd = openTrusted(file).fd
    return readFileSync(fd)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

async function syncDirectory(file: string): Promise<void> {
  const handle = await open(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unusable(file: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_STATE_UNUSABLE', { file, reason: reasonOf(cause) }, { cause })
}

function notWritten(file: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_STATE_NOT_WRITTEN', { file, reason: reasonOf(cause) }, { cause })
}
