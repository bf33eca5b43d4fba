import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Labels, Snapshot, Source } from 'plimsoll/snapshot'
import {
  type Collector,
  type CollectorOptions,
  collector,
  type Publisher,
  type PublisherOptions,
  publisher,
} from 'plimsoll/zeromq'
import { Dealer, Router } from 'zeromq'

/** So often everything is sent in tests. */
export const intervalMs = 50

/** A collector that is closed after the test, and its first endpoint. */
export async function newCollector(
  t: TestContext,
  options: Partial<CollectorOptions> = {},
): Promise<Collector & { readonly endpoint: string }> {
  const sum = await collector({ bind: 'tcp://127.0.0.1:*', ...options })
  t.after(() => sum.close())
  const { endpoints } = sum
  return {
    endpoints,
    endpoint: endpoints[0] as string,
    read: () => sum.read(),
    readApps: () => sum.readApps(),
    close: () => sum.close(),
  }
}

/** A publisher that is closed after the test. */
export async function newPublisher(
  t: TestContext,
  connect: string,
  source: Source,
  options: Partial<PublisherOptions> = {},
): Promise<Publisher> {
  const one = await publisher({ connect, source, intervalMs, app: 'shop', ...options })
  t.after(() => one.close())
  return one
}

/** The value of a series of the first app that has it, or the count of a distribution; `undefined` while there is none. */
export function valueIn({ families }: Snapshot, name: string, labels: Labels = {}): number | undefined {
  const wanted = JSON.stringify(labels)
  const series = families.find((family) => family.name === name)?.series
  const one = (series as readonly { readonly labels: Labels }[] | undefined)?.find(
    ({ labels: { app: _, ...own } }) => JSON.stringify(own) === wanted,
  )
  if (one === undefined) return undefined
  return 'count' in one ? Number(one.count) : 'value' in one ? Number(one.value) : undefined
}

/** How many messages had this result. */
export function messagesIn(snapshot: Snapshot, result: string): number | undefined {
  return valueIn(snapshot, 'plimsoll.zeromq.messages', { result })
}

/** A path for a socket file in a folder that is gone after the test. */
export function newIpc(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-zeromq-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return `ipc://${join(folder, 'socket')}`
}

/** A process of `fixtures/publisher.ts`. */
export interface Shop {
  readonly child: ChildProcess
  /** Has it count so many orders, and waits until it has. */
  count(orders: number): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts a process that publishes; it is killed after the test. */
export async function newShop(t: TestContext, endpoint: string, ...args: readonly string[]): Promise<Shop> {
  const program = fileURLToPath(new URL('fixtures/publisher.js', import.meta.url))
  const child = spawn(process.execPath, [program, endpoint, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  return {
    child,
    async count(orders) {
      const counted = once(lines, 'line')
      child.stdin.write(`${orders}\n`)
      await counted
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** Stands between publishers and a collector, and hands each message on as often as it is told to. */
export async function newMiddleman(
  t: TestContext,
  endpoint: string,
  copies: () => number,
): Promise<{ readonly endpoint: string }> {
  const front = new Router({ linger: 0 })
  await front.bind('tcp://127.0.0.1:*')
  const backs = new Map<string, Dealer>()
  t.after(() => {
    front.close()
    for (const back of backs.values()) back.close()
  })
  const backOf = (address: Buffer): Dealer => {
    const known = backs.get(address.toString('hex'))
    if (known !== undefined) return known
    const back = new Dealer({ linger: 0 })
    back.connect(endpoint)
    backs.set(address.toString('hex'), back)
    void (async () => {
      for await (const [bytes] of back) await front.send([address, bytes as Buffer])
    })()
    return back
  }
  void (async () => {
    for await (const [address, bytes] of front) {
      const back = backOf(address as Buffer)
      for (let i = copies(); i > 0; i--) await back.send(bytes as Buffer)
    }
  })()
  return { endpoint: front.lastEndpoint as string }
}

/** A way through TCP that can be cut and blocked. */
export interface Line {
  readonly endpoint: string
  /** Lets nothing through and says nothing of it, as a network does that drops packets; or lets it through again. */
  block(on: boolean): void
  /** Ends all connections, and refuses new ones until it is opened again. */
  cut(): Promise<void>
  open(): Promise<void>
}

/** Stands between publishers and a collector as the network does. */
export async function newLine(t: TestContext, endpoint: string): Promise<Line> {
  const target = Number(endpoint.split(':').at(-1))
  const sockets = new Set<Socket>()
  let blocked = false
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {}).on('close', () => to.destroy())
      from.on('data', (bytes) => to.write(bytes))
      if (blocked) from.pause()
    }
  })
  const open = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await closed
  }
  await open(0)
  const { port } = server.address() as AddressInfo
  t.after(() => (server.listening ? cut() : undefined))
  return {
    endpoint: `tcp://127.0.0.1:${port}`,
    block(on) {
      blocked = on
      for (const socket of sockets) on ? socket.pause() : socket.resume()
    },
    cut,
    open: () => open(port),
  }
}
