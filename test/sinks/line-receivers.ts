import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Sink } from 'plimsoll/sinks'
import type { Receiver } from './contract.ts'
import { freePort } from './receivers/program.ts'

/** Takes whole lines. */
type OnLine = (line: string) => void

/** A receiver of lines over TCP, which can be silent, and gone. */
export async function streamReceiver(
  scheme: string,
  onLine: OnLine,
  jobs: () => number,
  make: (to: string) => Sink,
): Promise<Receiver> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let isSilent = false
  const listen = async (): Promise<void> => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
      let rest = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() as string
        for (const line of lines) onLine(line)
      })
      if (isSilent) socket.pause()
    }).listen(port, '127.0.0.1')
    server.unref()
    await once(server, 'listening')
  }
  const stop = async (): Promise<void> => {
    if (server === undefined) return
    for (const socket of sockets) socket.destroy()
    const closed = once(server, 'close')
    server.close()
    server = undefined
    await closed
  }
  await listen()
  const to = `${scheme}://127.0.0.1:${port}`
  return {
    sink: () => make(to),
    to,
    jobs,
    stop,
    async start() {
      isSilent = false
      for (const socket of sockets) socket.resume()
      if (server === undefined) await listen()
    },
    hang() {
      isSilent = true
      for (const socket of sockets) socket.pause()
    },
  }
}

/** A receiver of datagrams, which can be gone. */
export async function datagramReceiver(
  scheme: string,
  onLine: OnLine,
  jobs: () => number,
  make: (to: string) => Sink,
): Promise<Receiver> {
  const port = await freePort()
  let socket: DatagramSocket | undefined
  const listen = async (): Promise<void> => {
    socket = createSocket('udp4').unref()
    socket.on('message', (bytes) => {
      for (const line of bytes.toString().split('\n')) onLine(line)
    })
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
  }
  await listen()
  const to = `${scheme}://127.0.0.1:${port}`
  return {
    sink: () => make(to),
    to,
    jobs,
    async stop() {
      if (socket === undefined) return
      const closed = once(socket, 'close')
      socket.close()
      socket = undefined
      await closed
    },
    async start() {
      if (socket === undefined) await listen()
    },
  }
}
