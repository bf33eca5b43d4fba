import { connect, type Socket } from 'node:net'
import { withDeadline } from './deadline.ts'

/** Where a stream goes: a host and port, or the path of a Unix socket. */
export type StreamTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** How long a connection waits. */
export interface StreamLimits {
  /** Milliseconds until a connection must be there. */
  readonly connectMs: number
  /** Milliseconds in which the receiver must make room for a piece. A dead one would else be waited for 15 minutes. */
  readonly drainMs: number
  /**
   * Milliseconds after which a connection is replaced: so a receiver that is gone without a word, as after a power cut, and a
   * name that has moved are noticed even where little is sent.
   */
  readonly maxAgeMs: number
}

const usual: StreamLimits = { connectMs: 5000, drainMs: 5000, maxAgeMs: 60_000 }

/** A connection that is made when it is used, and made again after any error. It does not keep the process alive. */
export class StreamConnection {
  readonly #target: StreamTarget
  readonly #limits: StreamLimits
  #socket: Socket | undefined
  #connectedAt = 0
  #losses = 0

  constructor(target: StreamTarget, limits: StreamLimits = usual) {
    this.#target = target
    this.#limits = limits
  }

  /** How many connections ended otherwise than by `close` or their age: what the kernel held for them may be lost. */
  get losses(): number {
    return this.#losses
  }

  /** Connects, unless it is connected. Rejects when that fails, takes too long, or `signal` is aborted. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#socket !== undefined && performance.now() - this.#connectedAt > this.#limits.maxAgeMs) this.close()
    if (this.#socket !== undefined) return
    const socket = connect(this.#target).unref()
    this.#socket = socket
    // What a receiver answers is read and dropped: else its end of the connection would not be noticed.
    socket.resume().setKeepAlive(true, 30_000)
    // Without a listener, an error between two writes would end the process.
    socket.on('error', () => {})
    socket.once('close', () => this.#forget(socket))
    // A receiver that reads no more is of no use, although one could still write.
    socket.once('end', () => this.#discard(socket))
    try {
      await withDeadline(this.#limits.connectMs, 'no connection', signal, (done) => {
        socket.once('connect', () => done())
        socket.once('error', done)
      })
    } catch (error) {
      this.#discard(socket)
      throw error
    }
    this.#connectedAt = performance.now()
  }

  /**
   * Writes and resolves once the kernel has taken it all. Rejects when the connection is lost, when the receiver makes no room
   * in time, or `signal` is aborted; then the connection is dropped, and an unknown part was sent.
   */
  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) throw new Error('the connection was closed')
    try {
      await withDeadline(this.#limits.drainMs, 'the receiver does not read', signal, (done) => {
        socket.write(bytes, (error) => done(error ?? undefined))
      })
    } catch (error) {
      this.drop()
      throw error
    }
  }

  /** Writes at the end of the process, where nothing can be waited for. Returns whether the kernel has taken it all. */
  writeAtExit(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (socket === undefined || socket.connecting || socket.destroyed || socket.writableLength > 0) return false
    socket.write(bytes)
    return socket.writableLength === 0
  }

  /** Ends the connection in good order. */
  close(): void {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined || socket.destroyed) return
    socket.end()
    // A receiver that does not end its side has this long.
    const timer = setTimeout(() => socket.destroy(), this.#limits.drainMs).unref()
    socket.once('close', () => clearTimeout(timer))
  }

  /** Ends the connection at once. */
  drop(): void {
    if (this.#socket !== undefined) this.#discard(this.#socket)
  }

  #discard(socket: Socket): void {
    this.#forget(socket)
    socket.destroy()
  }

  #forget(socket: Socket): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    this.#losses++
  }
}
