import { createSocket, type Socket } from 'node:dgram'
import { lookup as systemLookup } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { withDeadline } from './deadline.ts'

/** Finds the address of a host. */
export type Lookup = (host: string) => Promise<{ readonly address: string }>

/** Where datagrams go, and how. */
export interface DatagramOptions {
  readonly host: string
  readonly port: number
  readonly lookup?: Lookup
  /** Milliseconds after which the name is looked up again. @default 60000 */
  readonly refreshMs?: number
}

// A socket of a server holds about 90 packets of 1,432 bytes, so it may be busy for 80 ms before any is lost. Without pauses
// most of 500 are.
const burstPackets = 8
const burstBytes = burstPackets * 1432
const pauseMs = 8
/** At the end of a process, which waits meanwhile. */
const exitPauseMs = 2
/** How long the answer of a host that does not listen may take on its way back. */
const refusalMs = 5
const lookupMs = 5000

/**
 * A connected UDP socket: only such a one hears that nobody listens, and sends at the exit of a process. The name is looked up
 * when it is opened, and again in the background. It does not keep the process alive.
 */
export class Datagrams {
  readonly #options: DatagramOptions
  #socket: Socket | undefined
  #address = ''
  #lookedUpAt = 0
  #isLookingUp = false
  #error: unknown
  #packets = 0
  #bytes = 0

  constructor(options: DatagramOptions) {
    this.#options = options
  }

  /**
   * Opens the socket, unless it is open. Then asks with an empty datagram, which servers take for nothing, whether the host
   * listens: no values are wasted on one that is down. Rejects where it is not, or not found.
   */
  async open(signal: AbortSignal): Promise<void> {
    if (this.#socket === undefined) await this.#connect(await this.#find(signal), signal)
    else this.#refresh()
    await this.send([''], signal)
    await wait(refusalMs, undefined, { ref: false })
    if (this.#error === undefined) return
    const error = this.#error
    this.close()
    throw error
  }

  /**
   * Sends packets, with a pause after each burst. Rejects with the error of one of them, such as ECONNREFUSED, which may be about
   * one that was sent before; how many of the others arrived is unknown. Then the socket is closed.
   */
  async send(packets: readonly (string | Uint8Array)[], signal: AbortSignal): Promise<void> {
    const socket = this.#socket
    if (socket === undefined) throw this.#error ?? new Error('the socket is closed')
    try {
      for (const packet of packets) {
        const bytes = typeof packet === 'string' ? Buffer.from(packet) : packet
        const sent = new Promise<void>((resolve, reject) => {
          socket.send(bytes, (error) => (error ? reject(error) : resolve()))
        })
        // The error of each is taken with the burst.
        sent.catch((error: unknown) => {
          this.#error ??= error
        })
        if (this.#isBurst(bytes.length)) await this.#pause(sent, signal)
      }
      if (this.#error !== undefined) throw this.#error
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Sends at the end of the process. Returns how many packets the kernel took, as far as that can be told. */
  sendAtExit(packets: readonly (string | Uint8Array)[]): number {
    const socket = this.#socket
    if (socket === undefined) return 0
    let sent = 0
    for (const packet of packets) {
      const bytes = typeof packet === 'string' ? Buffer.from(packet) : packet
      try {
        socket.send(bytes)
      } catch {
        return sent
      }
      sent++
      if (this.#isBurst(bytes.length)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, exitPauseMs)
    }
    return sent
  }

  close(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#error = undefined
    socket?.close()
  }

  async #find(signal: AbortSignal): Promise<string> {
    const { host, lookup = systemLookup } = this.#options
    let address = ''
    await withDeadline(lookupMs, `${host} not found`, signal, (done) => {
      lookup(host).then((found) => {
        address = found.address
        done()
      }, done)
    })
    return address
  }

  async #connect(address: string, signal: AbortSignal): Promise<void> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4').unref()
    try {
      await withDeadline(lookupMs, 'no socket', signal, (done) => {
        socket.once('error', done)
        // Where the address is a name that is not found, the callback gets the error.
        socket.connect(this.#options.port, address, done)
      })
    } catch (error) {
      socket.close()
      throw error
    }
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#error ??= error
    })
    const before = this.#socket
    this.#socket = socket
    this.#error = undefined
    this.#address = address
    this.#lookedUpAt = performance.now()
    before?.close()
  }

  /** Follows a name that has moved, without delaying what is sent now. */
  #refresh(): void {
    const { host, refreshMs = 60_000, lookup = systemLookup } = this.#options
    if (this.#isLookingUp || performance.now() - this.#lookedUpAt < refreshMs) return
    this.#isLookingUp = true
    this.#lookedUpAt = performance.now()
    void lookup(host)
      .then(async ({ address }) => {
        if (address !== this.#address && this.#socket !== undefined)
          await this.#connect(address, new AbortController().signal)
      })
      // The address that is known may still be right.
      .catch(() => {})
      .finally(() => {
        this.#isLookingUp = false
      })
  }

  #isBurst(bytes: number): boolean {
    this.#packets++
    this.#bytes += bytes
    if (this.#packets < burstPackets && this.#bytes < burstBytes) return false
    this.#packets = 0
    this.#bytes = 0
    return true
  }

  async #pause(sent: Promise<void>, signal: AbortSignal): Promise<void> {
    await sent
    await wait(pauseMs, undefined, { ref: false })
    signal.throwIfAborted()
  }
}
