import { closeSync, linkSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { replaceFile } from '../../os/replace-file.ts'

/** How a file is replaced. */
export interface ReplaceOptions {
  /** Permissions of the new file, before the umask of the process. */
  readonly mode: number
  /** How many earlier versions stay, as `<path>.1` for the youngest, `<path>.2` and so on. */
  readonly keep: number
}

/** Bytes that are written at a time, so that an abort is soon noticed. */
const pieceBytes = 1 << 20

/**
 * Replaces a file in one step: readers see the old or the new one, whole. Rejects with what the system reports, or where
 * `signal` is aborted; then the old file is there as it was.
 */
export async function replaceWith(
  path: string,
  bytes: Uint8Array,
  options: ReplaceOptions,
  signal: AbortSignal,
): Promise<void> {
  const temporary = temporaryFor(path)
  remove(temporary)
  let file: FileHandle | undefined
  try {
    file = await open(temporary, 'wx', options.mode)
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await file.writeFile(bytes.subarray(at, at + pieceBytes))
      signal.throwIfAborted()
    }
    await file.close()
    finish(temporary, path, options)
  } catch (error) {
    await file?.close().catch(() => {})
    remove(temporary)
    throw error
  }
}

/** The same without waiting, for the end of a process. */
export function replaceWithSync(path: string, bytes: Uint8Array, options: ReplaceOptions): void {
  // Another one may be half written by `replaceWith`.
  const temporary = temporaryFor(path, 'last')
  remove(temporary)
  try {
    const file = openSync(temporary, 'wx', options.mode)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    } finally {
      closeSync(file)
    }
    finish(temporary, path, options)
  } catch (error) {
    remove(temporary)
    throw error
  } finally {
    remove(temporaryFor(path))
  }
}

function finish(temporary: string, path: string, { keep }: ReplaceOptions): void {
  const version = (age: number): string => (age === 0 ? path : `${path}.${age}`)
  for (let age = keep; age > 0; age--) {
    try {
      // The file itself stays until the new one takes its place: there is one at any time.
      if (age === 1) linkOver(path, version(1))
      else renameSync(version(age - 1), version(age))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  replaceFile(temporary, path)
}

/** A second name for a file; the name may be that of another one. */
function linkOver(path: string, name: string): void {
  const temporary = temporaryFor(path, 'kept')
  remove(temporary)
  linkSync(path, temporary)
  renameSync(temporary, name)
}

/** Hidden, and with an end of its own: readers of a folder, such as node_exporter, take files by their ends. */
function temporaryFor(path: string, what = 'new'): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${threadId}-${what}.tmp`)
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is not there, or what opens it next reports why it cannot be replaced.
  }
}
