import type * as ZeroMq from 'zeromq'
import { bindGated, openGated } from './gated-socket.ts'
import { messagesOf, receiveTimeout } from './receive.ts'

/**
 * Answers ZeroMQ's questions whether a publisher may connect, by its public key (https://rfc.zeromq.org/spec/27/). Only one
 * can answer in a context, and it must do so before the socket is bound that asks.
 */
export async function answerByKeys(
  zeromq: typeof ZeroMq,
  context: ZeroMq.Context,
  publishers: readonly string[],
): Promise<ZeroMq.Reply> {
  const allowed = new Set(publishers.map((key) => decodeZ85(key).toString('hex')))
  const socket = openGated(() => new zeromq.Reply({ context, linger: 0, sendTimeout: 0, receiveTimeout }))
  await bindGated(socket, 'inproc://zeromq.zap.01')
  void answerAll(socket, allowed)
  return socket
}

async function answerAll(socket: ZeroMq.Reply, allowed: ReadonlySet<string>): Promise<void> {
  for await (const [version, request, , , , mechanism, key] of messagesOf(socket)) {
    const isAllowed = mechanism?.toString() === 'CURVE' && key !== undefined && allowed.has(key.toString('hex'))
    const [status, text] = isAllowed ? ['200', 'OK'] : ['400', 'not one of the publishers']
    try {
      await socket.send([version ?? '', request ?? '', status, text, '', ''])
    } catch {
      // Closed meanwhile, or nobody waits for it any more.
    }
  }
}

/** Z85 to bytes: five characters are the digits of a 32-bit number to base 85 (https://rfc.zeromq.org/spec/32/). */
function decodeZ85(text: string): Buffer {
  const bytes = Buffer.alloc((text.length / 5) * 4)
  for (let i = 0; i < text.length; i += 5) {
    let value = 0
    for (const character of text.slice(i, i + 5)) value = value * 85 + z85.indexOf(character)
    // A key that was no key: no one has it.
    bytes.writeUInt32BE(value % 2 ** 32, (i / 5) * 4)
  }
  return bytes
}

const z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
