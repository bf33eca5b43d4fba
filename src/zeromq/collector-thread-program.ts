import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, PlimsollError, reasonOf } from '../errors.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import { type AppSums, type Collector, type CollectorOptions, collector } from './collector.ts'

/** What the thread of a collector says: once whether it is there, then the sums for each `read`; it ends at `close`. */
export type ThreadAnswer =
  | { readonly endpoints: readonly string[] }
  | { readonly failure: string; readonly code: ErrorCode }
  | { readonly sums: AppSums }

/** What it is told: to answer with what a collector reads of a selection, or to end. */
export type ThreadOrder = { readonly read: Selection | undefined } | 'close'

// Only a thread that was started with the options of a collector is one.
if (parentPort !== null && workerData?.bind !== undefined) await serve(parentPort, workerData)

async function serve(port: MessagePort, options: CollectorOptions): Promise<void> {
  const answer = (text: ThreadAnswer): void => port.postMessage(text)
  let live: Collector
  try {
    live = await collector(options)
  } catch (error) {
    const isKnown = error instanceof PlimsollError
    const failure = reasonOf(isKnown ? (error.cause ?? error) : error)
    answer({ failure, code: isKnown ? error.code : 'PLIMSOLL_BIND_FAILED' })
    return
  }
  port.on('message', async (order: ThreadOrder) => {
    if (order !== 'close') {
      answer({ sums: live.readApps(order.read) })
    } else {
      await live.close()
      port.close()
    }
  })
  answer({ endpoints: live.endpoints })
}
