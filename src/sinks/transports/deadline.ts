/**
 * Waits for something that calls `done` once, with an error if it failed. Rejects after `ms` milliseconds with an error of that
 * text, and when `signal` is aborted. The timer does not keep the process alive.
 */
export function withDeadline(
  ms: number,
  late: string,
  signal: AbortSignal,
  begin: (done: (error?: unknown) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: unknown): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', aborted)
      if (error === undefined) resolve()
      else reject(error)
    }
    const aborted = (): void => end(signal.reason)
    const timer = setTimeout(() => end(new Error(`${late} within ${ms / 1000} s`)), ms).unref()
    if (signal.aborted) {
      aborted()
      return
    }
    signal.addEventListener('abort', aborted, { once: true })
    begin(end)
  })
}
