import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { isMainThread, threadId } from 'node:worker_threads'
import type { Dealer } from 'zeromq'
import { systemClock } from '../clock.ts'
import { checkIsOptions, optionCheck, optionInvalid, PlimsollError, reasonOf } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import { onProcessEnd } from '../os/process-end.ts'
import { type OnWarning, warn } from '../os/warning.ts'
import { appName, writerLine } from '../page/write/identity.ts'
import type { PageInfo, Snapshot, Source } from '../snapshot/snapshot.ts'
import { changesSince, nothingTold, type Told } from './changes.ts'
import { checkEndpoint } from './endpoint.ts'
import { openGated } from './gated-socket.ts'
import { checkPublisherKeys, newKeyPair, type PublisherKeys } from './keys.ts'
import { loadZeroMq } from './load.ts'
import { encodeValues, isRequestTo, largestMessageBytes, longestIntervalMs, wireOf } from './message.ts'
import { checkWhole } from './options.ts'

/** What `publisher` may be told. */
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
  /** Takes each kind of trouble once, until it is over. Default: `process.emitWarning`. What it throws is dropped. */
  readonly onWarning?: OnWarning
}

/** A source that is sent to an collector. */
export interface Publisher {
  /** What is wrong now: PLIMSOLL_COLLECTOR_UNREACHABLE, PLIMSOLL_MESSAGE_TOO_LARGE or PLIMSOLL_SOURCE_UNREADABLE. */
  readonly error: PlimsollError | undefined
  /**
   * Sends the last values, and that there will be no more. The end of the process does the same by itself, and takes 20 ms
   * longer for it; after a signal that kills it, what it counted since the last message is missing.
   */
  close(): Promise<void>
}

const fullEveryMs = 60_000
const heartbeatMs = 2000
const ownHost = hostname()
/** How long the last message may take after close(). */
const lingerMs = 250
/** How long the end of a process waits for it. */
const lastMs = 20
/** So long without a message taken is no accident any more. */
const patienceMs = 10_000
/** The first message goes once the connection can stand. */
const firstMs = 100
/** Requests that are read at a time; one is enough. */
const maxRequests = 100

/**
 * Sends a source to an collector: what changed since the last message, all of it at first, each minute, and when the
 * collector asks, because it is new or a message was lost. Messages that cannot be sent are not kept: the next one has
 * their changes, too. So the sum may be late, never wrong.
 *
 * Call it once in each process, cluster worker or thread. It never keeps one alive; recording costs nothing more, as the
 * source is read once an interval. Rejects with PLIMSOLL_OPTION_INVALID, PLIMSOLL_KEYS_MISSING or PLIMSOLL_ZEROMQ_MISSING,
 * and nothing that happens later reaches the app, but as a warning.
 */
export async function publisher(options: PublisherOptions): Promise<Publisher> {
  const where = 'publisher()'
  checkIsOptions(where, options)
  const { connect, curve, intervalMs = 1000, source, app, onWarning } = options ?? {}
  if (curve !== undefined) checkPublisherKeys(curve, where)
  checkWhole(where, 'intervalMs', intervalMs, 50, longestIntervalMs)
  if (source !== undefined && typeof source?.read !== 'function') {
    throw optionInvalid('source', where, source, 'a registry, or anything with read()')
  }
  if (app !== undefined && (typeof app !== 'string' || app === '')) throw optionInvalid('app', where, app, 'a name')
  optionCheck(where)('onWarning', onWarning, typeof onWarning === 'function', 'a function')
  const endpoint = checkEndpoint('connect', connect, curve !== undefined)
  const zeromq = loadZeroMq()
  const keys = curve === undefined ? undefined : (curve.own ?? (await newKeyPair()))
  const dealerOptions = {
    // Nothing is kept for an collector that is not there, and little for one that is slow: it would be out of date.
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

/** What a publisher said last, for the next one of the same source: what it counted is in the sum of the collector. */
interface LastWords {
  readonly id: string
  readonly sequence: number
  readonly snapshot: Snapshot
}

/** By source and endpoint. */
const lastWords = new WeakMap<Source, Map<string, LastWords>>()

class LivePublisher implements Publisher {
  error: PlimsollError | undefined
  readonly #socket: Dealer
  readonly #source: Source
  readonly #endpoint: string
  readonly #onWarning: OnWarning | undefined
  readonly #intervalMs: number
  readonly #id: string
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #forgetEnd: () => void
  /** For a source that names no process. */
  readonly #page: PageInfo
  #told: Told = nothingTold
  #sequence: number
  /** What is sent first, so that the collector sees what came since then: it only knows of the earlier one that it is in the sum. */
  #resumed: Snapshot | undefined
  #fullAt = Number.NEGATIVE_INFINITY
  #sentAt = systemClock.now()
  #isBusy = false
  #isOpen = true

  constructor(socket: Dealer, options: PublisherOptions, intervalMs: number) {
    this.#socket = socket
    this.#source = options.source ?? defaultRegistry
    this.#endpoint = options.connect
    this.#onWarning = options.onWarning
    this.#intervalMs = intervalMs
    const before = lastWords.get(this.#source)
    const last = before?.get(this.#endpoint)
    before?.delete(this.#endpoint)
    this.#id = last?.id ?? randomBytes(16).toString('hex')
    this.#sequence = last?.sequence ?? 0
    this.#resumed = last?.snapshot
    const { pid, tid, app, host, startedAt } = writerLine(options.app ?? appName(), systemClock.unixTime())
    this.#page = { file: null, pid, tid, app, host, startedAt, state: 'live', heartbeatAge: 0, endedAt: null }
    const tick = (): void => void this.#tick()
    this.#timers = [setTimeout(tick, Math.min(firstMs, intervalMs)), setInterval(tick, intervalMs)]
    for (const timer of this.#timers) timer.unref()
    this.#forgetEnd = onProcessEnd(() => this.#endWithProcess())
  }

  async close(): Promise<void> {
    if (!this.#leave()) return
    try {
      const snapshot = await this.#source.read()
      await this.#resume()
      if (this.#resumed === undefined) await this.#send(snapshot, true)
      this.#remember(snapshot)
    } catch {
      // The collector notices by itself that there is no more.
    }
    this.#socket.close()
  }

  /** When nobody can wait for anything any more. */
  #endWithProcess(): void {
    if (!this.#leave()) return
    try {
      const snapshot = this.#source.read()
      const isConnected = this.#socket.writable
      this.#resume().catch(() => {})
      if (!('then' in snapshot)) this.#send(snapshot, true).catch(() => {})
      this.#socket.close()
      // process.exit() stops zeromq's thread wherever it is: without this one in a hundred last messages did not go.
      if (isConnected && isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastMs)
    } catch {
      // As above.
    }
  }

  #remember(snapshot: Snapshot): void {
    const words = lastWords.get(this.#source) ?? new Map<string, LastWords>()
    lastWords.set(this.#source, words)
    words.set(this.#endpoint, { id: this.#id, sequence: this.#sequence, snapshot: this.#resumed ?? snapshot })
  }

  /** Tells anew what the publisher before this one told last, until that has gone; gives what is wrong. */
  async #resume(): Promise<PlimsollError | undefined> {
    if (this.#resumed === undefined) return undefined
    const sequence = this.#sequence
    const error = await this.#send(this.#resumed, false)
    if (this.#sequence > sequence) this.#resumed = undefined
    return error
  }

  #leave(): boolean {
    const wasOpen = this.#isOpen
    this.#isOpen = false
    for (const timer of this.#timers) clearTimeout(timer)
    this.#forgetEnd()
    return wasOpen
  }

  async #tick(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await this.#hear()
      if (this.#resumed !== undefined) this.#report(await this.#resume())
      const snapshot = await this.#source.read()
      if (this.#isOpen && this.#resumed === undefined) this.#report(await this.#send(snapshot, false))
    } catch (cause) {
      const values = { endpoint: this.#endpoint, reason: reasonOf(cause) }
      this.#report(new PlimsollError('PLIMSOLL_SOURCE_UNREADABLE', values, { cause }))
    }
    this.#isBusy = false
  }

  /** Takes in what the collector has asked for. */
  async #hear(): Promise<void> {
    for (let i = 0; i < maxRequests; i++) {
      try {
        const [bytes] = await this.#socket.receive()
        if (bytes !== undefined && isRequestTo(this.#id, bytes)) this.#fullAt = Number.NEGATIVE_INFINITY
      } catch {
        // There is no other one: the socket does not wait.
        return
      }
    }
  }

  /** Sends what changed, without a turn of the event loop before; gives what is wrong. */
  async #send(snapshot: Snapshot, isLast: boolean): Promise<PlimsollError | undefined> {
    const now = systemClock.now()
    // The last one is full: nobody could ask for what is missing.
    const isFull = isLast || now - this.#fullAt >= fullEveryMs
    const pages = snapshot.pages.length > 0 ? snapshot.pages : [this.#page]
    const { told, ...changes } = changesSince(isFull ? nothingTold : this.#told, snapshot, pages)
    const bytes = encodeValues({
      ...changes,
      isFull,
      isLast,
      isOfOthers: pages.some(isOfOthers),
      publisher: this.#id,
      sequence: this.#sequence + 1,
      sentAt: now,
      intervalMs: this.#intervalMs,
    })
    const wire = wireOf(bytes, !isMainThread)
    if (wire.length > largestMessageBytes) {
      const values = { bytes: wire.length, endpoint: this.#endpoint, most: largestMessageBytes }
      return new PlimsollError('PLIMSOLL_MESSAGE_TOO_LARGE', values)
    }
    const before = { told: this.#told, sequence: this.#sequence }
    // At once, as the process may end before it is known that the message went.
    this.#told = told
    this.#sequence++
    try {
      await this.#socket.send(wire)
    } catch (cause) {
      // Nothing is lost: the next one has all that changed since the last one that went.
      this.#told = before.told
      this.#sequence = before.sequence
      if (now - this.#sentAt < patienceMs) return this.error
      const values = { endpoint: this.#endpoint, seconds: Math.round((now - this.#sentAt) / 1000) }
      return new PlimsollError('PLIMSOLL_COLLECTOR_UNREACHABLE', values, { cause })
    }
    this.#sentAt = now
    if (isFull) this.#fullAt = now
    return undefined
  }

  #report(error: PlimsollError | undefined): void {
    const isNew = error !== undefined && error.code !== this.error?.code
    this.error = error
    if (isNew) warn(error, this.#onWarning)
  }
}

/** Whether a page goes on without this process and thread. */
function isOfOthers({ pid, tid, host }: PageInfo): boolean {
  return pid !== process.pid || tid !== threadId || host !== ownHost
}
