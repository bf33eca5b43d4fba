/** Some whole lines or a whole frame, and how many numbers are in it. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly points: number
}

/**
 * What is to be sent, in order, and what was sent last: a receiver that acknowledges nothing may have lost that with its
 * connection.
 */
export class Backlog {
  readonly #maxBytes: number
  #pieces: Piece[] = []
  /** How many of them were sent. */
  #sent = 0
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The next one to send. */
  get next(): Piece | undefined {
    return this.#pieces[this.#sent]
  }

  add(piece: Piece): void {
    this.#pieces.push(piece)
    this.#bytes += piece.bytes.length
  }

  /** Takes the next one as sent. */
  advance(): void {
    this.#sent++
  }

  /** The connection was lost: what was sent over it is sent again. */
  rewind(): void {
    this.#sent = 0
  }

  /** The connection is still there: what was sent over it before has arrived. */
  forgetSent(): void {
    this.#drop(this.#sent)
  }

  /** Drops the oldest ones beyond the limit. Returns how many numbers were not sent for that. */
  trim(): number {
    let over = 0
    for (let bytes = this.#bytes; bytes > this.#maxBytes; over++) bytes -= this.#pieces[over]?.bytes.length ?? bytes
    return this.#drop(over)
  }

  /** All that was not sent, without counting any. */
  clear(): Piece[] {
    const left = this.#pieces.slice(this.#sent)
    this.#drop(this.#pieces.length)
    return left
  }

  #drop(count: number): number {
    const unsent = this.#pieces.slice(this.#sent, count)
    for (const { bytes } of this.#pieces.splice(0, count)) this.#bytes -= bytes.length
    this.#sent = Math.max(0, this.#sent - count)
    return unsent.reduce((sum, { points }) => sum + points, 0)
  }
}
