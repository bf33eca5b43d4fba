import { type Delivery, type SinkError, sinkError } from './sink.ts'
import { explanation, type HttpRequest, type HttpResponse, type HttpTransport } from './transports/http.ts'

const attempts = 3
const firstPauseMs = 1000
const factor = 1.5
/** A receiver that wants a longer pause gets a later interval, whose values are newer. */
const maxPauseMs = 5000
/** Part of a pause by which it is longer or shorter, so that many processes do not come back together. */
const jitter = 0.2

/** Statuses with which a receiver of Prometheus may accept the same request later. */
export function isBusy(status: number): boolean {
  return status === 429 || status >= 500
}

/**
 * Sends the same request up to three times, while the answer has a status that allows it: the receiver is there, and may accept
 * it in a second. Where there is no answer, it rejects: `report()` pauses for longer, as it does for the last answer.
 */
export async function sendWithRetries(
  transport: HttpTransport,
  request: HttpRequest,
  isRetryable: (status: number) => boolean,
  delivery: Pick<Delivery, 'signal' | 'sent'>,
): Promise<HttpResponse> {
  const { signal } = delivery
  let pause = firstPauseMs
  for (let left = attempts - 1; ; left--) {
    const response = await transport.send(request, signal)
    const wanted = response.retryAfterMs ?? pause * (1 - jitter + 2 * jitter * Math.random())
    const isLast = left === 0 || !isRetryable(response.status) || wanted > maxPauseMs
    if (isLast || !(await hasPassed(wanted, signal))) {
      delivery.sent(request.body.length)
      return response
    }
    pause *= factor
  }
}

/** Whether a receiver has accepted a request. */
export function isAccepted({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300
}

/** The error for an answer that is no success. */
export function refusal(sink: string, response: HttpResponse, isPermanent: boolean): SinkError {
  const { status, retryAfterMs } = response
  const why = explanation(response)
  return sinkError(sink, `status ${status}${why === '' ? '' : `: ${why}`}`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(isPermanent && { isPermanent }),
  })
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
