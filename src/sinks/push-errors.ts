import { reasonOf } from '../errors.ts'
import { type SinkError, sinkError } from './sink.ts'
import { explanation, type HttpResponse } from './transports/http.ts'

/** The error for an answer that is no success. */
export function refusal(sink: string, response: HttpResponse, isPermanent: boolean): SinkError {
  const { status, retryAfterMs } = response
  const why = explanation(response)
  return sinkError(sink, `status ${status}${why === '' ? '' : `: ${why}`}`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(isPermanent && { isPermanent }),
  })
}

/** The error for a request that got no answer. */
export function noAnswer(sink: string, cause: unknown): SinkError {
  return sinkError(sink, reasonOf(cause), { cause })
}
