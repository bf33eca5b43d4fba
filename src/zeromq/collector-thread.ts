import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../errors.ts'
import { joinApps } from '../snapshot/merge/apps.ts'
import { partsOf, selectSnapshot } from '../snapshot/selection.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { type AppSums, type CollectorOptions, checkCollectorOptions } from './collector.ts'
import type { ThreadAnswer, ThreadOrder } from './collector-thread-program.ts'
import { loadZeroMq } from './load.ts'

/** Options of `collectorThread`: as `collector`, but for the clock; warnings are printed as Node prints its own. */
export type CollectorThreadOptions = Omit<CollectorOptions, 'clock' | 'onWarning'>

/** A collector in a thread of its own. */
export interface CollectorThread extends Source {
  /** Where publishers connect to, with the ports that were taken for `*`. */
  readonly endpoints: readonly string[]
  /** As a collector's `read()`, asked of the thread. Rejects with PLIMSOLL_COLLECTOR_CLOSED once that has ended. */
  read(selection?: Selection): Promise<Snapshot>
  /** As a collector's `readApps()`, asked in the same way. */
  readApps(selection?: Selection): Promise<AppSums>
  /** Takes no further messages, writes the state, frees the endpoints, and ends the thread. */
  close(): Promise<void>
}

/**
 * Starts a collector in a thread of its own, so that neither side waits for the other's event loop. In a cluster the
 * primary starts it and hands the endpoint to its workers, each of which calls `publisher()`: in any order, as publishers
 * wait for their collector.
 *
 * Rejects as `collector` does. It keeps the process alive until it is closed; where the process ends before that, its state
 * may lack the last 5 seconds.
 */
export async function collectorThread(options: CollectorThreadOptions): Promise<CollectorThread> {
  checkCollectorOptions(options)
  loadZeroMq()
  const { bind, curve, goneAfterMs, maxGone, maxPublishers, state } = options
  const workerData = { bind, curve, goneAfterMs, maxGone, maxPublishers, state }
  // None of the app's own flags: a thread that is not part of the app needs none of its hooks.
  const program = new URL('./collector-thread-program.js', import.meta.url)
  const worker = new Worker(program, { workerData, execArgv: [] })
  const [answer] = (await once(worker, 'message')) as [ThreadAnswer]
  if ('failure' in answer) {
    await worker.terminate()
    const values = { endpoint: [bind].flat().join(', '), file: state, reason: answer.failure }
    throw new PlimsollError(answer.code, values)
  }
  return new LiveThread(worker, 'endpoints' in answer ? answer.endpoints : [])
}

interface Waiting {
  resolve(sums: AppSums): void
  reject(error: PlimsollError): void
}

/** How long the thread may take to write its state. */
const maxEndMs = 10_000

class LiveThread implements CollectorThread {
  readonly endpoints: readonly string[]
  readonly #worker: Worker
  /** The callers that wait for an answer, in order. */
  readonly #waiting: Waiting[] = []
  #closed: PlimsollError | undefined
  #hasEnded = false

  constructor(worker: Worker, endpoints: readonly string[]) {
    this.#worker = worker
    this.endpoints = endpoints
    worker.on('message', (answer: ThreadAnswer) => {
      if ('sums' in answer) this.#waiting.shift()?.resolve(answer.sums)
    })
    worker.on('error', (error) => this.#end(reasonOf(error)))
    worker.on('exit', () => {
      this.#hasEnded = true
      this.#end('its thread has ended')
    })
  }

  async read(selection?: Selection): Promise<Snapshot> {
    const { apps, own } = await this.readApps(selection)
    return selectSnapshot(joinApps(apps, own), selection)
  }

  async readApps(selection?: Selection): Promise<AppSums> {
    // Here, where the error is the caller's.
    partsOf(selection)
    if (this.#closed !== undefined) throw this.#closed
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage({ read: selection } satisfies ThreadOrder)
    })
  }

  async close(): Promise<void> {
    this.#end('close() was called')
    if (this.#hasEnded) return
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage('close' satisfies ThreadOrder)
    const limit = setTimeout(() => void this.#worker.terminate(), maxEndMs)
    await ended
    clearTimeout(limit)
  }

  #end(reason: string): void {
    this.#closed ??= new PlimsollError('PLIMSOLL_COLLECTOR_CLOSED', { endpoint: this.endpoints.join(', '), reason })
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed)
  }
}
