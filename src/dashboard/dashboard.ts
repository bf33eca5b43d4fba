import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import type { Clock } from '../clock.ts'
import { respond, respondText } from '../http/respond.ts'
import { targetOf } from '../http/target.ts'
import { version } from '../version.ts'
import { Api } from './api/api.ts'
import { type Asset, loadAssets } from './assets.ts'
import type { Hello } from './browser/protocol.ts'
import { findingLines } from './finding-lines.ts'
import { HistoryStore } from './history/history-store.ts'
import { Marks } from './marks.ts'
import type { Pages } from './pages.ts'
import { Player } from './player.ts'
import { ProcessFindings } from './process-findings.ts'
import { processRow } from './process-row.ts'
import { Sampler } from './sampler.ts'
import { parseShown, Streams } from './streams.ts'

const maxBody = 64 * 1024

/** What a dashboard needs to know besides its pages. */
export interface DashboardSettings {
  readonly assets: URL
  readonly maxBytes: number
  readonly clock: Clock
  /** Where it is served, for messages. */
  readonly address: string
}

/** What was read since a beginning. */
interface Past {
  /** Numbers of tracks are those of one beginning. */
  readonly run: string
  readonly since: number
  readonly store: HistoryStore
  readonly marks: Marks
  readonly sampler: Sampler
  readonly findings: ProcessFindings
  readonly api: Api
}

/** All that is behind one dashboard, and its answers. */
export class Dashboard {
  readonly #streams = new Streams()
  readonly #assets: ReadonlyMap<string, Asset>
  readonly #pages: Pages
  readonly #options: DashboardSettings
  readonly #player: Player | undefined
  #past: Past

  constructor(pages: Pages, options: DashboardSettings) {
    this.#pages = pages
    this.#options = options
    this.#assets = loadAssets(options.assets, options.address)
    this.#past = this.#begin()
    const { recording } = pages
    if (recording === undefined) return
    this.#player = new Player(recording, {
      forget: () => {
        this.#past = this.#begin()
        this.#streams.broadcast('hello', this.#hello())
      },
      sample: (tick) => {
        this.#past.sampler.sample(tick)
        this.#noteFindings(tick)
      },
      show: (tick) => this.#send(tick),
    })
  }

  start(): void {
    const { recording } = this.#pages
    if (recording === undefined)
      this.#past.sampler.start((tick) => {
        this.#noteFindings(tick)
        this.#send(tick)
      })
    else void this.#player?.seek(recording.time)
  }

  close(): void {
    this.#past.sampler.stop()
    this.#player?.stop()
    this.#streams.close()
    this.#pages.close()
  }

  /** A past without anything in it. */
  #begin(): Past {
    const { maxBytes, clock } = this.#options
    const store = new HistoryStore(maxBytes)
    const marks = new Marks()
    const sampler = new Sampler(this.#pages, store, marks, clock)
    let seen: { readonly at: number; readonly families: Map<string, Set<string>> } = { at: -1, families: new Map() }
    sampler.seen = () => {
      const at = this.#streams.changes
      if (at !== seen.at) seen = { at, families: store.distributionsOf(new Set(this.#streams.shownTracks())) }
      return seen.families
    }
    const now = (): number => (this.#pages.recording === undefined ? clock.unixTime() : sampler.tick)
    return {
      run: randomUUID(),
      since: Math.floor(clock.unixTime()),
      store,
      marks,
      sampler,
      findings: new ProcessFindings(),
      api: new Api(this.#pages, store, now),
    }
  }

  #hello(): Hello {
    const { run, since, marks } = this.#past
    const { recording } = this.#pages
    const played = recording && { file: basename(recording.file), from: recording.from, to: recording.to }
    return { run, version, marks: marks.all, since, ...(played && { recording: played }) }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = targetOf(request, '') ?? ([404, 'There is nothing at this path.'] as const)
    if (!('path' in target)) return respondText(response, ...target)
    const { path, query } = target
    const [first = '', second] = path
    if (first === 'play' && path.length === 1) return this.#play(request, query, response)
    if (first === 'show' && path.length === 1) return this.#show(request, query, response)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return respondText(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' })
    if (first === 'events' && path.length === 1) return this.#listen(query, response)
    if (first === 'api' && second === 'v1') return this.#past.api.answer(path.slice(2), query, request, response)
    const asset = path.length === 0 ? 'index.html' : first === 'assets' && path.length === 2 ? second : undefined
    const found = asset === undefined ? undefined : this.#assets.get(asset)
    if (found === undefined) return respondText(response, 404, 'There is nothing at this path.')
    if (request.headers['if-none-match'] === found.headers.ETag) {
      response.writeHead(304, found.headers).end()
      return undefined
    }
    return respond(request, response, 200, found.body, found.headers)
  }

  /** A stream ends with its connection, and has no other limit of time. */
  #listen(query: URLSearchParams, response: ServerResponse): void {
    const name = query.get('session') ?? ''
    if (!/^[\w-]{8,64}$/.test(name)) respondText(response, 400, 'session must be 8 to 64 letters and digits.')
    else if (!this.#streams.open(name, response, this.#hello()))
      respondText(response, 503, 'Too many browsers listen already.')
  }

  async #show(request: IncomingMessage, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return respondText(response, 405, 'Only POST is answered here.', { Allow: 'POST' })
    // A form of another site cannot send this type.
    if (request.headers['content-type'] !== 'application/json')
      return respondText(response, 415, 'The body must be application/json.')
    const shown = parseShown(await bodyText(request))
    if (shown === undefined) return respondText(response, 400, 'The body must be what a page shows.')
    if (!this.#streams.show(query.get('session') ?? '', shown))
      return respondText(response, 404, 'There is no such stream.')
    response.writeHead(204, { 'Cache-Control': 'no-store' }).end()
    // A recording that stands still has no next moment.
    if (this.#player?.isPlaying === false) this.#send(this.#past.sampler.tick)
    return undefined
  }

  #noteFindings(tick: number): void {
    const { findings, store } = this.#past
    findings.take(store.processes.values(), tick)
  }

  #send(time: number): void {
    const { marks, store, sampler, findings } = this.#past
    const fresh = marks.takeFresh()
    if (this.#streams.size === 0) return
    findings.look(store.processes.values(), time)
    const found = new Map([...store.processes.values()].map((process) => [process, findings.of(process)]))
    this.#streams.send({
      time,
      processes: [...found].map(([process, own]) => processRow(process, time, own)),
      findings: findingLines(found.keys(), (process) => found.get(process) ?? []),
      marks: fresh,
      versions: store.versions,
      failures: sampler.failures,
      ...(this.#player && { isPlaying: this.#player.isPlaying }),
      valueOf: (id) => {
        const track = store.track(id)
        return track?.last === time ? track.value : undefined
      },
    })
  }

  /** Goes to another moment of a recording, or has it go on. */
  async #play(request: IncomingMessage, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return respondText(response, 405, 'Only POST is answered here.', { Allow: 'POST' })
    const time = Number(query.get('time') ?? Number.NaN)
    if (this.#player === undefined) return respondText(response, 404, 'No recording is played here.')
    if (query.has('on')) this.#player.play(query.get('on') === '1')
    else if (Number.isFinite(time)) await this.#player.seek(time)
    else return respondText(response, 400, 'time must be a Unix time in seconds.')
    response.writeHead(204, { 'Cache-Control': 'no-store' }).end()
    return undefined
  }
}

async function bodyText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) {
    text += piece
    if (text.length > maxBody) return ''
  }
  return text
}
