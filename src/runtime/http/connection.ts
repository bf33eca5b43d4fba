import type { Counter } from '../../metrics/kinds/counter.ts'

/** The bytes of a connection so far, as `net.Socket` has them. */
export interface ByteCounts {
  readonly bytesRead: number
  readonly bytesWritten: number
}

/** Bytes of a connection are read this often at most, in milliseconds: reading them costs more than all else of a request. */
const bytesIntervalMs = 1000

/**
 * What is kept of a connection, in place of what would have to be allocated for each request: HTTP/1.1 answers in the order
 * of the requests, so the first that began is the first that ends.
 */
export class Connection {
  /** Counts requests, by the network of the client. */
  readonly requests: Counter
  /** Requests without a complete response. */
  open = 0
  /** When the first of them began, in milliseconds. */
  private begun = Number.NaN
  /** When the others began: pipelined requests. */
  private later: number[] | undefined
  private bytesReadAt: number
  private received = 0
  private sent = 0

  constructor(requests: Counter, now: number) {
    this.requests = requests
    this.bytesReadAt = now
  }

  begin(now: number): void {
    if (this.open === 0) this.begun = now
    else if (this.later === undefined) this.later = [now]
    else this.later.push(now)
    this.open++
  }

  /** Ends the first request; returns when it began. There must be one. */
  end(): number {
    const { begun } = this
    if (--this.open > 0) this.begun = (this.later as number[]).shift() as number
    return begun
  }

  isDue(now: number): boolean {
    return now - this.bytesReadAt >= bytesIntervalMs
  }

  /** Adds what came and went since the last call. */
  countBytes({ bytesRead, bytesWritten }: ByteCounts, received: Counter, sent: Counter, now: number): void {
    received.add(bytesRead - this.received)
    sent.add(bytesWritten - this.sent)
    this.received = bytesRead
    this.sent = bytesWritten
    this.bytesReadAt = now
  }
}
