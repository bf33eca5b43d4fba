import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from '../../http/body.ts'
import { respond } from '../../http/respond.ts'
import { sharedReads } from '../../http/shared-reads.ts'
import { uptime } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { catalogOf, metricsByApp } from '../catalog.ts'
import { changesIn } from '../changes.ts'
import { joinColumns } from '../history/heat.ts'
import type { HistoryStore } from '../history/history-store.ts'
import type { ProcessHistory } from '../history/process-history.ts'
import type { Pages } from '../pages.ts'
import { aggregate, aggregateNames, type OfProcess } from './aggregate.ts'
import { BadRequest, filesMatching, nameTest, pageTest, timeOf } from './choice.ts'
import { openApi } from './openapi.ts'
import { statName, statsOf } from './stat-names.ts'

const maxHistories = 500
const maxNumbers = 500

type Route = (rest: readonly string[], query: URLSearchParams) => unknown

/** The JSON interface: what pages hold now, and over time. */
export class Api {
  readonly #pages: Pages
  readonly #store: HistoryStore
  readonly #now: () => number
  readonly #read: () => Promise<readonly Snapshot[]>
  readonly #routes: Readonly<Record<string, Route>>

  constructor(pages: Pages, store: HistoryStore, now: () => number) {
    this.#pages = pages
    this.#store = store
    this.#now = now
    this.#read = sharedReads(() => this.#pages.read({ buckets: true }).snapshots.filter(isPage))
    this.#routes = {
      'openapi.json': () => openApi,
      processes: (_, query) => this.#processes(query),
      stats: (rest, query) => this.#stats(rest.join('/'), query),
      files: (rest, query) => this.#files(rest[0] ?? query.get('glob')),
      history: (rest, query) => this.#history(rest.join('/'), query),
      catalog: (_, query) => catalogOf(this.#chosen(query)),
      metrics: (_, query) => metricsByApp(this.#chosen(query)),
      points: (_, query) => this.#points(query),
      heat: (_, query) => this.#heat(query),
      changes: (_, query) => this.#changes(query),
    }
  }

  async answer(
    [name = '', ...rest]: readonly string[],
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const route = Object.hasOwn(this.#routes, name) ? this.#routes[name] : undefined
    const hasRest = ['stats', 'files', 'history'].includes(name)
    let status = 200
    let data: unknown
    try {
      if (route === undefined || (rest.length > 0 && !hasRest)) {
        status = 404
        data = { error: 'There is nothing at this path. /api/v1/openapi.json has the list.' }
      } else data = await route(rest, query)
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error
      status = 400
      data = { error: error.message }
    }
    const headers = { 'Content-Type': 'application/json; charset=utf-8' }
    return respond(request, response, status, bodyOf(`${JSON.stringify(data)}\n`), headers)
  }

  async #processes(query: URLSearchParams): Promise<object> {
    const snapshots = await this.#chosenPages(query)
    return snapshots.map(({ pages: [page], families, takenAt }) => {
      const { pid, tid, app, host, state, startedAt, heartbeatAge, endedAt, worker, written, labels, file } =
        page as PageInfo
      const series = families.reduce((sum, family) => sum + family.series.length, 0)
      const life = { startedAt, uptime: uptime(page as PageInfo, takenAt), heartbeatAge, endedAt }
      return { pid, tid, app, host, state, ...life, worker, written, labels, series, file }
    })
  }

  /** The names of all values; with the beginning of one, the values of each process, or one of them all. */
  async #stats(prefix: string, query: URLSearchParams): Promise<object> {
    const aggr = query.get('aggr')
    if (aggr !== null && !aggregateNames.includes(aggr))
      throw new BadRequest(`aggr must be one of ${aggregateNames.join(', ')}.`)
    const isWanted = nameTest(prefix, query)
    const byName = new Map<string, OfProcess[]>()
    for (const {
      pages: [page],
      families,
    } of await this.#chosenPages(query)) {
      for (const { name, value } of families.flatMap(statsOf)) {
        if (!isWanted(name)) continue
        const known = byName.get(name) ?? []
        known.push({ pid: (page as PageInfo).pid, value })
        byName.set(name, known)
      }
    }
    const names = [...byName].sort(([a], [b]) => (a < b ? -1 : 1))
    if (prefix === '' && aggr === null) return names.map(([name]) => name)
    return Object.fromEntries(
      names.map(([name, values]) => [name, aggr === null ? values.map(({ value }) => value) : aggregate(aggr, values)]),
    )
  }

  async #files(glob: string | null): Promise<object> {
    const pages = (await this.#read()).map(({ pages: [page] }) => page as PageInfo)
    if (glob !== null) return [...filesMatching(glob, pages)].sort()
    return pages.flatMap(({ file }) => file ?? []).sort()
  }

  #history(prefix: string, query: URLSearchParams): object {
    const now = Math.floor(this.#now())
    const from = timeOf(query, 'from', now, now - 300)
    const to = timeOf(query, 'to', now, now)
    const isWanted = nameTest(prefix, query)
    const histories: object[] = []
    const processes = new Set(this.#chosen(query))
    for (const [{ statistic, track }, { process, family, series }] of this.#store.tracks((one) => processes.has(one))) {
      const name = statName(family.family.name, series.labels, statistic)
      // The sum of a family goes by its name alone, as far as statistics of single series do not.
      if (!isWanted(name)) continue
      if (histories.length >= maxHistories)
        throw new BadRequest(
          `More than ${maxHistories} histories. Choose fewer by the beginning of a name, app or pid.`,
        )
      const { times, values } = track.since(from)
      const points = times.map((time, i) => [time, values[i]] as const).filter(([time]) => time <= to)
      const { app, pid, tid } = process.page
      histories.push({ name, app, pid, tid, points })
    }
    return histories
  }

  #points(query: URLSearchParams): object {
    const now = Math.floor(this.#now())
    const from = timeOf(query, 'from', now, now - 300)
    const tracks = numbersOf(query, 'tracks').map((id) => [id, this.#store.track(id)?.since(from)] as const)
    return { now, tracks: Object.fromEntries(tracks.filter(([, points]) => points !== undefined)) }
  }

  #heat(query: URLSearchParams): object {
    const now = Math.floor(this.#now())
    const from = timeOf(query, 'from', now, now - 300)
    return joinColumns(numbersOf(query, 'heats').map((id) => this.#store.heat(id)?.since(from) ?? []))
  }

  #changes(query: URLSearchParams): object {
    const now = Math.floor(this.#now())
    const from = timeOf(query, 'from', now, now - 30)
    const to = timeOf(query, 'to', now, now)
    if (!(from < to)) throw new BadRequest('from must be before to.')
    const processes = new Set(this.#chosen(query))
    return changesIn(this.#store, from, to, (one) => processes.has(one))
  }

  async #chosenPages(query: URLSearchParams): Promise<readonly Snapshot[]> {
    const snapshots = await this.#read()
    const isChosen = pageTest(
      query,
      snapshots.map(({ pages: [page] }) => page as PageInfo),
    )
    return snapshots.filter(({ pages: [page] }) => isChosen(page as PageInfo))
  }

  #chosen(query: URLSearchParams): ProcessHistory[] {
    const processes = [...this.#store.processes.values()]
    const isChosen = pageTest(
      query,
      processes.map(({ page }) => page),
    )
    const ids = query.has('process') ? new Set(numbersOf(query, 'process')) : undefined
    return processes.filter(({ id, page }) => isChosen(page) && (ids === undefined || ids.has(id)))
  }
}

function isPage({ pages: [page] }: Snapshot): boolean {
  return page !== undefined && page.state !== 'archived'
}

function numbersOf(query: URLSearchParams, name: string): number[] {
  const numbers = (query.get(name) ?? '').split(',').filter(Boolean).map(Number)
  if (numbers.length === 0 || numbers.length > maxNumbers || !numbers.every(Number.isSafeInteger))
    throw new BadRequest(`${name} must be 1 to ${maxNumbers} numbers, separated by commas.`)
  return numbers
}
