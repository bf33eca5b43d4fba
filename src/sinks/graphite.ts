import { hostname } from 'node:os'
import { reasonOf } from '../errors.ts'
import { formatGraphite } from '../formats/graphite/lines.ts'
import type { GraphiteOptions as FormatOptions } from '../formats/graphite/options.ts'
import { pickleFrames } from '../formats/graphite/pickle.ts'
import { namesRule } from '../formats/leaves/vocabulary.ts'
import { integer, type OptionRules, oneOf, text } from '../options.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { Backlog, type Piece } from './backlog.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import { type Delivery, type Sink, type SinkDescription, sinkError } from './sink.ts'
import { type SinkTarget, sinkTarget } from './sink-options.ts'
import { inSlices } from './slices.ts'
import { StreamConnection } from './transports/tcp.ts'
import { hostOf, linesIn } from './transports/text.ts'
import { Datagrams } from './transports/udp.ts'

/** Options that are those of the format. */
const ofFormat = ['labels', 'names', 'window'] as const

/** Options of `graphite()`. */
export interface GraphiteOptions extends RuleOptions, Pick<FormatOptions, (typeof ofFormat)[number]> {
  /**
   * What stands in front of all names, with a dot behind it; empty for nothing. Default: the name of the host in lower case, where
   * a dot separates nodes.
   */
  readonly prefix?: string
  /**
   * Bytes that are kept for a receiver that is down, and sent in order when it is back; then the oldest are lost. 0 to
   * 1,073,741,824; not over UDP.
   * @default 8388608
   */
  readonly backfillBytes?: number
}

const rules: OptionRules<GraphiteOptions> = {
  prefix: text,
  labels: oneOf('nodes', 'tags'),
  names: namesRule,
  window: oneOf('1m', '5m', 'start'),
  backfillBytes: integer(0, 2 ** 30),
  ...ruleRules,
}

const ports: Readonly<Record<string, number>> = { graphite: 2003, 'graphite+pickle': 2004, 'graphite+udp': 2003 }

/**
 * A sink that sends the totals and present values to Graphite's carbon, or to what takes its protocols, such as VictoriaMetrics.
 * All numbers of a send have the time of their snapshot, in full precision; docs/sinks/graphite.md lists them.
 *
 * Over TCP, what could not be sent is kept, up to `backfillBytes`, and sent in order later; after a lost connection so is
 * what was sent last, as the same time and value may come twice. Carbon acknowledges nothing: what is in the buffers of a
 * connection when the receiver dies may be lost without being counted.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to `graphite://host:2003`, the same with `graphite+pickle:` (port 2004) or `graphite+udp:`.
 */
export function graphite(to: string, options: GraphiteOptions = {}): Sink {
  const target = sinkTarget('graphite()', to, options, rules, {
    schemes: Object.keys(ports),
    example: 'graphite://127.0.0.1:2003',
  })
  return target.url.protocol === 'graphite+udp:' ? new GraphiteDatagrams(target) : new GraphiteStream(target)
}

type Pieces = Generator<Piece, void, void>

/** What all transports share: where to, what, and how it is called. */
class GraphiteTarget {
  readonly name: string
  readonly description?: SinkDescription
  readonly host: string
  readonly port: number
  readonly #isPickle: boolean
  readonly #rules: Rules
  readonly #options: FormatOptions

  constructor({ url, options, description }: SinkTarget<GraphiteOptions>) {
    const { prefix = hostname().toLowerCase() } = options
    const scheme = url.protocol.slice(0, -1)
    this.host = hostOf(url)
    this.port = Number(url.port || ports[scheme])
    this.name = `${scheme} ${url.hostname}:${this.port}`
    if (description !== undefined) this.description = description
    this.#isPickle = scheme === 'graphite+pickle'
    this.#rules = new Rules(options)
    this.#options = { prefix, ...Object.fromEntries(ofFormat.map((name) => [name, options[name]])) }
  }

  pieces(snapshot: Snapshot, delivery: Delivery): Pieces {
    const chosen = this.#rules
    const options: FormatOptions = {
      ...this.#options,
      ...(!chosen.isEmpty && { accepts: (path, value) => chosen.allows(path, value) }),
      onLeftOut: ({ series, reason }) => delivery.lost(series, reason),
    }
    const pruned = chosen.prune(snapshot)
    return this.#isPickle ? pickleFrames(pruned, options) : linePieces(pruned, options)
  }
}

function* linePieces(snapshot: Snapshot, options: FormatOptions): Pieces {
  for (const text of formatGraphite(snapshot, options)) yield { bytes: Buffer.from(text), points: linesIn(text) }
}

class GraphiteStream implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #target: GraphiteTarget
  readonly #connection: StreamConnection
  readonly #backlog: Backlog
  readonly #isKept: boolean
  #losses = 0

  constructor(given: SinkTarget<GraphiteOptions>) {
    const { backfillBytes = 2 ** 23 } = given.options
    const target = new GraphiteTarget(given)
    this.name = target.name
    if (target.description !== undefined) this.description = target.description
    this.#target = target
    this.#connection = new StreamConnection({ host: target.host, port: target.port })
    this.#backlog = new Backlog(backfillBytes)
    this.#isKept = backfillBytes > 0
  }

  async send(snapshot: Snapshot, delivery: Delivery): Promise<void> {
    this.#settle()
    let failure: unknown
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      if (failure === undefined) await work().catch((error: unknown) => (failure = error))
      delivery.lost(this.#backlog.trim(), 'receiver down')
    }
    await attempt(() => this.#connection.open(delivery.signal))
    for await (const piece of inSlices(this.#target.pieces(snapshot, delivery))) {
      this.#backlog.add(piece)
      await attempt(() => this.#pump(delivery))
    }
    if (failure === undefined) return
    // Without backoff: values of each interval are wanted, which are kept for a receiver that comes back.
    throw sinkError(this.name, reasonOf(failure), { cause: failure, isPermanent: this.#isKept })
  }

  sendAtExit(snapshot: Snapshot, delivery: Delivery): void {
    this.#settle()
    for (const piece of [...this.#backlog.clear(), ...this.#target.pieces(snapshot, delivery)]) {
      if (this.#connection.writeAtExit(piece.bytes)) delivery.sent(piece.bytes.length)
      else delivery.lost(piece.points, 'not sent at exit')
    }
  }

  close(delivery: Delivery): void {
    this.#settle()
    const unsent = this.#backlog.clear()
    delivery.lost(
      unsent.reduce((sum, { points }) => sum + points, 0),
      'receiver down',
    )
    this.#connection.close()
  }

  /** Whether what was sent last has arrived is known by the connection only. */
  #settle(): void {
    const { losses } = this.#connection
    if (losses === this.#losses) this.#backlog.forgetSent()
    else this.#backlog.rewind()
    this.#losses = losses
  }

  async #pump(delivery: Delivery): Promise<void> {
    for (let piece = this.#backlog.next; piece !== undefined; piece = this.#backlog.next) {
      await this.#connection.write(piece.bytes, delivery.signal)
      delivery.sent(piece.bytes.length)
      this.#backlog.advance()
    }
  }
}

class GraphiteDatagrams implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #target: GraphiteTarget
  readonly #datagrams: Datagrams

  constructor(given: SinkTarget<GraphiteOptions>) {
    const target = new GraphiteTarget(given)
    this.name = target.name
    if (target.description !== undefined) this.description = target.description
    this.#target = target
    this.#datagrams = new Datagrams({ host: target.host, port: target.port })
  }

  async send(snapshot: Snapshot, delivery: Delivery): Promise<void> {
    await this.#datagrams.open(delivery.signal)
    let failure: unknown
    for await (const { bytes, points } of inSlices(this.#target.pieces(snapshot, delivery))) {
      if (failure === undefined) {
        await this.#datagrams.send(packetsOf(bytes), delivery.signal).catch((error: unknown) => (failure = error))
      }
      if (failure === undefined) delivery.sent(bytes.length)
      else delivery.lost(points, 'receiver down')
    }
    if (failure !== undefined) throw failure
  }

  sendAtExit(snapshot: Snapshot, delivery: Delivery): void {
    for (const { bytes, points } of this.#target.pieces(snapshot, delivery)) {
      const packets = packetsOf(bytes)
      if (this.#datagrams.sendAtExit(packets) === packets.length) delivery.sent(bytes.length)
      else delivery.lost(points, 'not sent at exit')
    }
  }

  close(): void {
    this.#datagrams.close()
  }
}

/** So large a packet passes any Ethernet in one piece. */
const packetBytes = 1432
const lineFeed = 0x0a

/** Whole lines, as many as there is room for in a packet. */
function packetsOf(lines: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = []
  for (let from = 0; from < lines.length; ) {
    const last =
      lines.length - from <= packetBytes ? lines.length - 1 : lines.lastIndexOf(lineFeed, from + packetBytes - 1)
    const end = (last >= from ? last : lines.indexOf(lineFeed, from)) + 1
    packets.push(lines.subarray(from, end))
    from = end
  }
  return packets
}
