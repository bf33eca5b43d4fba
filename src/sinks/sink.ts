import { PlimsollError, reasonOf } from '../errors.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** How a sink can be made again, by `openSink()`, in another thread. Plain data. */
export interface SinkDescription {
  /** The URL of the receiver. */
  readonly to: string
  /** The options of the sink. */
  readonly options: Readonly<Record<string, unknown>>
}

/** What a sink reports while it sends. */
export interface Delivery {
  /** Aborted at the deadline: the sink drops its connection and rejects. */
  readonly signal: AbortSignal
  /** Counts bytes that were handed to the receiver. */
  sent(bytes: number): void
  /** Counts series, samples or lines that no later send contains, by reason: a few constant texts. */
  lost(amount: number, reason: string): void
}

/**
 * A receiver of snapshots. `report()` calls its methods one at a time, so a sink needs no lock and at most one payload is in
 * flight. Making one opens no connection: the first `send` does. A sink shares no state with another one; whether it sends
 * totals or what came since the last acknowledged send is its own business.
 */
export interface Sink {
  /** Where it sends to, as in `graphite 127.0.0.1:2003`: in warnings, and as the label `sink` of `plimsoll.sink.*`. */
  readonly name: string
  /** Absent where it cannot be made in another thread, as it has functions of the app. */
  readonly description?: SinkDescription
  /**
   * Sends a snapshot. Resolves once the receiver has acknowledged it or, where a protocol has no acknowledgement, the kernel
   * has taken it. Rejects otherwise, best with {@link sinkError}; it is called again with a later snapshot. Its sockets must not
   * keep the process alive.
   */
  send(snapshot: Snapshot, delivery: Delivery): PromiseLike<void> | void
  /**
   * The last values, where the process ends and nothing asynchronous runs any more. May be called while a `send` is under
   * way, which then does not go on.
   */
  sendAtExit?(snapshot: Snapshot, delivery: Delivery): void
  /** Closes the connection; called once, after the last `send`. */
  close?(delivery: Delivery): PromiseLike<void> | void
}

/** What the error of a failed send may tell `report()`. */
export interface SinkErrorDetails {
  /** Milliseconds for which the receiver wants to be left alone: Retry-After. */
  readonly retryAfterMs?: number
  /** Whether the receiver is there and refuses what was sent: the next interval tries with new values, without backoff. */
  readonly isPermanent?: boolean
  /** The underlying error. */
  readonly cause?: unknown
}

/** The error of a failed send: PLIMSOLL_SINK_FAILED. */
export interface SinkError extends PlimsollError, Omit<SinkErrorDetails, 'cause'> {
  /** What went wrong. */
  readonly reason: string
}

/**
 * The error with which `send` rejects. `reason` is a short text, the same for the same fault: each is reported once until the
 * sink works again, and is a label of `plimsoll.sink.failures`.
 */
export function sinkError(sink: string, reason: string, details: SinkErrorDetails = {}): SinkError {
  const { cause, ...rest } = details
  return Object.assign(new PlimsollError('PLIMSOLL_SINK_FAILED', { sink, reason }, { cause }), { reason, ...rest })
}

/** What a sink rejected with, as the error of a failed send. */
export function asSinkError(sink: string, error: unknown): SinkError {
  if (error instanceof PlimsollError && error.code === 'PLIMSOLL_SINK_FAILED' && 'reason' in error)
    return error as SinkError
  const { retryAfterMs, isPermanent } = Object(error) as SinkErrorDetails
  const details = { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(isPermanent && { isPermanent }) }
  return sinkError(sink, reasonOf(error), { ...details, cause: error })
}
