import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { StreamConnection } from '#src/sinks/transports/tcp.ts'
import { Datagrams } from '#src/sinks/transports/udp.ts'
import { freePort, until } from './receivers/program.ts'

const signal = new AbortController().signal
const limits = { connectMs: 5000, drainMs: 5000, maxAgeMs: 60_000 }

async function server(t: {
  after(f: () => void): void
}): Promise<{ readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = []
  const listening = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    listening.close()
  })
  return { port: (listening.address() as { port: number }).port, sockets }
}

test('A connection that has its age is replaced in good order, and the end of the old one does not touch the new', async (t) => {
  const { port, sockets } = await server(t)
  const connection = new StreamConnection({ host: '127.0.0.1', port }, { ...limits, maxAgeMs: 0 })
  for (const text of ['a', 'b', 'c']) {
    await connection.open(signal)
    await connection.write(Buffer.from(text), signal)
  }
  await until('three connections', () => sockets.length === 3 || undefined)
  const texts = await Promise.all(
    sockets.slice(0, 2).map(async (socket) => {
      let text = ''
      for await (const part of socket.setEncoding('utf8')) text += part
      return text
    }),
  )
  assert.deepEqual(texts, ['a', 'b'])
  await connection.write(Buffer.from('d'), signal)
  assert.equal(connection.losses, 0)
  connection.close()
})

test('A receiver that makes no room in time is dropped, and the next use connects anew', async (t) => {
  const { port, sockets } = await server(t)
  const connection = new StreamConnection({ host: '127.0.0.1', port }, { ...limits, drainMs: 200 })
  await connection.open(signal)
  await assert.rejects(connection.write(Buffer.alloc(2 ** 26), signal), /does not read within 0.2 s/)
  assert.equal(connection.losses, 1)
  await assert.rejects(connection.write(Buffer.from('a'), signal), /closed/)
  await connection.open(signal)
  await connection.write(Buffer.from('a'), signal)
  await until('a second connection', () => sockets.length === 2 || undefined)
  connection.close()
})

test('An abort ends what is waited for', async (t) => {
  const { port } = await server(t)
  const connection = new StreamConnection({ host: '127.0.0.1', port })
  const aborted = AbortSignal.abort(new Error('enough'))
  await assert.rejects(connection.open(aborted), /enough/)
  await connection.open(signal)
  await assert.rejects(connection.write(Buffer.alloc(2 ** 26), AbortSignal.timeout(50)), { name: 'TimeoutError' })
})

async function receiver(address: string, port: number, t: { after(f: () => void): void }) {
  const texts: string[] = []
  const socket = createSocket('udp4').bind(port, address)
  await once(socket, 'listening')
  socket.on('message', (bytes) => {
    if (bytes.length > 0) texts.push(bytes.toString())
  })
  t.after(() => socket.close())
  return { texts, port: socket.address().port }
}

test('The name of a host is looked up once for many sends, and again in the background, where it may have moved', async (t) => {
  const first = await receiver('127.0.0.1', 0, t)
  const second = await receiver('127.0.0.2', first.port, t)
  let [address, lookups, refreshMs] = ['127.0.0.1', 0, 60_000]
  const datagrams = new Datagrams({
    host: 'somewhere',
    port: first.port,
    get refreshMs() {
      return refreshMs
    },
    async lookup() {
      lookups++
      return { address }
    },
  })
  t.after(() => datagrams.close())
  for (let i = 0; i < 20; i++) {
    await datagrams.open(signal)
    await datagrams.send(['a'], signal)
  }
  await until('all packets', () => first.texts.length === 20 || undefined)
  assert.equal(lookups, 1)
  address = '127.0.0.2'
  refreshMs = 0
  await until('a packet at the other address', async () => {
    await datagrams.open(signal)
    await datagrams.send(['b'], signal)
    return second.texts.length > 0 || undefined
  })
  address = 'nonsense'
  await datagrams.open(signal)
  await datagrams.send(['c'], signal)
  await until('a packet at the known address', () => second.texts.includes('c') || undefined)
})

test('A host that is not found, or does not listen, is an error before anything is sent', async (t) => {
  // Nothing of theirs keeps a process alive.
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  const port = await freePort()
  const lookup = async (host: string) => {
    if (host === 'nowhere') throw new Error('ENOTFOUND')
    return { address: '127.0.0.1' }
  }
  const datagrams = (host: string) => new Datagrams({ host, port, lookup })
  await assert.rejects(datagrams('nowhere').open(signal), /ENOTFOUND/)
  await assert.rejects(datagrams('somewhere').open(signal), { code: 'ECONNREFUSED' })
  await assert.rejects(datagrams('somewhere').send(['a'], signal), /closed/)
  assert.equal(datagrams('somewhere').sendAtExit(['a']), 0)
})
