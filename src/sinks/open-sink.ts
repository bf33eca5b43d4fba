import { optionInvalid } from '../errors.ts'
import type { Sink } from './sink.ts'

/** Makes a sink from its URL and options. Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN. */
export type SinkFactory = (to: string, options?: object) => Sink

/** What there is, by the scheme of the URL; each is loaded when it is used. */
const factories: Readonly<Record<string, () => Promise<SinkFactory>>> = {
  file: async () => (await import('./file.ts')).file,
  otlp: async () => (await import('./otlp.ts')).otlp,
  'otlp+http': async () => (await import('./otlp.ts')).otlp,
  'otlp+https': async () => (await import('./otlp.ts')).otlp,
  'pushgateway+http': async () => (await import('./pushgateway.ts')).pushgateway,
  'pushgateway+https': async () => (await import('./pushgateway.ts')).pushgateway,
  'remote-write+http': async () => (await import('./remote-write.ts')).remoteWrite,
  'remote-write+https': async () => (await import('./remote-write.ts')).remoteWrite,
  graphite: async () => (await import('./graphite.ts')).graphite,
  'graphite+pickle': async () => (await import('./graphite.ts')).graphite,
  'graphite+udp': async () => (await import('./graphite.ts')).graphite,
  statsd: async () => (await import('./statsd.ts')).statsd,
  'statsd+tcp': async () => (await import('./statsd.ts')).statsd,
  'statsd+unix': async () => (await import('./statsd.ts')).statsd,
  stdout: async () => (await import('./stream.ts')).stdout,
  textfile: async () => (await import('./textfile.ts')).textfile,
}

/** The schemes of URLs that sinks have. */
export const schemes: readonly string[] = Object.keys(factories)

/**
 * A sink by the URL of its receiver, as from a configuration: `await openSink('statsd://127.0.0.1:8125', { prefix: 'shop.' })`.
 * Options may also stand in the query of the URL: `statsd://127.0.0.1:8125?dialect=datadog`. Loads only what the scheme needs.
 * Rejects with PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 */
export async function openSink(to: string, options: Readonly<Record<string, unknown>> = {}): Promise<Sink> {
  const load = factoryOf(to)
  if (load === undefined) throw optionInvalid('to', 'openSink()', to, sinkUrl)
  return (await load())(to, options)
}

/** The URLs that sinks have, in words. */
export const sinkUrl: string = `a URL that begins with ${schemes.map((one) => `${one}:`).join(', ')}`

/** Whether there are sinks for the scheme of a URL. */
export function hasSink(to: string): boolean {
  return factoryOf(to) !== undefined
}

function factoryOf(to: string): (typeof factories)[string] | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(String(to))?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(factories, scheme) ? factories[scheme] : undefined
}
