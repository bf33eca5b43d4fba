import { type ExpressRequest, expressRoute } from './express.ts'

/** Where a request has its route, for all copies of this package in the process. */
const routeKey = Symbol.for('plimsoll.route')

/** Where Next.js keeps the data of a request; internal to it, and the same since version 13. */
const nextKey = Symbol.for('NextInternalRequestMeta')

interface RoutedRequest {
  [routeKey]?: string
  readonly route?: unknown
  readonly [nextKey]?: { readonly match?: { readonly definition?: { readonly pathname?: unknown } } | null }
}

/**
 * Sets the route of a request, as the label `http_route` of `http.server.request.duration`. For frameworks that do not
 * publish their routes; call it at any time before the response has been sent, in the last place that knows the pattern.
 * Never throws. Costs a store.
 *
 * @param request the request of `node:http` or `node:http2`, such as `ctx.req` in Koa or `request.raw` in Fastify.
 * @param pattern the pattern, such as `/users/:id`; never the path itself, because each value becomes a series.
 */
export function setRoute(request: object, pattern: string | RegExp): void {
  try {
    const { stream } = request as { readonly stream?: RoutedRequest }
    const holder = stream ?? (request as RoutedRequest)
    if (typeof pattern === 'string' || pattern instanceof RegExp) holder[routeKey] = String(pattern)
  } catch {}
}

/** The route of a request, or of a stream of HTTP/2; empty where it is unknown. May throw, as it reads objects of others. */
export function routeOf(request: object): string {
  const given = request as RoutedRequest
  const set = given[routeKey]
  if (set !== undefined) return set
  if (typeof given.route === 'object' && given.route !== null) return expressRoute(request as ExpressRequest)
  const pathname = given[nextKey]?.match?.definition?.pathname
  return typeof pathname === 'string' ? pathname : ''
}
