import type { IncomingMessage, ServerResponse } from 'node:http'
import { PlimsollError, reasonOf } from '../errors.ts'
import type { Fleet, FleetParts } from '../fleet/fleet-types.ts'
import type { ExpositionOptions } from '../formats/exposition/options.ts'
import { type AccessOptions, accessRule } from '../os/access.ts'
import { byWorker } from '../snapshot/merge/by-worker.ts'
import { withProcesses } from '../snapshot/process-families.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { bodyOf } from './body.ts'
import { filtered, filterTextOf } from './filter.ts'
import { formatOf, unknownFormat } from './negotiate.ts'
import { belowPath } from './page/branches.ts'
import { History } from './page/history.ts'
import { securityHeaders } from './page/layout.ts'
import { type StatusView, statusPage } from './page/status-page.ts'
import { ProfileRoutes } from './profile/routes.ts'
import { respond, respondText } from './respond.ts'
import { sharedReads } from './shared-reads.ts'
import { type Target, targetOf } from './target.ts'

/** What is served, to whom, and where. */
export interface StatusOptions extends AccessOptions {
  readonly path?: string
  readonly title?: string
  readonly profile?: boolean
  readonly exposition?: ExpositionOptions
}

/** Requests that are answered at the same time; the others are told to come again. */
const maxConcurrent = 32
const maxMessages = 20
const profilesAreOff = 'Profiles are switched off here. They need the option profile: true.'

/** A source that can be read by process, and says what it could not read: a fleet. */
type FleetLike = Source &
  Partial<Pick<Fleet, 'ended'>> &
  Partial<{ readParts(): Pick<FleetParts, 'parts'>; readonly failures: readonly { readonly error: PlimsollError }[] }>

/** Answers requests about a source. */
export class Status {
  readonly #source: FleetLike
  readonly #options: StatusOptions
  readonly #rule: ReturnType<typeof accessRule>
  readonly #read: () => Promise<Snapshot>
  readonly #readByWorker: () => Promise<Snapshot>
  readonly #history = new History()
  readonly #profiles: ProfileRoutes | undefined
  #concurrent = 0

  constructor(source: FleetLike, options: StatusOptions) {
    this.#source = source
    this.#options = options
    this.#rule = accessRule(options, 'statusHandler()')
    this.#read = sharedReads(() => source.read())
    this.#readByWorker = sharedReads(() => byWorker(source.readParts?.().parts ?? []))
    this.#profiles = options.profile === true ? new ProfileRoutes() : undefined
  }

  async answer(request: IncomingMessage, response: ServerResponse, next?: () => void): Promise<void> {
    const target = targetOf(request, this.#options.path ?? '')
    if (target === undefined) {
      if (next !== undefined) next()
      else respondText(response, 404, 'There is nothing at this path.')
      return
    }
    if (this.#concurrent >= maxConcurrent) {
      respondText(response, 503, 'Too many requests at once.', { 'Retry-After': '1' })
      return
    }
    this.#concurrent++
    response.once('close', () => this.#concurrent--)
    try {
      await this.#answerTarget(target, request, response)
    } catch (error) {
      if (response.headersSent) response.destroy()
      else
        respondText(
          response,
          error instanceof PlimsollError ? 503 : 500,
          `The metrics cannot be read: ${reasonOf(error)}.`,
        )
    }
  }

  async #answerTarget(
    target: Target | readonly [number, string],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const name = 'path' in target && target.path.length === 1 && !target.isBranch ? target.path[0] : undefined
    const isProfile = name === 'profile' || name === 'blocked'
    const profiles = isProfile ? this.#profiles : undefined
    const refusal = await this.#rule(request, profiles !== undefined)
    if (refusal !== undefined) return respondText(response, 403, refusal)
    if (!('path' in target)) return respondText(response, ...target)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return respondText(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' })
    if (profiles === undefined && isProfile) return respondText(response, 404, profilesAreOff)
    if (profiles === undefined) return this.#answerMetrics(target, name, request, response)
    if (request.method === 'HEAD') return respondText(response, 405, 'Only GET is answered here.', { Allow: 'GET' })
    // Nothing is sent for as long as a profile takes.
    request.socket.setTimeout(0)
    const { query, prefix } = target
    const { status, body, headers } =
      name === 'profile' ? await profiles.profile(query, prefix) : await profiles.blocked(query, prefix)
    return respond(request, response, status, body, headers)
  }

  async #answerMetrics(
    target: Target,
    name: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { query } = target
    const isScrape = name === 'metrics' || name === 'metrics.json'
    const wanted = name === 'metrics.json' ? 'json' : query.get('format')
    const isPage = !isScrape && (wanted === null || wanted === 'html')
    const format = isPage ? undefined : formatOf(wanted, request.headers.accept ?? '')
    if (!isPage && format === undefined) return respondText(response, 400, unknownFormat(wanted))
    const by = query.get('by')
    if (by !== null && (by !== 'worker' || this.#source.readParts === undefined))
      return respondText(
        response,
        400,
        by === 'worker' ? 'This source cannot be read by worker.' : `Invalid by: "${by}". It must be worker.`,
      )
    const all = await (by === null ? this.#read() : this.#readByWorker())
    const path = isScrape ? [] : target.path
    if (format === undefined) return this.#answerPage({ ...target, path }, all, request, response)
    const isJson = format.contentType.startsWith('application/json')
    const below = belowPath(isJson ? all : withProcesses(all, undefined, this.#source.ended), path)
    if (below === undefined) return respondText(response, 404, 'No metric has this path.')
    let snapshot: Snapshot
    try {
      snapshot = filtered(below, filterTextOf(query))
    } catch (error) {
      return respondText(response, 400, messageOf(error))
    }
    const body = bodyOf(format.format({ snapshot, comments: this.#failures() }, this.#options.exposition ?? {}))
    return respond(request, response, 200, body, { 'Content-Type': format.contentType })
  }

  async #answerPage(target: Target, all: Snapshot, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query, prefix } = target
    const filter = filterTextOf(query)
    const messages = [...this.#failures()]
    const below = belowPath(all, path)
    let status = below === undefined ? 404 : 200
    let snapshot: Snapshot = below ?? { ...all, families: [] }
    try {
      snapshot = filtered(snapshot, filter)
    } catch (error) {
      status = 400
      messages.unshift(messageOf(error))
    }
    const canBeByWorker = this.#source.readParts !== undefined
    const body = this.#render(snapshot, {
      title: this.#options.title ?? titleOf(all),
      path,
      filter,
      isFound: below !== undefined,
      byWorker: canBeByWorker ? query.has('by') : undefined,
      prefix,
      messages,
    })
    return respond(request, response, status, bodyOf(body), securityHeaders)
  }

  /** Reads and renders once, so that the first request does not wait for the compilers. */
  async warmUp(): Promise<void> {
    this.#render(await this.#read(), {})
  }

  #render(snapshot: Snapshot, given: Partial<StatusView>): string {
    return statusPage({
      snapshot,
      title: this.#options.title ?? titleOf(snapshot),
      path: [],
      filter: '',
      isFound: true,
      byWorker: undefined,
      canProfile: this.#profiles !== undefined,
      prefix: '',
      history: this.#history,
      messages: [],
      ...given,
    })
  }

  /** What the last read could not read. */
  #failures(): string[] {
    return (this.#source.failures ?? []).slice(0, maxMessages).map(({ error }) => error.message)
  }
}

function messageOf(error: unknown): string {
  if (error instanceof PlimsollError) return error.message
  throw error
}

function titleOf({ pages }: Snapshot): string {
  return [...new Set(pages.map(({ app }) => app))].slice(0, 3).join(', ') || 'plimsoll'
}
