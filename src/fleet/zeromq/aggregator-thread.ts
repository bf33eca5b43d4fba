import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import { type AggregatorOptions, checkAggregatorOptions } from './aggregator.ts'
import type { ThreadAnswer } from './aggregator-thread-program.ts'
import { loadZeroMq } from './load.ts'

/** What `aggregatorThread` may be told: as `aggregator`, but for the clock. */
export type AggregatorThreadOptions = Omit<AggregatorOptions, 'clock'>

/** An aggregator in a thread of its own. */
export interface AggregatorThread extends Source {
  /** Where publishers connect to, with the ports that were taken for `*`. */
  readonly endpoints: readonly string[]
  /** As an aggregator's `read()`, asked of the thread. Rejects with PLIMSOLL_AGGREGATOR_CLOSED once that has ended. */
  read(): Promise<Snapshot>
  /** Ends the thread, and frees the endpoints. */
  close(): Promise<void>
}

/**
 * Starts an aggregator in a thread of its own, so that neither side waits for the other's event loop. In a cluster the
 * primary starts it and hands the endpoint to its workers, each of which calls `publisher()`: in any order, as publishers
 * wait for their aggregator.
 *
 * Rejects as `aggregator` does. It keeps the process alive until it is closed.
 */
export async function aggregatorThread(options: AggregatorThreadOptions): Promise<AggregatorThread> {
  checkAggregatorOptions(options)
  await loadZeroMq()
  const { bind, curve, goneAfterMs, mostGone, mostPublishers } = options
  const workerData = { bind, curve, goneAfterMs, mostGone, mostPublishers }
  // None of the app's own flags: a thread that is no part of the app needs none of its hooks.
  const program = new URL('./aggregator-thread-program.js', import.meta.url)
  const worker = new Worker(program, { workerData, execArgv: [] })
  const [answer] = (await once(worker, 'message')) as [ThreadAnswer]
  if ('failure' in answer) {
    await worker.terminate()
    throw new PlimsollError('PLIMSOLL_BIND_FAILED', { endpoint: [bind].flat().join(', '), reason: answer.failure })
  }
  return new LiveThread(worker, 'endpoints' in answer ? answer.endpoints : [])
}

interface Waiting {
  resolve(snapshot: Snapshot): void
  reject(error: PlimsollError): void
}

class LiveThread implements AggregatorThread {
  readonly endpoints: readonly string[]
  readonly #worker: Worker
  /** Whoever waits for an answer, the first one first. */
  readonly #waiting: Waiting[] = []
  #closed: PlimsollError | undefined

  constructor(worker: Worker, endpoints: readonly string[]) {
    this.#worker = worker
    this.endpoints = endpoints
    worker.on('message', (answer: ThreadAnswer) => {
      if ('snapshot' in answer) this.#waiting.shift()?.resolve(answer.snapshot)
    })
    worker.on('error', (error) => this.#end(reasonOf(error)))
    worker.on('exit', () => this.#end('its thread has ended'))
  }

  read(): Promise<Snapshot> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage('read')
    })
  }

  async close(): Promise<void> {
    this.#end('close() was called')
    await this.#worker.terminate()
  }

  #end(reason: string): void {
    this.#closed ??= new PlimsollError('PLIMSOLL_AGGREGATOR_CLOSED', { endpoint: this.endpoints.join(', '), reason })
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed)
  }
}
