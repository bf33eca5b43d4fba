import { type Clock, systemClock } from '../clock.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { asSinkError, type Delivery, type Sink, type SinkError, sinkError } from './sink.ts'

/** What became of a send, for `plimsoll.sink.*`. */
export type SinkEvent =
  | { readonly sink: string; readonly sent: true; readonly seconds: number; readonly bytes: number }
  | { readonly sink: string; readonly failed: string; readonly seconds: number; readonly bytes: number }
  | { readonly sink: string; readonly lost: number; readonly reason: string }

/** Takes what lanes report. */
export interface Listener {
  count(event: SinkEvent): void
  /** Called when the state of a sink changes: with the error when it fails for a reason that is new, with none when it works again. */
  onChange(sink: string, error: SinkError | undefined): void
}

/** How a lane tries. */
export interface LaneOptions {
  /** Milliseconds that one send may take. */
  readonly deadlineMs: number
  /** Milliseconds of an interval: the unit of the backoff. */
  readonly intervalMs: number
  readonly clock?: Clock
  readonly random?: () => number
}

/** A receiver that is down is tried at least so often, or each interval where that is longer. */
const maxBackoffMs = 60_000
const maxReasons = 5
/** How many intervals are left out at most doubles with each failure up to this. */
const maxDoublings = 10

/**
 * One sink with its state: one payload in flight, a deadline for it, and after a failure a pause that doubles. Never throws.
 * A sink that ignores its deadline stays busy until its promise settles: it costs one snapshot, and delays no other sink.
 */
export class Lane {
  readonly sink: Sink
  readonly #options: LaneOptions
  readonly #listener: Listener
  readonly #clock: Clock
  /** The send under way, until its deadline at the latest. */
  #sending: Promise<void> | undefined
  /** Whether the sink's own promise is not settled. */
  #isBusy = false
  #failures = 0
  #notBefore = 0
  /** Why it has failed since it last worked; a few, as a text may be different each time. */
  readonly #reasons = new Set<string>()
  #isClosed = false

  constructor(sink: Sink, options: LaneOptions, listener: Listener) {
    this.sink = sink
    this.#options = options
    this.#listener = listener
    this.#clock = options.clock ?? systemClock
  }

  /** Whether it takes a snapshot at this beat. */
  get isDue(): boolean {
    // A timer may fire a little early.
    return this.isFree && this.#clock.now() >= this.#notBefore - 2
  }

  /** Whether nothing is under way. */
  get isFree(): boolean {
    return !this.#isBusy && !this.#isClosed
  }

  /** The end of the send under way; `undefined` where none is. */
  get sending(): Promise<void> | undefined {
    return this.#sending
  }

  /** Sends a snapshot. Resolves when that ended, well or badly, or at the deadline. To be called when nothing is under way. */
  send(snapshot: Snapshot): Promise<void> {
    this.#sending = this.#run('send', (delivery) => this.sink.send(snapshot, delivery)).finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  /** The last values at the end of the process. */
  sendAtExit(snapshot: Snapshot): void {
    if (this.#isClosed || this.sink.sendAtExit === undefined) return
    const delivery = new LiveDelivery(this.sink.name, this.#listener, new AbortController().signal)
    const startedAt = this.#clock.now()
    try {
      this.sink.sendAtExit(snapshot, delivery)
      this.#count(true, delivery, startedAt)
    } catch (error) {
      this.#count(asSinkError(this.sink.name, error).reason, delivery, startedAt)
    }
  }

  /** Closes the sink. Resolves at the deadline at the latest. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { sink } = this
    if (sink.close !== undefined) await this.#run('close', (delivery) => sink.close?.(delivery))
  }

  async #run(what: 'send' | 'close', work: (delivery: Delivery) => PromiseLike<void> | void): Promise<void> {
    const { deadlineMs } = this.#options
    const deadline = new AbortController()
    const delivery = new LiveDelivery(this.sink.name, this.#listener, deadline.signal)
    const startedAt = this.#clock.now()
    let timer: NodeJS.Timeout | undefined
    this.#isBusy = true
    const ended = Promise.resolve()
      .then(() => work(delivery))
      .finally(() => {
        this.#isBusy = false
      })
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = sinkError(this.sink.name, `no answer within ${deadlineMs / 1000} s`)
        reject(error)
        deadline.abort(error)
      }, deadlineMs).unref()
    })
    try {
      await Promise.race([ended, late])
      if (what === 'send') this.#succeed(delivery, startedAt)
    } catch (error) {
      this.#fail(asSinkError(this.sink.name, error), delivery, startedAt)
    } finally {
      clearTimeout(timer)
      delivery.end()
    }
  }

  #succeed(delivery: LiveDelivery, startedAt: number): void {
    this.#failures = 0
    this.#notBefore = 0
    this.#count(true, delivery, startedAt)
    if (this.#reasons.size === 0) return
    this.#reasons.clear()
    this.#listener.onChange(this.sink.name, undefined)
  }

  #fail(error: SinkError, delivery: LiveDelivery, startedAt: number): void {
    const { intervalMs, random = Math.random } = this.#options
    const doublings = Math.min(this.#failures++, maxDoublings)
    const most = Math.max(maxBackoffMs, intervalMs)
    // Up to a quarter less, so that many processes do not come back at the same moment.
    const backoff = error.isPermanent ? 0 : Math.min(intervalMs * 2 ** doublings, most) * (1 - random() / 4)
    this.#notBefore = this.#clock.now() + Math.max(backoff, error.retryAfterMs ?? 0)
    this.#count(error.reason, delivery, startedAt)
    if (this.#reasons.has(error.reason) || this.#reasons.size >= maxReasons) return
    this.#reasons.add(error.reason)
    this.#listener.onChange(this.sink.name, error)
  }

  #count(outcome: true | string, { bytes }: LiveDelivery, startedAt: number): void {
    const head = { sink: this.sink.name, seconds: (this.#clock.now() - startedAt) / 1000, bytes }
    this.#listener.count(outcome === true ? { ...head, sent: true } : { ...head, failed: outcome })
  }
}

class LiveDelivery implements Delivery {
  readonly signal: AbortSignal
  bytes = 0
  readonly #sink: string
  readonly #listener: Listener
  #isOpen = true

  constructor(sink: string, listener: Listener, signal: AbortSignal) {
    this.#sink = sink
    this.#listener = listener
    this.signal = signal
  }

  sent(bytes: number): void {
    if (this.#isOpen) this.bytes += bytes
  }

  lost(amount: number, reason: string): void {
    if (amount > 0) this.#listener.count({ sink: this.#sink, lost: amount, reason })
  }

  /** What a sink does after its deadline is not counted as bytes of that send. */
  end(): void {
    this.#isOpen = false
  }
}
