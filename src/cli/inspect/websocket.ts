import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'

/** A connection that sends and takes texts. */
export interface TextSocket {
  send(text: string): void
  close(): void
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>
}

const maxLength = 2 ** 29
const connectMs = 5000

/**
 * A client of the part of WebSocket (RFC 6455) that the inspector of Node speaks, as Node 20 has none: whole texts, with no
 * extensions. Rejects where the server does not answer or does not speak it.
 */
export async function connectTextSocket(url: URL, onText: (text: string) => void): Promise<TextSocket> {
  const asked = request(`http://${url.host}${url.pathname}`, {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    },
    agent: false,
  })
  asked.on('response', () => asked.destroy(new Error('the inspector refused the connection')))
  asked.end()
  const [, socket, head] = (await once(asked, 'upgrade', { signal: AbortSignal.timeout(connectMs) })) as [
    unknown,
    Duplex,
    Buffer,
  ]
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const reader = new FrameReader(onText, () => socket.end())
  socket.on('error', () => socket.destroy())
  socket.on('data', (piece: Buffer) => reader.add(piece))
  reader.add(head)
  return {
    send: (text) => socket.write(frame(1, Buffer.from(text))),
    close: () => socket.end(frame(8, Buffer.alloc(0))),
    closed,
  }
}

/** One whole frame, masked as those of clients are. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + size)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  const mask = randomBytes(4)
  const masked = payload.map((byte, i) => byte ^ (mask[i & 3] as number))
  return Buffer.concat([head, mask, masked])
}

/** Puts texts together from what comes. */
class FrameReader {
  #pieces: Buffer[] = []
  #length = 0
  #texts: Buffer[] = []
  readonly #onText: (text: string) => void
  readonly #onEnd: () => void

  constructor(onText: (text: string) => void, onEnd: () => void) {
    this.#onText = onText
    this.#onEnd = onEnd
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    while (this.#take()) {
      // Several may have come at once.
    }
  }

  #take(): boolean {
    if (this.#length < 2) return false
    const head = this.#joined(Math.min(this.#length, 10))
    const short = (head[1] as number) & 0x7f
    const start = short < 126 ? 2 : short === 126 ? 4 : 10
    if (head.length < start) return false
    const length = short < 126 ? short : short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
    if (length > maxLength) {
      this.#onEnd()
      return false
    }
    if (this.#length < start + length) return false
    const all = this.#joined(this.#length)
    this.#pieces = [all.subarray(start + length)]
    this.#length -= start + length
    this.#use(head[0] as number, all.subarray(start, start + length))
    return true
  }

  #use(first: number, payload: Buffer): void {
    const opcode = first & 0x0f
    if (opcode === 8) this.#onEnd()
    if (opcode > 1) return
    this.#texts.push(payload)
    if ((first & 0x80) === 0) return
    const text = Buffer.concat(this.#texts).toString()
    this.#texts = []
    this.#onText(text)
  }

  /** The first piece, long enough for so many bytes; pieces are joined only where they have to be. */
  #joined(length: number): Buffer {
    const [first] = this.#pieces
    if (first !== undefined && first.length >= length) return length <= 10 ? first.subarray(0, 10) : first
    const all = Buffer.concat(this.#pieces)
    this.#pieces = [all]
    return length <= 10 ? all.subarray(0, 10) : all
  }
}
