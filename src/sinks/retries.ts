import type { HttpResponse } from './transports/http.ts'

const attempts = 3
const firstPauseMs = 1000
const factor = 1.5
/** A receiver that wants a longer pause gets a later interval, whose values are newer. */
const maxPauseMs = 5000
/** Part of a pause by which it is longer or shorter, so that many processes do not come back together. */
const jitter = 0.2

/**
 * Sends the same request up to three times, while the answer has a status that allows it: the receiver is there, and may accept
 * it in a second. Where there is no answer, it rejects: `report()` pauses for longer, as it does for the last answer.
 */
export async function withRetries(
  attempt: () => Promise<HttpResponse>,
  isRetryable: (status: number) => boolean,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let pause = firstPauseMs
  for (let left = attempts - 1; ; left--) {
    const response = await attempt()
    if (left === 0 || !isRetryable(response.status)) return response
    const wanted = response.retryAfterMs ?? pause * (1 - jitter + 2 * jitter * Math.random())
    if (wanted > maxPauseMs || !(await hasPassed(wanted, signal))) return response
    pause *= factor
  }
}

/** Whether so much time has passed, without an abort before. */
function hasPassed(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isPassed: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(isPassed)
    }
    const onAbort = (): void => end(false)
    const timer = setTimeout(end, ms, true).unref()
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort)
  })
}
