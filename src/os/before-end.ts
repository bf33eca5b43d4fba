import { isMainThread } from 'node:worker_threads'

/** Something that is done before the process ends, as long as it takes: a promise of its end. */
type Flush = () => Promise<void>

/** Signals that end a process whose app does not handle them. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** How long the end of a process waits. */
const longestMs = 3000
/** A loop that becomes empty again so soon after a flush has had nothing to do in between. */
const againMs = 100

/** Marks the listeners of all copies of this package in the process: none of them is the app's. */
const mark = Symbol.for('plimsoll.signal-listener.1')

const waiting = new Map<Flush, { readonly onSignal: boolean }>()
let flushedAt = Number.NEGATIVE_INFINITY
let isEnding = false

/**
 * Calls `flush` when the event loop of this thread is empty. Where `onSignal` is true, also at SIGTERM, SIGINT and SIGHUP if the
 * app has no listener of its own for it: afterwards the process ends by the same signal. Either end waits until the promise
 * settles, 3 seconds at most. Returns a function that stops it.
 */
export function beforeEnd(flush: Flush, onSignal: boolean): () => void {
  waiting.set(flush, { onSignal })
  update()
  return () => {
    waiting.delete(flush)
    update()
  }
}

/** One listener serves them all, as Node warns of more than ten. */
function update(): void {
  process.off('beforeExit', onIdle)
  if (waiting.size > 0) process.on('beforeExit', onIdle)
  const wantsSignals = isMainThread && [...waiting.values()].some(({ onSignal }) => onSignal)
  for (const signal of signals) {
    process.off(signal, endBy)
    // First: a listener of the app that listens once would be gone before it is counted.
    if (wantsSignals && !isEnding) process.prependListener(signal, endBy)
  }
}

function onIdle(): void {
  if (performance.now() - flushedAt < againMs) return
  void flushAll([...waiting.keys()]).then(() => {
    flushedAt = performance.now()
  })
}

function endBy(signal: NodeJS.Signals): void {
  if (process.listeners(signal).some((listener) => !(mark in listener))) return
  if (isEnding) {
    kill(signal)
    return
  }
  isEnding = true
  const flushes = [...waiting].filter(([, { onSignal }]) => onSignal).map(([flush]) => flush)
  void flushAll(flushes).then(() => kill(signal))
}
Object.defineProperty(endBy, mark, { value: true })

function kill(signal: NodeJS.Signals): void {
  for (const each of signals) process.off(each, endBy)
  process.kill(process.pid, signal)
}

/** Keeps the process alive meanwhile. */
async function flushAll(flushes: readonly Flush[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, longestMs)
  })
  await Promise.race([Promise.allSettled(flushes.map((flush) => flush())), late])
  clearTimeout(timer)
}

/** Keeps the process alive until a promise settles: sockets and timers that were unref'd do not. */
export async function hold<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 2 ** 30)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}
