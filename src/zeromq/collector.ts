import type * as ZeroMq from 'zeromq'
import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { callback, checkOptions, clockLike, integer, isNonEmptyText, type OptionRules, unchecked } from '../options.ts'
import { gated } from '../os/thread-gate.ts'
import { AppMerger, joinApps } from '../snapshot/merge/apps.ts'
import { selectionOfParts, selectSnapshot } from '../snapshot/selection.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { answerByKeys } from './authentication.ts'
import { checkEndpoint } from './endpoint.ts'
import { bindGated, openGated } from './gated-socket.ts'
import { type CollectorKeys, checkCollectorKeys } from './keys.ts'
import { loadZeroMq } from './load.ts'
import { decodeFiles, type EndedProcess, encodeRequest, maxIntervalMs, maxMessageBytes } from './message.ts'
import { type MessageResult, noMessages, ownFamilies } from './own-families.ts'
import { Publishers } from './publishers.ts'
import { mayWait, messagesOf, receiveTimeout } from './receive.ts'
import { Saving } from './saving.ts'
import { StateFile } from './state-file.ts'

/** Options of `collector`. */
export interface CollectorOptions {
  /**
   * Where publishers connect to: `ipc://<path>` or `tcp://<address>:<port>`, one or several. Port `*` takes a free one,
   * address `*` means all of this machine. Other machines get to a tcp address that is not loopback: it needs `curve`.
   */
  readonly bind: string | readonly string[]
  /** CURVE keys; they then hold for all endpoints. */
  readonly curve?: CollectorKeys
  /**
   * After so much silence a publisher is gone: what it counted stays, its gauges and texts leave, and come back with it.
   * 100 to 3,600,000; at least three of the publisher's own intervals.
   * @default 10000
   */
  readonly goneAfterMs?: number
  /**
   * So many publishers that fell silent are kept each by itself, 0 to 100,000. Of further ones only the sums are kept: what
   * one of these counts before it comes back, if it ever does, is missing from the sums. Default: as `maxPublishers`, so that
   * all may be cut off for a while.
   */
  readonly maxGone?: number
  /** More publishers at a time are not taken, and counted; 1 to 100,000. @default 1000 */
  readonly maxPublishers?: number
  /**
   * Path of a file for what publishers have counted, so that a restarted collector goes on where this one ended,
   * however it did. Needs 64-bit Linux. Default: none; what those had counted that are gone by then is missing.
   */
  readonly state?: string
  /**
   * Called once for each failure of `state`, until it works again. Default: `process.emitWarning`. What it throws is dropped.
   */
  readonly onWarning?: (warning: PlimsollError) => void
  /** Default: the machine's clocks. */
  readonly clock?: Clock
}

/** The sums of all publishers that send to it, app by app. */
export interface Collector extends Source {
  /** Where publishers connect to, with the ports that were taken for `*`. */
  readonly endpoints: readonly string[]
  /**
   * All apps, each series with the label `app`, and the collector's own metrics under `plimsoll.zeromq`. Each process
   * is a page, whose `heartbeatAge` grows while nothing comes from it. A selection may choose by the label `app` as well.
   * Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID for an invalid selection.
   */
  read(selection?: Selection): Snapshot
  /**
   * The same in parts, for those who want one app by itself. Nothing is added up later of quantiles: of these the buckets are
   * selected.
   */
  readApps(selection?: Selection): AppSums
  /** Takes no further messages, writes the state, and frees the endpoints. What it has can still be read. */
  close(): Promise<void>
}

/** What a collector has, in parts. */
export interface AppSums {
  /** The sum of each app, with the labels that it declared; under the empty name those about several apps at once. */
  readonly apps: ReadonlyMap<string, Snapshot>
  /** The collector's own metrics. */
  readonly own: Snapshot
  /** Processes that have ended and are in the archives of fleets that are sent, one state each. */
  readonly ended: readonly EndedProcess[]
}

const heartbeatMs = 2000
const backlog = 1024

/**
 * Binds endpoints and adds up what publishers of the same app send there: counters and distributions exactly, gauges as they
 * are declared.
 *
 * Rejects with PLIMSOLL_OPTION_INVALID, PLIMSOLL_KEYS_MISSING, PLIMSOLL_STATE_UNUSABLE, PLIMSOLL_BIND_FAILED or
 * PLIMSOLL_ZEROMQ_MISSING. Whatever publishers send, it goes on. It keeps the process alive until it is closed.
 */
export async function collector(options: CollectorOptions): Promise<Collector> {
  const endpoints = checkCollectorOptions(options)
  const zeromq = loadZeroMq()
  const state = options.state === undefined ? undefined : new StateFile(options.state)
  try {
    return new LiveCollector(await openSockets(zeromq, endpoints, options.curve), state, options)
  } catch (error) {
    state?.release()
    throw error
  }
}

interface Sockets {
  /**
   * Not used, but held: a context that is collected as garbage is shut down, and then what waits for the router's events waits for
   * ever, and the process with it.
   */
  readonly context: ZeroMq.Context
  readonly router: ZeroMq.Router
  /** Answers whether a publisher may connect. */
  readonly sentinel: ZeroMq.Reply | undefined
  readonly endpoints: readonly string[]
}

async function openSockets(
  zeromq: typeof ZeroMq,
  endpoints: ReturnType<typeof checkCollectorOptions>,
  curve: CollectorKeys | undefined,
): Promise<Sockets> {
  const allowed = curve?.publishers
  const context = allowed === undefined ? zeromq.context : gated(() => new zeromq.Context())()
  const sentinel = allowed === undefined ? undefined : await answerByKeys(zeromq, context, allowed)
  const routerOptions = {
    context,
    linger: 0,
    sendTimeout: 0,
    receiveTimeout,
    backlog,
    // A collector that cannot keep up makes publishers wait, instead of queueing messages that are out of date.
    receiveHighWaterMark: 8,
    sendHighWaterMark: 8,
    maxMessageSize: maxMessageBytes,
    heartbeatInterval: heartbeatMs,
    heartbeatTimeout: 3 * heartbeatMs,
    ipv6: endpoints.some(({ isIpv6 }) => isIpv6),
    ...(curve !== undefined && { curveServer: true, curveSecretKey: curve.secretKey, zapDomain: 'plimsoll' }),
  }
  const router = openGated(() => new zeromq.Router(routerOptions))
  const bound: string[] = []
  try {
    for (const { address } of endpoints) bound.push(await bind(router, address))
  } catch (error) {
    router.close()
    sentinel?.close()
    throw error
  }
  return { context, router, sentinel, endpoints: bound }
}

const rules: OptionRules<CollectorOptions> = {
  bind: unchecked,
  curve: unchecked,
  goneAfterMs: integer(100, maxIntervalMs),
  maxGone: integer(0, 100_000),
  maxPublishers: integer(1, 100_000),
  state: [(given) => isNonEmptyText(given) && !given.includes('\0'), 'the path of a file'],
  onWarning: callback,
  clock: clockLike,
}

/** Throws for what is wrong with options, before anything is loaded. */
export function checkCollectorOptions(options: CollectorOptions): ReturnType<typeof checkEndpoint>[] {
  const where = 'collector()'
  checkOptions(where, options, rules)
  const { bind, curve } = options ?? {}
  if (curve !== undefined) checkCollectorKeys(curve, where)
  const given: readonly unknown[] = Array.isArray(bind) && bind.length > 0 ? bind : [bind]
  return given.map((endpoint) => checkEndpoint('bind', endpoint, curve !== undefined))
}

async function bind(socket: ZeroMq.Router, endpoint: string): Promise<string> {
  try {
    await bindGated(socket, endpoint)
  } catch (cause) {
    throw new PlimsollError('PLIMSOLL_BIND_FAILED', { endpoint, reason: reasonOf(cause) }, { cause })
  }
  return socket.lastEndpoint ?? endpoint
}

class LiveCollector implements Collector {
  readonly endpoints: readonly string[]
  readonly #sockets: Sockets
  readonly #clock: Clock
  readonly #publishers: Publishers
  readonly #saving: Saving | undefined
  readonly #sums = new AppMerger()
  readonly #messages = noMessages()
  readonly #ended: Promise<void>
  #handshakesRefused: number | undefined

  constructor(sockets: Sockets, state: StateFile | undefined, options: CollectorOptions) {
    const { goneAfterMs = 10_000, maxPublishers = 1000, clock = systemClock } = options
    const { maxGone = maxPublishers } = options
    this.#sockets = sockets
    this.endpoints = sockets.endpoints
    this.#clock = clock
    this.#publishers = new Publishers({ goneAfterMs, maxGone, maxPublishers })
    if (state !== undefined) {
      if (state.kept !== undefined) this.#publishers.restore(state.kept, clock.now())
      this.#saving = new Saving(state, () => this.#publishers.keep(clock.now()), options.onWarning)
    }
    if (mayWait) this.#countRefused()
    this.#ended = this.#receive()
  }

  read(selection?: Selection): Snapshot {
    const { apps, own } = this.readApps(selection)
    return selectSnapshot(joinApps(apps, own), selection)
  }

  readApps(selection?: Selection): AppSums {
    const ofParts = selection && selectionOfParts(selection)
    for (const snapshot of this.#publishers.read(this.#clock.now(), ofParts)) this.#sums.add(snapshot)
    const takenAt = this.#clock.unixTime()
    const sums = [...this.#sums.end()].map(([app, sum]) => [app, { ...sum, takenAt }] as const)
    const families = ownFamilies(this.#messages, this.#publishers.counts, this.#handshakesRefused)
    const own: Snapshot = { version: 1, takenAt, pages: [], families }
    return { apps: new Map(sums), own, ended: this.#publishers.ended() }
  }

  async close(): Promise<void> {
    const { router, sentinel } = this.#sockets
    router.close()
    sentinel?.close()
    await this.#ended
    await this.#saving?.close()
  }

  #countRefused(): void {
    this.#handshakesRefused = 0
    for (const kind of ['protocol', 'auth', 'other'] as const) {
      this.#sockets.router.events.on(`handshake:error:${kind}`, () => {
        this.#handshakesRefused = (this.#handshakesRefused ?? 0) + 1
      })
    }
  }

  async #receive(): Promise<void> {
    for await (const parts of messagesOf(this.#sockets.router)) {
      const [address, bytes, more] = parts as readonly (Buffer | undefined)[]
      const isPair = address !== undefined && bytes !== undefined && more === undefined
      this.#messages[isPair ? this.#takeSafely(address, bytes) : 'content']++
    }
  }

  /** One message that was not foreseen must not end them all. */
  #takeSafely(address: Buffer, bytes: Buffer): MessageResult {
    try {
      return this.#take(address, bytes)
    } catch {
      return 'content'
    }
  }

  #take(address: Buffer, bytes: Buffer): MessageResult {
    const message = decodeFiles(bytes)
    if (typeof message === 'string') return message
    const { archived } = this.#publishers.counts
    const { outcome, ask } = this.#publishers.take(message, this.#clock.now())
    if (outcome === 'taken') this.#saving?.note(this.#publishers.counts.archived > archived)
    if (ask) void this.#ask(address, message.publisher)
    return outcome
  }

  async #ask(address: Buffer, publisher: string): Promise<void> {
    try {
      await this.#sockets.router.send([address, encodeRequest(publisher)])
    } catch {
      // It is asked when its next message comes.
    }
  }
}
