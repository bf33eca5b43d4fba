import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { errorMonitor } from 'node:events'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { systemClock } from '../../clock.ts'
import { listPages } from '../directory.ts'
import {
  endedOffset,
  headerBytes,
  keptOffset,
  releasedOffset,
  writerBytesOffset,
  writerOffset,
  writtenPage,
} from '../layout.ts'
import type { WriterLine } from '../log.ts'
import { writerLine } from './identity.ts'

const { O_RDWR, O_NOFOLLOW } = constants
/** After so many threads their pages are worth the work. */
const manyThreads = 50
/** Threads that ended by an error are remembered. */
const maxCrashed = 1000

/**
 * The pages of the worker threads of a process. A thread that is ended from outside, by `worker.terminate()` or as the process
 * exits, runs no code any more that could close its page, and readers would report it as killed. So the thread that started it
 * closes it. That of a thread that ended by an error stays as it is.
 *
 * Each time that many threads have ended it calls `onMany`: a process that starts one for each job may run for months.
 */
export class ThreadPages {
  readonly #directory: () => string | undefined
  readonly #onMany: (directory: string) => void
  readonly #crashed = new Set<number>()
  readonly #onStart = (message: unknown): void => this.#watch((message as { readonly worker: Worker }).worker)
  #hasWorkers = false
  #ended = 0

  constructor(directory: () => string | undefined, onMany: (directory: string) => void) {
    this.#directory = directory
    this.#onMany = onMany
    subscribe('worker_threads', this.#onStart)
  }

  /** Closes those of all threads that run, as the process ends. */
  closeAll(): void {
    if (this.#hasWorkers) this.#close((thread) => !this.#crashed.has(thread))
  }

  stop(): void {
    unsubscribe('worker_threads', this.#onStart)
  }

  #watch(worker: Worker): void {
    const thread = worker.threadId
    this.#hasWorkers = true
    worker.once(errorMonitor, () => this.#noteCrash(thread))
    worker.once('exit', () => {
      if (!this.#crashed.has(thread)) this.#close((each) => each === thread)
      const directory = this.#directory()
      if (++this.#ended % manyThreads === 0 && directory !== undefined) this.#onMany(directory)
    })
  }

  #noteCrash(thread: number): void {
    this.#crashed.add(thread)
    // The pages of the first ones are in the archive by then.
    if (this.#crashed.size > maxCrashed) this.#crashed.delete(this.#crashed.values().next().value as number)
  }

  #close(isWanted: (thread: number) => boolean): void {
    const directory = this.#directory()
    if (directory === undefined) return
    for (const file of pagesIn(directory)) {
      const [, pid, tid] = /-(\d+)-(\d+)-[0-9a-f]+\.page$/.exec(basename(file)) ?? []
      if (Number(pid) !== process.pid || tid === '0' || !isWanted(Number(tid))) continue
      try {
        closePage(file)
      } catch {
        // Another process has removed it. The others still have to be closed.
      }
    }
  }
}

/** None where another process has removed the directory. */
function pagesIn(directory: string): readonly string[] {
  try {
    return listPages(directory)
  } catch {
    return []
  }
}

/** Stores the end of a page of this process, unless its writer did. */
function closePage(file: string): void {
  const fd = openSync(file, O_RDWR | O_NOFOLLOW)
  try {
    const block = Buffer.alloc(headerBytes)
    readSync(fd, block, 0, headerBytes, 0)
    if (!isOfThisProcess(block) || block.readDoubleLE(endedOffset) > 0) return
    // The thread may come to write its own words once more, which have no end.
    if (block.readUInt32LE(keptOffset) === writtenPage) writeSync(fd, Uint8Array.of(1), 0, 1, releasedOffset)
    const end = Buffer.alloc(8)
    end.writeDoubleLE(systemClock.unixTime())
    writeSync(fd, end, 0, 8, endedOffset)
  } finally {
    closeSync(fd)
  }
}

/** In another container, or before this one, a process may have had the same id. */
function isOfThisProcess(block: Buffer): boolean {
  const at = block.readUInt32LE(writerOffset)
  const line = block.toString('utf8', at, at + block.readUInt32LE(writerBytesOffset))
  const { host, container, startedAt } = JSON.parse(line) as WriterLine
  const own = writerLine('', 0)
  return host === own.host && container === own.container && startedAt >= Math.floor(performance.timeOrigin / 1000)
}
