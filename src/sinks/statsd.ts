import { dialects } from '../formats/statsd/dialects.ts'
import {
  type StatsdOptions as FormatOptions,
  type StatsdFormat,
  sharedRules,
  statsdFormat,
} from '../formats/statsd/options.ts'
import { type StatsdChunk, statsdChunks } from '../formats/statsd/statsd.ts'
import { flag, type OptionRules } from '../options.ts'
import type { FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import { mapFamilies } from '../snapshot/totals.ts'
import { Growth } from './growth.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Delivery, Sink, SinkDescription } from './sink.ts'
import { type SinkTarget, sinkTarget } from './sink-options.ts'
import { inSlices } from './slices.ts'
import { StreamConnection, type StreamTarget } from './transports/tcp.ts'
import { hostOf, linesIn } from './transports/text.ts'
import { Datagrams } from './transports/udp.ts'

/** Options that are those of the format. */
const ofFormat = ['dialect', 'prefix', 'labels', 'names', 'timers', 'maxPacketBytes'] as const

/** Options of `statsd()`. */
export interface StatsdOptions extends RuleOptions, Pick<FormatOptions, (typeof ofFormat)[number]> {
  /**
   * Whether the first snapshot is only where growth begins. `false` sends all that it contains: for a process that reports its
   * own metrics from its start to its end, such as a script. Elsewhere it would send all of the past as one spike.
   * @default true
   */
  readonly baseline?: boolean
}

const rules: OptionRules<StatsdOptions> = {
  ...sharedRules,
  baseline: flag,
  ...ruleRules,
}

/**
 * A sink that sends what came since its last send to a StatsD server: Etsy's, the Datadog agent, collectd, netdata. They disagree
 * about signs, types and tags, so choose the `dialect`; docs/sinks/statsd.md compares them.
 *
 * Nothing is sent twice. What could not be sent for want of a connection is part of the next growth; what an unknown part of
 * was sent, when a connection broke or a host did not listen any more, is counted as lost. UDP packets are sent in bursts of eight,
 * 8 ms apart, as servers lose those that come faster.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to `statsd://host:8125` for UDP, `statsd+tcp://host:8125`, or `statsd+unix:///run/statsd.sock` for a stream socket.
 */
export function statsd(to: string, options: StatsdOptions = {}): Sink {
  const target = sinkTarget('statsd()', to, options, rules, {
    schemes: ['statsd', 'statsd+tcp', 'statsd+unix'],
    example: 'statsd://127.0.0.1:8125',
  })
  return new StatsdSink(target)
}

/** A way to a server. */
interface Route {
  open(signal: AbortSignal): Promise<void>
  send(packets: readonly string[], signal: AbortSignal): Promise<void>
  /** Returns how many the kernel took. */
  sendAtExit(packets: readonly string[]): number
  close(): void
}

const nothing: Snapshot = { version: 1, takenAt: 0, pages: [], families: [] }

class StatsdSink implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #options: StatsdOptions
  readonly #rules: Rules
  readonly #route: Route
  readonly #growth = new Growth()
  /** The snapshot under way, and how far it may have been sent. */
  #underWay: { readonly present: Snapshot; readonly end: StatsdChunk['end'] } | undefined

  constructor({ url, options, description }: SinkTarget<StatsdOptions>) {
    const scheme = url.protocol.slice(0, -1)
    const port = Number(url.port || 8125)
    const path = decodeURIComponent(url.pathname)
    this.name = `${scheme} ${scheme === 'statsd+unix' ? path : `${url.hostname}:${port}`}`
    if (description !== undefined) this.description = description
    this.#options = options
    this.#rules = new Rules(options)
    const host = hostOf(url)
    if (scheme === 'statsd') this.#route = new Datagrams({ host, port })
    else this.#route = streamRoute(scheme === 'statsd+unix' ? { path } : { host, port })
    if (options.baseline === false) this.#growth.acknowledge(nothing)
    // Combinations that a server does not have are refused here, not at the first send.
    this.#format()
  }

  async send(snapshot: Snapshot, delivery: Delivery): Promise<void> {
    const present = this.#present(snapshot)
    const growth = this.#growth.until(present)
    let lines = 0
    try {
      await this.#route.open(delivery.signal)
      for await (const { packets, end } of inSlices(this.#chunks(growth, delivery))) {
        this.#underWay = { present, end }
        lines += linesOf(packets)
        await this.#route.send(packets, delivery.signal)
        delivery.sent(bytesOf(packets))
      }
      this.#growth.acknowledge(present)
    } catch (error) {
      // Some of this send may have arrived. To send it again would count that twice.
      delivery.lost(lines, 'not known to have arrived')
      this.#settle()
      throw error
    } finally {
      this.#underWay = undefined
    }
  }

  sendAtExit(snapshot: Snapshot, delivery: Delivery): void {
    this.#settle()
    const present = this.#present(snapshot)
    for (const { packets } of this.#chunks(this.#growth.until(present), delivery)) {
      const sent = this.#route.sendAtExit(packets)
      delivery.sent(bytesOf(packets.slice(0, sent)))
      delivery.lost(linesOf(packets.slice(sent)), 'not sent at exit')
    }
    this.#growth.acknowledge(present)
  }

  close(): void {
    this.#route.close()
  }

  /** What is sent of a snapshot. */
  #present(snapshot: Snapshot): Snapshot {
    const pruned = this.#rules.prune(snapshot)
    return this.#options.dialect !== undefined && dialects[this.#options.dialect].isWhole ? wholeTotals(pruned) : pruned
  }

  #format(delivery?: Delivery): StatsdFormat {
    const options: FormatOptions = Object.fromEntries(ofFormat.map((name) => [name, this.#options[name]]))
    const chosen = this.#rules
    return statsdFormat('statsd()', {
      ...options,
      ...(!chosen.isEmpty && { accepts: (path, value) => chosen.allows(path, value) }),
      onLeftOut: ({ series, reason }) => delivery?.lost(series, reason),
    })
  }

  #chunks(growth: Snapshot, delivery: Delivery): Generator<StatsdChunk> {
    return statsdChunks(growth, this.#format(delivery), 'statsd()')
  }

  /** A send that did not come to its end: what it has sent is not sent again, the rest is part of the next growth. */
  #settle(): void {
    if (this.#underWay !== undefined) this.#growth.acknowledge(this.#underWay.present, this.#underWay.end)
    this.#underWay = undefined
  }
}

function streamRoute(target: StreamTarget): Route {
  const connection = new StreamConnection(target)
  const bytes = (packets: readonly string[]): Buffer => Buffer.from(packets.join(''))
  return {
    open: (signal) => connection.open(signal),
    send: (packets, signal) => connection.write(bytes(packets), signal),
    sendAtExit: (packets) => (connection.writeAtExit(bytes(packets)) ? packets.length : 0),
    close: () => connection.close(),
  }
}

/** Whole numbers of what only goes up, so that growth is whole as well, and what is cut off is not lost but in a later one. */
function wholeTotals(snapshot: Snapshot): Snapshot {
  return mapFamilies(snapshot, (family): FamilySnapshot => {
    if (family.kind === 'counter' || family.kind === 'meter') {
      const series = family.series.map((one) => ({ ...one, value: Math.floor(one.value) }))
      return { ...family, series } as FamilySnapshot
    }
    if (family.kind !== 'state') return family
    const whole = (seconds: Readonly<Record<string, number>>) =>
      Object.fromEntries(Object.entries(seconds).map(([state, value]) => [state, Math.floor(value)]))
    return { ...family, series: family.series.map((one) => ({ ...one, seconds: whole(one.seconds) })) }
  })
}

function linesOf(packets: readonly string[]): number {
  return packets.reduce((sum, packet) => sum + linesIn(packet), 0)
}

function bytesOf(packets: readonly string[]): number {
  return packets.reduce((sum, packet) => sum + Buffer.byteLength(packet), 0)
}
