import type { ClientRequest } from 'node:http'
import { isOwnRequest } from '../../os/own-requests.ts'
import type { Subscriptions } from './channels.ts'
import { type Call, type ClientMetrics, isCancellation } from './client-metrics.ts'

/** The response that a request keeps, also one that switches protocols, which no channel publishes. */
interface KeptResponse {
  readonly statusCode?: number
  readonly complete: boolean
  readonly errored?: Error | null
  /** Set where this process destroyed the request. */
  readonly _dumped?: boolean
}

interface Observation {
  readonly call: Call
  error?: unknown
  isCancelled?: boolean
}

/** Records the requests of `node:http` and `node:https`. */
export function observeClients(subscriptions: Subscriptions, metrics: ClientMetrics): void {
  const key = Symbol('plimsoll.call')
  type Observed = ClientRequest & { [key]?: Observation; readonly res?: KeptResponse | null }

  const begin = (request: Observed): Observation => {
    const known = request[key]
    if (known !== undefined) return known
    const observation: Observation = { call: metrics.begin(request.host, request.method) }
    request[key] = observation
    // The one event that always comes: after the response or its break-off, an upgrade, a failure or a cancellation.
    request.once(
      'close',
      subscriptions.guard(() => end(observation, request.res)),
    )
    return observation
  }

  const end = ({ call, error, isCancelled }: Observation, response: KeptResponse | null | undefined): void => {
    if (response?.statusCode !== undefined) call.status = response.statusCode
    const isComplete = response?.complete === true
    const failure = error ?? (isComplete ? undefined : response?.errored) ?? undefined
    const isOwn = isCancelled === true || (!isComplete && (failure === undefined || response?._dumped === true))
    if (isOwn || isCancellation(failure)) metrics.cancel()
    else metrics.end(call, failure)
  }

  // Since Node 22; before, a request is not seen until it has been written.
  const onBegin = ({ request }: { readonly request: ClientRequest }): void => {
    if (!isOwnRequest(request)) begin(request)
  }
  subscriptions.add('http.client.request.created', onBegin)
  subscriptions.add('http.client.request.start', onBegin)
  subscriptions.add<{ readonly request: ClientRequest; readonly error: unknown }>(
    'http.client.request.error',
    ({ request, error }) => {
      if (isOwnRequest(request)) return
      const observation = begin(request)
      observation.error ??= error
      observation.isCancelled ??= isOwnHangUp(request, error)
    },
  )
}

/**
 * Whether a request was destroyed by this process, without an error of its own: that has the error of a connection which the
 * other side closed, but then the request is not destroyed yet, or a system call failed.
 */
function isOwnHangUp(request: ClientRequest, error: unknown): boolean {
  const { code, syscall } = Object(error) as { readonly code?: unknown; readonly syscall?: unknown }
  return request.destroyed && code === 'ECONNRESET' && syscall === undefined
}
