/** What is to be done when this thread ends; `crashed`: by an error that nobody caught. */
type AtEnd = (crashed: boolean) => void

/** With what each does at a crash. */
const waiting = new Map<AtEnd, () => void>()
let crashed = false

/**
 * Calls `atEnd` when this thread ends by itself, by `process.exit` or by an error that nobody caught; not by a signal. Calls
 * `atCrash` at such an error first: what listens to it may end the process at once.
 * Returns a function that stops it. One listener serves them all, as Node warns of more than ten.
 */
export function onProcessEnd(atEnd: AtEnd, atCrash: () => void = () => {}): () => void {
  if (waiting.size === 0) {
    process.on('exit', endAll)
    process.on('uncaughtExceptionMonitor', noteCrash)
  }
  waiting.set(atEnd, atCrash)
  return () => {
    waiting.delete(atEnd)
    if (waiting.size > 0) return
    process.off('exit', endAll)
    process.off('uncaughtExceptionMonitor', noteCrash)
  }
}

function endAll(): void {
  for (const atEnd of waiting.keys()) atEnd(crashed)
}

function noteCrash(): void {
  // Who listens to the error itself keeps the process alive.
  crashed = process.listenerCount('uncaughtException') === 0
  for (const atCrash of waiting.values()) atCrash()
}
