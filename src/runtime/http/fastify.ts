import type { Subscriptions } from './channels.ts'
import { setRoute } from './route.ts'

/** What is used of an instance of Fastify. */
interface Fastify {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): void
}

interface FastifyRequest {
  readonly raw: object
  /** The URL is `undefined` where no route was found. */
  readonly routeOptions?: { readonly url?: string }
}

/** Those that have the hook, which cannot be taken away. */
const hooked = new WeakSet<Fastify>()

/** Takes routes from all instances of Fastify that are made from now on. */
export function observeFastify(subscriptions: Subscriptions): void {
  const takeRoute = subscriptions.guard(({ raw, routeOptions }: FastifyRequest) => {
    const url = routeOptions?.url
    if (url !== undefined) setRoute(raw, url)
  })
  subscriptions.add<{ readonly fastify: Fastify }>('fastify.initialization', ({ fastify }) => {
    if (hooked.has(fastify)) return
    hooked.add(fastify)
    fastify.addHook('onRequest', (request, _reply, done) => {
      takeRoute(request)
      done()
    })
  })
}
