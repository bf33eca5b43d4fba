import { type FromHub, Hub, type ToHub } from './hub.ts'
import type { History, Shown } from './protocol.ts'

interface Policy {
  createScriptURL(url: string): string
}

const aliveMs = 20_000
/** So many tracks fit into one request. */
const maxTracks = 300

/** Connects this page to the hub, and returns what takes its messages. */
export function connect(receive: (message: FromHub) => void): (message: ToHub) => void {
  const send = 'SharedWorker' in globalThis ? throughWorker(receive) : new Hub().join(receive)
  setInterval(() => send({ kind: 'alive' }), aliveMs)
  addEventListener('pagehide', () => send({ kind: 'bye' }))
  return send
}

function throughWorker(receive: (message: FromHub) => void): (message: ToHub) => void {
  const url = '/assets/worker.mjs'
  const { trustedTypes } = globalThis as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy }
  }
  const policy = trustedTypes?.createPolicy('plimsoll', { createScriptURL: (given) => given })
  const worker = new SharedWorker(policy?.createScriptURL(url) ?? url, { type: 'module', name: 'plimsoll' })
  worker.port.onmessage = ({ data }: MessageEvent<FromHub>) => receive(data)
  worker.port.start()
  return (message) => worker.port.postMessage(message)
}

/** Data of the server; `undefined` where it cannot be had now. */
export async function getJson<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(`/api/v1/${path}`)
    return response.ok ? ((await response.json()) as T) : undefined
  } catch {
    return undefined
  }
}

/** The points of tracks over the last so many seconds. */
export async function getPoints(tracks: readonly number[], seconds: number): Promise<History['tracks']> {
  const parts: number[][] = []
  for (let at = 0; at < tracks.length; at += maxTracks) parts.push(tracks.slice(at, at + maxTracks))
  const all = await Promise.all(
    parts.map((part) => getJson<History>(`points?tracks=${part.join(',')}&from=-${seconds}`)),
  )
  return Object.assign({}, ...all.map((one) => one?.tracks ?? {}))
}

export function sameShown(a: Shown, b: Shown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
