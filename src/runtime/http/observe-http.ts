import type { Registry } from '../../metrics/registry/registry.ts'
import { checkOptions, flag, integer, type OptionRules, unchecked } from '../../options.ts'
import { Subscriptions } from './channels.ts'
import { observeClients } from './client.ts'
import { ClientMetrics } from './client-metrics.ts'
import { observeFastify } from './fastify.ts'
import { observeHttp2Clients } from './http2-client.ts'
import { observeHttp2Servers } from './http2-server.ts'
import { observeServers } from './server.ts'
import { ServerMetrics } from './server-metrics.ts'
import { observeUndici } from './undici.ts'

/** Options of {@link observeHttp}. */
export interface HttpOptions {
  /**
   * Whether requests to servers of this process are recorded.
   * @default true
   */
  readonly servers?: boolean
  /**
   * Whether requests of this process to other servers are recorded.
   * @default true
   */
  readonly clients?: boolean
  /**
   * How many routes have series of their own, 1 to 2,000; further ones share the route `_OTHER`.
   * @default 200
   */
  readonly maxRoutes?: number
  /**
   * How many hosts that this process calls have series of their own, 1 to 2,000; further ones share the host `_OTHER`.
   * @default 100
   */
  readonly maxHosts?: number
  /** Upper bounds of the buckets of both durations, in seconds, as those of a timer. Default: exponential buckets. */
  readonly buckets?: readonly number[]
}

const rules: OptionRules<HttpOptions> = {
  servers: flag,
  clients: flag,
  maxRoutes: integer(1, 2000),
  maxHosts: integer(1, 2000),
  // By the timers that are declared with it.
  buckets: unchecked,
}

/** What observes now, by registry, for all copies of this package in the process: nothing is recorded twice. */
const key = Symbol.for('plimsoll.http.1')
const shared = globalThis as { [key]?: WeakMap<Registry, Observation> }

interface Observation {
  users: number
  stop(): void
}

/**
 * Records the requests of all HTTP servers and clients of this thread: of `node:http`, `node:https` and `fetch`, of
 * `node:http2` on Node 22.23 and later, and of the package undici. Nothing is patched. docs/http-metrics.md lists the
 * metrics.
 *
 * Where the same registry is observed already, that goes on with its own options until both are stopped. No error in here
 * reaches the app; `plimsoll.failed` counts them.
 *
 * @param registry where the metrics are declared, such as `defaultRegistry`.
 * @returns a function that stops it. The metrics stay, those of requests in progress at 0.
 * @throws PLIMSOLL_OPTION_INVALID, PLIMSOLL_OPTION_UNKNOWN, or PLIMSOLL_FAMILY_CONFLICT where a name is in use for something
 * else.
 */
export function observeHttp(registry: Registry, options: HttpOptions = {}): () => void {
  checkOptions('observeHttp()', options, rules)
  shared[key] ??= new WeakMap()
  const observations = shared[key]
  const observation = observations.get(registry) ?? { users: 0, stop: observe(registry, options) }
  observations.set(registry, observation)
  observation.users++
  let isStopped = false
  return () => {
    if (isStopped) return
    isStopped = true
    if (--observation.users > 0) return
    observations.delete(registry)
    observation.stop()
  }
}

function observe(registry: Registry, options: HttpOptions): () => void {
  const { servers = true, clients = true, maxRoutes = 200, maxHosts = 100, buckets } = options
  const ends: (() => void)[] = []
  if (servers) {
    const metrics = new ServerMetrics(registry, { maxPlaces: maxRoutes, buckets })
    const subscriptions = new Subscriptions(() => metrics.countFailure())
    observeServers(subscriptions, metrics)
    observeHttp2Servers(subscriptions, metrics)
    observeFastify(subscriptions)
    ends.push(
      () => subscriptions.close(),
      () => metrics.close(),
    )
  }
  if (clients) {
    const metrics = new ClientMetrics(registry, { maxPlaces: maxHosts, buckets })
    const subscriptions = new Subscriptions(() => metrics.countFailure())
    observeClients(subscriptions, metrics)
    observeHttp2Clients(subscriptions, metrics)
    observeUndici(subscriptions, metrics)
    ends.push(
      () => subscriptions.close(),
      () => metrics.close(),
    )
  }
  return () => {
    for (const end of ends) end()
  }
}
