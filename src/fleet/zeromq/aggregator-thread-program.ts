import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { type AggregatorOptions, aggregator } from './aggregator.ts'

/** What the thread of an aggregator says: once whether it is there, then a snapshot for each message to it. */
export type ThreadAnswer =
  | { readonly endpoints: readonly string[] }
  | { readonly failure: string }
  | { readonly snapshot: Snapshot }

// Only a thread that was started with the options of an aggregator is one.
if (parentPort !== null && workerData?.bind !== undefined) await serve(parentPort, workerData)

async function serve(port: MessagePort, options: AggregatorOptions): Promise<void> {
  const answer = (text: ThreadAnswer): void => port.postMessage(text)
  try {
    const live = await aggregator(options)
    port.on('message', () => answer({ snapshot: live.read() }))
    answer({ endpoints: live.endpoints })
  } catch (error) {
    answer({ failure: reasonOf(error instanceof PlimsollError ? (error.cause ?? error) : error) })
  }
}
