import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { StatusHandler } from 'plimsoll/http'
import { newFolder } from '../cli/processes.ts'

/** A process of fixtures/app.ts. */
export interface App {
  readonly child: ChildProcess
  readonly dir: string
  /** Where its status server answers, or the code of why it does not. */
  readonly url: string
  /** Has it do something, and waits until it has begun. */
  begin(order: string): Promise<void>
  /** Waits for its next line. */
  next(): Promise<string>
  /** The end of the process: its exit code. */
  readonly ended: Promise<number | null>
}

/** Starts it; it is gone after the test. */
export async function startApp(t: TestContext, options: object = {}, execArgv: readonly string[] = []): Promise<App> {
  const dir = newFolder(t)
  const fixture = fileURLToPath(new URL('fixtures/app.js', import.meta.url))
  const child = spawn(process.execPath, [...execArgv, fixture, dir, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value
  const url = await next()
  const begin = async (order: string): Promise<void> => {
    child.stdin.write(`${order}\n`)
    await next()
  }
  return { child, dir, url, begin, next, ended }
}

/** Serves a handler on a free loopback port until the test ends; returns its origin. */
export async function serveHandler(t: TestContext, handler: StatusHandler): Promise<string> {
  const server: Server = createServer((request, response) => handler(request, response))
  server.listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
