import type * as ZeroMq from 'zeromq'
import { type Clock, systemClock } from '../../clock.ts'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { Merger } from '../../snapshot/merge.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import { answerByKeys } from './authentication.ts'
import { checkEndpoint } from './endpoint.ts'
import { type AggregatorKeys, checkAggregatorKeys } from './keys.ts'
import { loadZeroMq } from './load.ts'
import { decodeValues, encodeRequest, largestMessageBytes, longestIntervalMs } from './message.ts'
import { checkWhole } from './options.ts'
import { type MessageResult, noMessages, ownFamilies } from './own-families.ts'
import { Publishers } from './publishers.ts'
import { mayWait, messagesOf, receiveTimeout } from './receive.ts'

/** What `aggregator` may be told. */
export interface AggregatorOptions {
  /**
   * Where publishers connect to: `ipc://<path>` or `tcp://<address>:<port>`, one or several. Port `*` takes a free one,
   * address `*` means all of this machine. Other machines get to a tcp address that is not loopback: it needs `curve`.
   */
  readonly bind: string | readonly string[]
  /** CURVE keys; they then hold for all endpoints. */
  readonly curve?: AggregatorKeys
  /**
   * After so much silence a publisher is gone: what it counted stays, its gauges and texts leave, and come back with it.
   * 100 to 3,600,000; at least three of the publisher's own intervals.
   * @default 10000
   */
  readonly goneAfterMs?: number
  /**
   * So many publishers that fell silent are kept each by itself, 0 to 100,000. Of further ones only the sums are kept: what
   * one of these counts before it comes back, if it ever does, is missing from the sums.
   * @default 100
   */
  readonly mostGone?: number
  /** More publishers at a time are not taken, and counted; 1 to 100,000. @default 1000 */
  readonly mostPublishers?: number
  /** Default: the machine's clocks. */
  readonly clock?: Clock
}

/** The sum of all publishers that send to it. */
export interface Aggregator extends Source {
  /** Where publishers connect to, with the ports that were taken for `*`. */
  readonly endpoints: readonly string[]
  /**
   * All publishers as one, and what the aggregator tells of itself under `plimsoll.zeromq`. Each process is a page, whose
   * `heartbeatAge` grows while nothing comes from it.
   */
  read(): Snapshot
  /** Takes no further messages, and frees the endpoints. What it has can still be read. */
  close(): Promise<void>
}

const heartbeatMs = 2000
const backlog = 1024

/**
 * Binds endpoints and adds up what publishers send there: counters and distributions exactly, gauges as they are declared.
 *
 * Rejects with PLIMSOLL_OPTION_INVALID, PLIMSOLL_KEYS_MISSING, PLIMSOLL_BIND_FAILED or PLIMSOLL_ZEROMQ_MISSING. Whatever
 * publishers send, it goes on. It keeps the process alive until it is closed.
 */
export async function aggregator(options: AggregatorOptions): Promise<Aggregator> {
  const endpoints = checkAggregatorOptions(options)
  const zeromq = await loadZeroMq()
  const { curve, clock = systemClock } = options
  const allowed = curve?.publishers
  const context = allowed === undefined ? zeromq.context : new zeromq.Context()
  const sentinel = allowed === undefined ? undefined : await answerByKeys(zeromq, context, allowed)
  const socket = new zeromq.Router({
    context,
    linger: 0,
    sendTimeout: 0,
    receiveTimeout,
    backlog,
    // Whoever cannot keep up makes publishers wait, instead of keeping messages that are out of date.
    receiveHighWaterMark: 8,
    sendHighWaterMark: 8,
    maxMessageSize: largestMessageBytes,
    heartbeatInterval: heartbeatMs,
    heartbeatTimeout: 3 * heartbeatMs,
    ipv6: endpoints.some(({ isIpv6 }) => isIpv6),
    ...(curve !== undefined && { curveServer: true, curveSecretKey: curve.secretKey, zapDomain: 'plimsoll' }),
  })
  const bound: string[] = []
  try {
    for (const { address } of endpoints) bound.push(await bind(socket, address))
  } catch (error) {
    socket.close()
    sentinel?.close()
    throw error
  }
  return new LiveAggregator(socket, sentinel, bound, clock, options)
}

/** Throws for what is wrong with options, before anything is loaded. */
export function checkAggregatorOptions(options: AggregatorOptions): ReturnType<typeof checkEndpoint>[] {
  const where = 'aggregator()'
  const { bind, curve, goneAfterMs, mostGone, mostPublishers } = options
  if (curve !== undefined) checkAggregatorKeys(curve, where)
  checkWhole(where, 'goneAfterMs', goneAfterMs, 100, longestIntervalMs)
  checkWhole(where, 'mostGone', mostGone, 0, 100_000)
  checkWhole(where, 'mostPublishers', mostPublishers, 1, 100_000)
  const given: readonly unknown[] = Array.isArray(bind) && bind.length > 0 ? bind : [bind]
  return given.map((endpoint) => checkEndpoint('bind', endpoint, curve !== undefined))
}

async function bind(socket: ZeroMq.Router, endpoint: string): Promise<string> {
  try {
    await socket.bind(endpoint)
  } catch (cause) {
    throw new PlimsollError('PLIMSOLL_BIND_FAILED', { endpoint, reason: reasonOf(cause) }, { cause })
  }
  return socket.lastEndpoint ?? endpoint
}

class LiveAggregator implements Aggregator {
  readonly endpoints: readonly string[]
  readonly #socket: ZeroMq.Router
  readonly #sentinel: ZeroMq.Reply | undefined
  readonly #clock: Clock
  readonly #publishers: Publishers
  readonly #merger = new Merger()
  readonly #messages = noMessages()
  readonly #ended: Promise<void>
  #handshakesRefused: number | undefined

  constructor(
    socket: ZeroMq.Router,
    sentinel: ZeroMq.Reply | undefined,
    endpoints: readonly string[],
    clock: Clock,
    { goneAfterMs = 10_000, mostGone = 100, mostPublishers = 1000 }: AggregatorOptions,
  ) {
    this.#socket = socket
    this.#sentinel = sentinel
    this.endpoints = endpoints
    this.#clock = clock
    this.#publishers = new Publishers({ goneAfterMs, mostGone, mostPublishers })
    if (mayWait) this.#countRefused()
    this.#ended = this.#receive()
  }

  read(): Snapshot {
    const takenAt = this.#clock.unixTime()
    const families = ownFamilies(this.#messages, this.#publishers.counts, this.#handshakesRefused)
    const own: Snapshot = { version: 1, takenAt, pages: [], families }
    return { ...this.#merger.merge([...this.#publishers.read(this.#clock.now()), own]), takenAt }
  }

  async close(): Promise<void> {
    this.#socket.close()
    this.#sentinel?.close()
    await this.#ended
  }

  #countRefused(): void {
    this.#handshakesRefused = 0
    for (const kind of ['protocol', 'auth', 'other'] as const) {
      this.#socket.events.on(`handshake:error:${kind}`, () => {
        this.#handshakesRefused = (this.#handshakesRefused ?? 0) + 1
      })
    }
  }

  async #receive(): Promise<void> {
    for await (const parts of messagesOf(this.#socket)) {
      const [address, bytes, more] = parts as readonly (Buffer | undefined)[]
      const isPair = address !== undefined && bytes !== undefined && more === undefined
      this.#messages[isPair ? this.#take(address, bytes) : 'content']++
    }
  }

  #take(address: Buffer, bytes: Buffer): MessageResult {
    const message = decodeValues(bytes)
    if (typeof message === 'string') return message
    const { outcome, ask } = this.#publishers.take(message, this.#clock.now())
    // One that cannot be asked now is asked when its next message comes.
    if (ask) this.#socket.send([address, encodeRequest(message.publisher)]).catch(() => {})
    return outcome
  }
}
