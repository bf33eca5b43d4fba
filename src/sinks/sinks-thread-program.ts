import { parentPort, workerData } from 'node:worker_threads'
import { reasonOf } from '../errors.ts'
import { openSink } from './open-sink.ts'
import { PageSource } from './page-source.ts'
import { Reporter } from './reporter.ts'
import type { ThreadAnswer, ThreadData, ThreadOrder } from './sink-thread.ts'

/** Sends the page of the app to its sinks. */
async function serve({ descriptions, timing, file, port, ended }: ThreadData): Promise<void> {
  const answer = (said: ThreadAnswer): void => port.postMessage(said)
  const source = new PageSource(file)
  const sinks = await Promise.all(descriptions.map(({ to, options }) => openSink(to, options)))
  const reporter = new Reporter(source, sinks, timing, {
    count: (event) => answer({ event }),
    onChange: (sink, error) => answer({ sink, ...(error && { reason: error.reason }) }),
    onUnreadable: (error) => answer({ unreadable: reasonOf(error.cause) }),
  })
  port.on('message', async (order: ThreadOrder) => {
    if ('file' in order) {
      source.file = order.file
      return
    }
    await (order.id === 'stop' ? reporter.stop() : reporter.flush())
    answer({ done: order.id })
    if (order.id !== 'exit') return
    // The main thread waits for this without a turn of its event loop.
    Atomics.store(ended, 0, 1)
    Atomics.notify(ended, 0)
  })
}

// Only a thread that was started with sinks is one.
if (parentPort !== null && workerData?.descriptions !== undefined) await serve(workerData)
