import { systemClock } from '../../clock.ts'
import type { Counter } from '../../metrics/kinds/counter.ts'
import type { Gauge } from '../../metrics/kinds/gauge.ts'
import type { Timer } from '../../metrics/kinds/timer.ts'
import type { Family } from '../../metrics/registry/family.ts'
import type { Registry } from '../../metrics/registry/registry.ts'
import { type ByteCounts, Connection } from './connection.ts'
import { type Network, networkOf } from './network.ts'
import { RequestTimers } from './request-timers.ts'

/** Options of both sides of HTTP. */
export interface TimerLimits {
  readonly maxPlaces: number
  readonly buckets: readonly number[] | undefined
}

// Looked up once, as in src/clock.ts.
const { performance } = globalThis

/** The metrics of HTTP servers, and what happens to them, whatever the version of HTTP. */
export class ServerMetrics {
  /** Milliseconds, of which only differences mean anything. */
  readonly now: () => number
  private readonly durations: Family<Timer, string>
  private readonly timers: RequestTimers<string>
  private readonly active: Gauge
  private readonly aborted: Counter
  private readonly requests: Family<Counter, 'client_network'>
  private readonly opened: Counter
  private readonly connections: Gauge
  private readonly received: Counter
  private readonly sent: Counter

  constructor(registry: Registry, { maxPlaces, buckets }: TimerLimits) {
    const durations = registry.timer('http.server.request.duration', {
      labels: ['http_request_method', 'http_route', 'http_response_status_class'],
      help: 'Time from the headers of a request to the end of its response',
      ...(buckets !== undefined && { buckets }),
    })
    // Without the origin that all processes share: one number less to allocate for each reading.
    this.now = durations.clock === systemClock ? () => performance.now() : () => durations.clock.now()
    this.durations = durations
    this.timers = new RequestTimers<string>(durations, 'http_route', maxPlaces)
    this.active = registry.gauge('http.server.active_requests', { help: 'Requests without a complete response' })
    this.aborted = registry.counter('http.server.aborted_requests', {
      help: 'Requests whose connection closed before the response was complete; not in the durations',
    })
    this.requests = registry.counter('http.server.requests', {
      labels: ['client_network'],
      help: 'Requests that began, by the network of the peer: local, private or public',
    })
    this.opened = registry.counter('http.server.connections', { help: 'Connections that carried a request' })
    this.connections = registry.gauge('http.server.active_connections', {
      help: 'Open connections that carried a request',
    })
    const io = registry.counter('http.server.network.io', {
      labels: ['network_io_direction'],
      unit: 'By',
      help: 'Bytes of these connections, read once a second at most',
    })
    this.received = io.labels({ network_io_direction: 'receive' })
    this.sent = io.labels({ network_io_direction: 'transmit' })
  }

  /** Counts a failure of ours. */
  countFailure(): void {
    this.durations.countFailure('observer')
  }

  connect(address: string | undefined): Connection {
    const network: Network = networkOf(address)
    this.opened.inc()
    this.connections.inc()
    return new Connection(this.requests.labels({ client_network: network }), this.now())
  }

  begin(connection: Connection): number {
    const now = this.now()
    connection.requests.inc()
    this.active.inc()
    return now
  }

  end(begun: number, now: number, route: string, method: string, status: number): void {
    this.active.dec()
    this.timers.find(route, method, status).record((now - begun) / 1000)
  }

  abort(count: number): void {
    this.aborted.add(count)
    this.active.dec(count)
  }

  countBytes(connection: Connection, counts: ByteCounts, now: number): void {
    connection.countBytes(counts, this.received, this.sent, now)
  }

  disconnect(): void {
    this.connections.dec()
  }

  /** Nothing is observed any more: what was in flight is unknown from now on. */
  close(): void {
    this.active.set(0)
    this.connections.set(0)
  }
}
