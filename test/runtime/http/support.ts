import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type RequestOptions, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Clock, Registry } from 'plimsoll'
import { type HttpOptions, observeHttp } from 'plimsoll/runtime'

/** A registry in which the HTTP of this process is recorded until the end of the test. */
export function observed(t: TestContext, options?: HttpOptions, clock?: Clock): Registry {
  const registry = new Registry({ ...(clock !== undefined && { clock }) })
  t.after(observeHttp(registry, options))
  return registry
}

/** Listens on loopback until the end of the test; returns the port. */
export async function listen(t: TestContext, server: Server, close?: () => unknown): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    await close?.()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A bare server that listens; returns its port. */
export function serve(t: TestContext, listener: RequestListener): Promise<number> {
  return listen(t, createServer(listener))
}

interface App {
  readonly server: Server
  close?(): unknown
}

/** The apps of all frameworks. */
export const apps: Readonly<Record<string, (name?: string) => Promise<App>>> = await import(
  pathToFileURL('test/runtime/http/fixtures/apps.mjs').href
)

/** Sends a request and reads the whole response; returns the status. */
export async function get(port: number, path: string, options: RequestOptions = {}): Promise<number> {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options })
  request.end()
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

/** A plain connection, closed at the end of the test. */
export async function connection(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  return socket
}

/** How often a timer recorded, by its label values in the order of declaration. */
export function durations(registry: Registry, side: 'server' | 'client' = 'server'): Record<string, number> {
  const place = side === 'server' ? 'http_route' : 'server_address'
  const family = registry.read().families.find(({ name }) => name === `http.${side}.request.duration`)
  assert.equal(family?.kind, 'timer')
  const series = family?.kind === 'timer' ? family.series : []
  return Object.fromEntries(
    series.map(({ labels, count }) => [
      [labels.http_request_method, labels[place], labels.http_response_status_class].join(' ').trim(),
      count,
    ]),
  )
}

/** The value of a counter or gauge, that of one label value where given. */
export function value(registry: Registry, name: string, label?: string): number {
  const family = registry.read().families.find((one) => one.name === name)
  const series = family?.kind === 'counter' || family?.kind === 'gauge' ? family.series : []
  return series.find(({ labels }) => label === undefined || Object.values(labels).includes(label))?.value ?? 0
}

/** Waits for a condition, however busy the machine is. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    assert.ok(Date.now() < end, `still waiting for ${holds}`)
    await delay(5)
  }
}

/** Where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The values of a counter by the value of its only label. */
export function labelled(registry: Registry, name: string): Record<string, number> {
  const family = registry.read().families.find((one) => one.name === name)
  const series = family?.kind === 'counter' ? family.series : []
  return Object.fromEntries(series.map(({ labels, value }) => [Object.values(labels).join(), value]))
}
