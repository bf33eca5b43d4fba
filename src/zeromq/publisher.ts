import { isMainThread } from 'node:worker_threads'
import type { Dealer } from 'zeromq'
import { systemClock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { ownApp } from '../fleet/own-app.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import { callback, checkOptions, integer, nonEmptyText, type OptionRules, readable, unchecked } from '../options.ts'
import { onProcessEnd } from '../os/process-end.ts'
import { type OnWarning, warn } from '../os/warning.ts'
import { Schedule } from '../schedule.ts'
import type { Source } from '../snapshot/snapshot.ts'
import { checkEndpoint } from './endpoint.ts'
import { openGated } from './gated-socket.ts'
import { checkPublisherKeys, newKeyPair, type PublisherKeys } from './keys.ts'
import { loadZeroMq } from './load.ts'
import { encodeFiles, isRequestTo, maxIntervalMs, maxMessageBytes, type SentFile, wireOf } from './message.ts'
import { keepSent, type Sent, sentOf } from './sent.ts'

/** Options of `publisher`. */
export interface PublisherOptions {
  /**
   * Where the collector is: `ipc://<path>` or `tcp://<host>:<port>`. It need not run yet. A host that is not loopback needs
   * `curve`.
   */
  readonly connect: string
  /** What is sent: a registry, a fleet, any source. Default: the registry behind `counter()`, `timer()` and so on. */
  readonly source?: Source
  /** How often, in milliseconds, 50 to 3,600,000. @default 1000 */
  readonly intervalMs?: number
  /** CURVE keys. */
  readonly curve?: PublisherKeys
  /** Names the process where the source is no published registry. Default: as `publish()` has it. */
  readonly app?: string
  /** Called once for each kind of failure, until it is over. Default: `process.emitWarning`. What it throws is dropped. */
  readonly onWarning?: OnWarning
}

const rules: OptionRules<PublisherOptions> = {
  connect: unchecked,
  source: readable,
  intervalMs: integer(50, maxIntervalMs),
  curve: unchecked,
  app: nonEmptyText,
  onWarning: callback,
}

/** A source that is sent to a collector. */
export interface Publisher {
  /**
   * What is wrong now: PLIMSOLL_COLLECTOR_UNREACHABLE, PLIMSOLL_MESSAGE_TOO_LARGE, PLIMSOLL_SOURCE_UNREADABLE, or
   * PLIMSOLL_PAGE_FULL where further series of an unpublished registry are not sent.
   */
  readonly error: PlimsollError | undefined
  /**
   * Sends the last values, and that there will be no more. The end of the process does the same by itself, and takes 20 ms
   * longer for it; after a signal that kills it, what it counted since the last message is missing.
   */
  close(): Promise<void>
}

const heartbeatMs = 2000
/** How long the last message may take after close(). */
const lingerMs = 250
/** How long the end of a process waits for it. */
const lastMs = 20
/** After this time without an accepted message, the collector counts as unreachable. */
const patienceMs = 10_000
/** The first message goes once the connection can stand. */
const firstMs = 100
/** Requests that are read at a time; one is enough. */
const maxRequests = 100

/**
 * Sends a source to a collector: the bytes of its pages that changed since the last message; all of them at first, and when
 * the collector asks, because it is new or a message was lost. Messages that cannot be sent are not kept: the next one has
 * their changes, too. So the sum may be late, never wrong.
 *
 * A registry that is not published gets a page in memory for it. Any other source than a registry or a fleet is sent whole
 * each time, as JSON.
 *
 * Call it once in each process, cluster worker or thread. It never keeps one alive; recording costs nothing more. Rejects
 * with PLIMSOLL_OPTION_INVALID, PLIMSOLL_KEYS_MISSING or PLIMSOLL_ZEROMQ_MISSING, and nothing that happens later reaches the
 * app, but as a warning.
 */
export async function publisher(options: PublisherOptions): Promise<Publisher> {
  const where = 'publisher()'
  checkOptions(where, options, rules)
  const { connect, curve, intervalMs = 1000 } = options ?? {}
  if (curve !== undefined) checkPublisherKeys(curve, where)
  const endpoint = checkEndpoint('connect', connect, curve !== undefined)
  const zeromq = loadZeroMq()
  const keys = curve === undefined ? undefined : (curve.own ?? (await newKeyPair()))
  const dealerOptions = {
    // Nothing is kept for a collector that is not there, and little for one that is slow: it would be out of date.
    immediate: true,
    sendHighWaterMark: 4,
    receiveHighWaterMark: 2,
    sendTimeout: 0,
    receiveTimeout: 0,
    linger: lingerMs,
    maxMessageSize: 1024,
    heartbeatInterval: heartbeatMs,
    heartbeatTimeout: 3 * heartbeatMs,
    reconnectInterval: 100,
    reconnectMaxInterval: 5000,
    ipv6: endpoint.isIpv6,
    ...(keys !== undefined && {
      curvePublicKey: keys.publicKey,
      curveSecretKey: keys.secretKey,
      curveServerKey: curve?.serverKey ?? null,
    }),
  }
  const socket = openGated(() => new zeromq.Dealer(dealerOptions))
  socket.connect(connect)
  return new LivePublisher(socket, options, intervalMs)
}

class LivePublisher implements Publisher {
  error: PlimsollError | undefined
  readonly #socket: Dealer
  readonly #source: Source
  readonly #endpoint: string
  readonly #onWarning: OnWarning | undefined
  readonly #intervalMs: number
  readonly #schedule: Schedule
  readonly #forgetEnd: () => void
  readonly #sent: Sent
  /**
   * Whether the collector needs whole files. It gets those that were sent last, and what changed since then in a message of
   * its own: a collector that has archived this publisher counts only what comes behind the full message.
   */
  #wantsFull = true
  #sentAt = systemClock.now()
  #isOpen = true

  constructor(socket: Dealer, options: PublisherOptions, intervalMs: number) {
    this.#socket = socket
    this.#source = options.source ?? defaultRegistry
    this.#endpoint = options.connect
    this.#onWarning = options.onWarning
    this.#intervalMs = intervalMs
    this.#sent = sentOf(this.#source, this.#endpoint, options.app ?? ownApp())
    this.#schedule = new Schedule(() => this.#tick(), {
      intervalMs,
      firstMs: Math.min(firstMs, intervalMs),
      onChange: (error) => this.#report(error as PlimsollError | undefined),
    })
    this.#forgetEnd = onProcessEnd(() => this.#endWithProcess())
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    await this.#leave()
    try {
      await this.#sendLast(await this.#sent.source.files(this.#sent.files))
    } catch {
      // The collector notices by itself that there is no more.
    }
    this.#sent.source.close()
    keepSent(this.#source, this.#endpoint, this.#sent)
    this.#socket.close()
  }

  /** When nobody can wait for anything any more. */
  #endWithProcess(): void {
    if (!this.#isOpen) return
    void this.#leave()
    try {
      const isConnected = this.#socket.writable
      const files = this.#sent.source.files(this.#sent.files)
      if (!('then' in files)) this.#sendLast(files).catch(() => {})
      this.#socket.close()
      // process.exit() stops zeromq's thread wherever it is: without this one in a hundred last messages did not go.
      if (isConnected && isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastMs)
    } catch {
      // As above.
    }
  }

  /** Gives the end of a message that is under way. */
  #leave(): Promise<void> | undefined {
    this.#isOpen = false
    this.#forgetEnd()
    return this.#schedule.stop()
  }

  async #tick(): Promise<void> {
    await this.#hear()
    try {
      await this.#sendChanges()
    } catch (error) {
      const isUnreachable = (error as PlimsollError).code === 'PLIMSOLL_COLLECTOR_UNREACHABLE'
      // It may be busy for a short while, or be restarting.
      if (!isUnreachable || systemClock.now() - this.#sentAt >= patienceMs) throw error
    }
  }

  /** Takes in what the collector has asked for. */
  async #hear(): Promise<void> {
    for (let i = 0; i < maxRequests; i++) {
      try {
        const [bytes] = await this.#socket.receive()
        if (bytes !== undefined && isRequestTo(this.#sent.id, bytes)) this.#wantsFull = true
      } catch {
        // There is no other one: the socket does not wait.
        return
      }
    }
  }

  async #sendChanges(): Promise<void> {
    const { files: copies, source } = this.#sent
    if (this.#wantsFull && copies.size > 0) await this.#sendFull()
    const files = await this.#readFiles()
    if (this.#wantsFull) {
      // Nothing was sent before.
      copies.apply({ isFull: true, files })
      await this.#sendFull()
    } else {
      // Where it cannot be sent, the next message has all that changed since the last one that went.
      await this.#send(files, {})
      copies.apply({ isFull: false, files })
    }
    if (source.error !== undefined) throw source.error
  }

  async #readFiles(): Promise<readonly SentFile[]> {
    try {
      const files = await this.#sent.source.files(this.#sent.files)
      this.#sent.takenAt = systemClock.unixTime()
      return files
    } catch (cause) {
      const values = { endpoint: this.#endpoint, reason: reasonOf(cause) }
      throw new PlimsollError('PLIMSOLL_SOURCE_UNREADABLE', values, { cause })
    }
  }

  async #sendFull(): Promise<void> {
    await this.#send(this.#sent.files.whole(), { isFull: true })
    this.#wantsFull = false
  }

  /** The last message is full: nobody could ask for what is missing. All goes without a turn of the event loop before. */
  async #sendLast(files: readonly SentFile[]): Promise<void> {
    const { files: copies } = this.#sent
    const before = this.#wantsFull && copies.size > 0 ? this.#sendFull() : undefined
    copies.apply({ isFull: false, files })
    this.#sent.takenAt = systemClock.unixTime()
    await Promise.all([before, this.#send(copies.whole(), { isFull: true, isLast: true })])
  }

  /** Throws a PlimsollError; the message has no number then. */
  async #send(
    files: readonly SentFile[],
    { isFull = false, isLast = false }: { readonly isFull?: boolean; readonly isLast?: boolean },
  ): Promise<void> {
    const sent = this.#sent
    const now = systemClock.now()
    const { id: publisher, takenAt } = sent
    const { isOfOthers, ended } = sent.source
    const head = { isFull, isLast, isOfOthers, publisher, sequence: sent.sequence + 1, takenAt, ended }
    const wire = wireOf(encodeFiles({ ...head, sentAt: now, intervalMs: this.#intervalMs, files }), !isMainThread)
    if (wire.length > maxMessageBytes) {
      const values = { bytes: wire.length, endpoint: this.#endpoint, max: maxMessageBytes }
      throw new PlimsollError('PLIMSOLL_MESSAGE_TOO_LARGE', values)
    }
    // At once, as the process may end before it is known that the message went.
    sent.sequence++
    try {
      await this.#socket.send(wire)
      this.#sentAt = now
    } catch (cause) {
      // Where another one has followed meanwhile, the last one, the collector asks nobody.
      if (sent.sequence === head.sequence) sent.sequence--
      const values = { endpoint: this.#endpoint, seconds: Math.round((now - this.#sentAt) / 1000) }
      throw new PlimsollError('PLIMSOLL_COLLECTOR_UNREACHABLE', values, { cause })
    }
  }

  #report(error: PlimsollError | undefined): void {
    this.error = error
    if (error !== undefined) warn(error, this.#onWarning)
  }
}
