import type { ServerResponse } from 'node:http'
import type { FindingLine, Mark, ProcessRow, Shown, Tick } from './browser/protocol.ts'
import { shortened } from './history/track.ts'

const maxStreams = 64
const maxTracks = 4000
const maxApps = 100
/** A browser that takes nothing for so long loses what came meanwhile: its stream ends, and it begins another one. */
const maxPendingBytes = 4 * 2 ** 20

/** What there is to send at one moment. */
export interface Moment {
  readonly time: number
  readonly processes: readonly ProcessRow[]
  readonly findings: readonly FindingLine[]
  readonly marks: readonly Mark[]
  readonly versions: ReadonlyMap<string, number>
  readonly failures: readonly string[]
  readonly isPlaying?: boolean
  valueOf(track: number): number | undefined
}

interface Stream {
  readonly response: ServerResponse
  shown: Shown
}

const nothing: Shown = { all: false, apps: [], tracks: [] }

/** The browsers that listen: each gets what its pages show, and nothing else. */
export class Streams {
  readonly #streams = new Map<string, Stream>()
  /** Counts up whenever something else is shown. */
  changes = 0

  get size(): number {
    return this.#streams.size
  }

  /** Begins a stream; returns `false` where there are too many. A stream of the same name ends. */
  open(name: string, response: ServerResponse, hello: object): boolean {
    this.#streams.get(name)?.response.end()
    this.#streams.delete(name)
    if (this.#streams.size >= maxStreams) return false
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    const stream = { response, shown: nothing }
    this.#streams.set(name, stream)
    response.once('close', () => {
      if (this.#streams.get(name) === stream) this.#streams.delete(name)
      this.changes++
    })
    send(response, 'hello', hello)
    return true
  }

  /** Changes what a stream is to send; returns `false` where there is no such stream. */
  show(name: string, shown: Shown): boolean {
    const stream = this.#streams.get(name)
    if (stream === undefined) return false
    stream.shown = shown
    this.changes++
    return true
  }

  /** The tracks that somebody looks at. */
  *shownTracks(): Generator<number> {
    for (const { shown } of this.#streams.values()) yield* shown.tracks
  }

  send(moment: Moment): void {
    for (const { response, shown } of this.#streams.values()) {
      if (response.writableLength > maxPendingBytes) response.destroy()
      else send(response, 'tick', tickOf(moment, shown))
    }
  }

  /** Sends all streams something of their own. */
  broadcast(event: string, data: object): void {
    for (const { response } of this.#streams.values()) send(response, event, data)
  }

  close(): void {
    for (const { response } of this.#streams.values()) response.end()
    this.#streams.clear()
  }
}

function tickOf(moment: Moment, { all, apps, tracks }: Shown): Tick {
  const isShown = (app: string): boolean => all || apps.includes(app)
  const values = tracks.flatMap((id): Tick['values'] => {
    const value = moment.valueOf(id)
    return value === undefined ? [] : [[id, Number.isNaN(value) ? null : shortened(value)]]
  })
  return {
    time: moment.time,
    processes: moment.processes.filter(({ app }) => isShown(app)),
    findings: moment.findings.filter(({ app }) => isShown(app)),
    values,
    marks: moment.marks.filter(({ app }) => isShown(app)),
    catalogs: Object.fromEntries([...moment.versions].filter(([app]) => apps.includes(app))),
    failures: moment.failures,
    ...(moment.isPlaying !== undefined && { isPlaying: moment.isPlaying }),
  }
}

function send(response: ServerResponse, event: string, data: object): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** What a page asks for, checked; `undefined` for anything else. */
export function parseShown(text: string): Shown | undefined {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return undefined
  }
  const { all, apps, tracks } = (given ?? {}) as Partial<Record<keyof Shown, unknown>>
  const areApps = Array.isArray(apps) && apps.length <= maxApps && apps.every((app) => typeof app === 'string')
  const areTracks = Array.isArray(tracks) && tracks.length <= maxTracks && tracks.every(Number.isSafeInteger)
  return typeof all === 'boolean' && areApps && areTracks ? { all, apps, tracks } : undefined
}
