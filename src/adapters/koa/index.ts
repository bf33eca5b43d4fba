import { setRoute } from '../../runtime/http/route.ts'

/** What is used of the context of Koa. */
export interface KoaContext {
  /** The request of Node. */
  readonly req: object
}

/**
 * Makes a middleware for Koa that records the route which `@koa/router` took, as the label `http_route`:
 * `app.use(recordRoutes())` before the router. Costs a store a request.
 */
export function recordRoutes(): (context: KoaContext, next: () => Promise<unknown>) => Promise<void> {
  return async (context, next) => {
    try {
      await next()
    } finally {
      const { _matchedRoute: pattern } = context as { readonly _matchedRoute?: string | RegExp }
      if (pattern !== undefined) setRoute(context.req, pattern)
    }
  }
}
