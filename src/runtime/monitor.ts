import type { Server } from 'node:http'
import { optionInvalid, PlimsollError, reasonOf } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { callback, checkOptions, integer, type OptionRules, registryLike, unchecked } from '../options.ts'
import { type AccessOptions, accessRule } from '../os/access.ts'
import { emitWarning, type OnWarning, warn } from '../os/warning.ts'
import { Schedule } from '../schedule.ts'
import { countRequests } from './count-requests.ts'
import { type Endpoint, serveEndpoint } from './monitor-endpoint.ts'
import { type MonitorMetrics, metricsOf, ReaderExtremes } from './monitor-metrics.ts'
import { checkRuntimeOptions, type RuntimeOptions } from './options.ts'
import { observeRuntime } from './start.ts'

/** Starts to fill a registry with something more; returns a function that stops it. */
export type Collector = (registry: Registry) => () => void

/** Options of `monitor()`. */
export interface MonitorOptions extends Partial<AccessOptions> {
  /** Default: the registry behind `counter()`, `timer()` and so on. */
  readonly registry?: Registry
  /** Parts of the process that are not observed, as in `{ gc: false }`. Default: as `observeRuntime()`. */
  readonly runtime?: RuntimeOptions
  /** What else fills the registry until `stop()`. One that throws is reported to `onWarning`. */
  readonly collectors?: readonly Collector[]
  /**
   * Called with all metrics each `publishInterval`, and not while a promise that it returned is pending. What it throws or
   * rejects with is counted by `monitor.publish_errors`, and reported to `onWarning`.
   */
  readonly publisher?: (metrics: MonitorMetrics) => unknown
  /**
   * Milliseconds between two calls of `publisher`, 10 to 86,400,000.
   * @default 10000
   */
  readonly publishInterval?: number
  /**
   * Where `server` answers with all metrics as JSON, such as `/mutornadomon`, to those whom `allow` lets in; each client is a
   * reader of its own. Requests for it do not reach the app, and are not counted as `requests`. Default: nowhere.
   */
  readonly path?: string
  /** Called once for each kind of error in a row. Default: `process.emitWarning`. What it throws or rejects with is dropped. */
  readonly onWarning?: OnWarning
}

/** Counts and gauges under names of your own, next to what the process does. */
export interface Monitor {
  /** Adds 1, or `amount`, to a counter. Never throws; a name or amount that is not valid is a warning. */
  count(name: string, amount?: number): void
  /** Sets a gauge, and remembers its smallest and largest value for each reader. Never throws. */
  set(name: string, value: number): void
  /** The same as {@link set}, by the name that mutornadomon has for it. */
  kv(name: string, value: number): void
  /**
   * All metrics as plain data. Extremes are those since this reader looked last: readers do not take them from each other.
   * At most 100 readers are remembered; then the one that has not looked for the longest time is forgotten.
   *
   * @param reader who looks: any text, such as the address of a client. Default: one reader for all who do not say.
   */
  metrics(reader?: string): MonitorMetrics
  /** Stops all that `monitor()` has started, and resolves when a call of the publisher under way is over. */
  stop(): Promise<void>
}

const rules: OptionRules<MonitorOptions> = {
  registry: registryLike,
  runtime: unchecked,
  collectors: [
    (given) => Array.isArray(given) && given.every((one) => typeof one === 'function'),
    'an array of functions',
  ],
  publisher: callback,
  publishInterval: integer(10, 86_400_000),
  path: [
    (given, { allow }) => typeof given === 'string' && /^(\/[\w.~-]+)+$/.test(given) && allow !== undefined,
    'a path such as "/mutornadomon", with the option allow',
  ],
  allow: unchecked,
  hosts: unchecked,
  onWarning: callback,
}

/**
 * Monitors this process from code: observes what it does, counts what you name, and passes all metrics to a publisher or
 * returns them. Nothing of it keeps the process alive. Throws PLIMSOLL_OPTION_UNKNOWN,
 * PLIMSOLL_OPTION_INVALID, or PLIMSOLL_FAMILY_CONFLICT where the registry has another metric of an observed name.
 *
 * @param server whose requests are counted as `requests`, `localhost_requests` and `private_requests`; none needed.
 */
export function monitor(server?: Server, options: MonitorOptions = {}): Monitor {
  checkOptions('monitor()', options, rules)
  checkRuntimeOptions(options.runtime ?? {})
  const { path, allow, hosts = [] } = options
  if (path === undefined || allow === undefined) return new LiveMonitor(server, options)
  if (server === undefined)
    throw optionInvalid('path', 'monitor()', path, 'a server as the first argument of monitor()')
  const rule = accessRule({ allow, hosts }, 'monitor()')
  return new LiveMonitor(server, options, (read) => serveEndpoint(server, { path, rule, read }))
}

class LiveMonitor implements Monitor {
  readonly #registry: Registry
  readonly #onWarning: OnWarning
  readonly #extremes = new ReaderExtremes()
  readonly #stops: (() => void)[]
  readonly #publishing: Schedule | undefined

  constructor(server: Server | undefined, options: MonitorOptions, serve?: (read: Endpoint['read']) => () => void) {
    const { registry = defaultRegistry, runtime = {}, collectors = [], publisher, publishInterval = 10_000 } = options
    this.#registry = registry
    this.#onWarning = options.onWarning ?? emitWarning
    this.#stops = [observeRuntime(registry, runtime)]
    if (server !== undefined) this.#stops.push(countRequests(server, registry))
    if (serve !== undefined) this.#stops.push(serve(({ socket }) => this.metrics(socket.remoteAddress)))
    for (const collector of collectors) this.#guard(() => this.#stops.push(collector(registry)))
    if (publisher === undefined) return
    const errors = registry.counter('monitor.publish_errors', { help: 'Calls of the publisher that failed' })
    this.#publishing = new Schedule(
      async () => {
        try {
          await publisher(this.metrics('publisher'))
        } catch (error) {
          errors.inc()
          throw new PlimsollError('PLIMSOLL_PUBLISHER_FAILED', { reason: reasonOf(error) }, { cause: error })
        }
      },
      { intervalMs: publishInterval, onChange: (error) => this.#report(error) },
    )
  }

  count(name: string, amount = 1): void {
    this.#guard(() => this.#registry.counter(name).add(amount))
  }

  set(name: string, value: number): void {
    this.#guard(() => {
      const gauge = this.#registry.gauge(name)
      gauge.set(value)
      if (Number.isFinite(value)) this.#extremes.note(name, value)
    })
  }

  kv(name: string, value: number): void {
    this.set(name, value)
  }

  metrics(reader = ''): MonitorMetrics {
    return metricsOf(this.#registry.read(), this.#extremes.take(reader))
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) this.#guard(stop)
    await this.#publishing?.stop()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    if (error === undefined) return
    const known = error instanceof PlimsollError ? error : undefined
    warn(known ?? new PlimsollError('PLIMSOLL_COLLECTOR_FAILED', { reason: reasonOf(error) }), this.#onWarning)
  }
}
