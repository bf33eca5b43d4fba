import type { Subscriptions } from './channels.ts'
import { type Call, type ClientMetrics, isCancellation } from './client-metrics.ts'

/** A request of undici, as its channels show it. */
interface Request {
  readonly origin?: unknown
  readonly method?: unknown
}

/** Records the requests of `fetch`, and those of the package undici. */
export function observeUndici(subscriptions: Subscriptions, metrics: ClientMetrics): void {
  const key = Symbol('plimsoll.call')
  type Observed = Request & { [key]?: Call | undefined }

  /** An error may come after the end, and then changes nothing. */
  const take = (request: Observed): Call | undefined => {
    const call = request[key]
    request[key] = undefined
    return call
  }

  subscriptions.add<{ readonly request: Observed }>('undici:request:create', ({ request }) => {
    request[key] = metrics.begin(new URL(String(request.origin)).hostname, request.method)
  })
  subscriptions.add<{ readonly request: Observed; readonly response: { readonly statusCode: number } }>(
    'undici:request:headers',
    ({ request, response }) => {
      const call = request[key]
      if (call !== undefined) call.status = response.statusCode
    },
  )
  subscriptions.add<{ readonly request: Observed }>('undici:request:trailers', ({ request }) => {
    const call = take(request)
    if (call !== undefined) metrics.end(call)
  })
  subscriptions.add<{ readonly request: Observed; readonly error: unknown }>(
    'undici:request:error',
    ({ request, error }) => {
      const call = take(request)
      if (call === undefined) return
      if (isCancellation(error)) metrics.cancel()
      else metrics.end(call, error)
    },
  )
}
