import { histogramsRule, seriesLabelsRule } from '../formats/remote-write/format.ts'
import {
  type RemoteWriteChunk,
  type RemoteWriteEncoding,
  remoteWriteChunks,
} from '../formats/remote-write/remote-write.ts'
import { type SnappyPart, snappyBlock, snappyPart } from '../formats/remote-write/snappy.ts'
import { flag, type OptionRules, text } from '../options.ts'
import { removedSeries } from '../snapshot/removed.ts'
import type { Labels, Snapshot } from '../snapshot/snapshot.ts'
import { version } from '../version.ts'
import { type ExpositionChoice, expositionChoice, expositionChoiceRules } from './exposition-options.ts'
import { headersRule, httpUrl } from './http-target.ts'
import { type Origin, originOf } from './origin.ts'
import { isAccepted, isBusy, refusal, sendWithRetries } from './retries.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Delivery, Sink, SinkDescription } from './sink.ts'
import { sinkTarget } from './sink-options.ts'
import { inSlices } from './slices.ts'
import { type HttpRequest, HttpTransport } from './transports/http.ts'

/** Options of `remoteWrite()`. */
export interface RemoteWriteSinkOptions extends RuleOptions, ExpositionChoice {
  /** The label `job` of all series; empty for none. @default the name of the app */
  readonly job?: string
  /**
   * The label `instance` of all series; empty for none. No two sources may have the same job and instance.
   * @default of a registry host and process id, of a fleet host and directory
   */
  readonly instance?: string
  /** Further labels of all series. A label of a metric with one of these names becomes `exported_…`. */
  readonly labels?: Labels
  /**
   * What metrics that record exponential buckets become: `native` histograms, which Prometheus stores since 2.40 where they are
   * enabled, or `classic` ones, which all receivers store.
   * @default 'classic'
   */
  readonly histograms?: 'classic' | 'native'
  /**
   * Whether series that are gone end, and all of them at `close()`: queries then return nothing from that moment on, instead of
   * the last value for five minutes more.
   * @default true
   */
  readonly endSeries?: boolean
  /** Headers of requests, such as `Authorization` or `X-Scope-OrgID`. */
  readonly headers?: Readonly<Record<string, string>>
}

const rules: OptionRules<RemoteWriteSinkOptions> = {
  job: text,
  instance: text,
  labels: seriesLabelsRule,
  histograms: histogramsRule,
  endSeries: flag,
  headers: headersRule,
  ...expositionChoiceRules,
  ...ruleRules,
}

const example = 'remote-write+http://127.0.0.1:9090/api/v1/write'
/** Where Prometheus, VictoriaMetrics and others take it. */
const defaultPath = '/api/v1/write'

/**
 * A sink for a receiver of Prometheus remote write 1.0: Prometheus itself, VictoriaMetrics, Mimir, Thanos and others. Names and
 * samples are those of the Prometheus text.
 *
 * A request has about 2,000 series, and is sent again as it is while the answer is 429 or 5xx. One that is refused, as for a
 * sample that is older than one stored, is counted as lost, and the others are sent.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to the URL of the receiver. Without a path, `/api/v1/write` is added.
 */
export function remoteWrite(to: string, options: RemoteWriteSinkOptions = {}): Sink {
  const schemes = ['remote-write+http', 'remote-write+https', 'http', 'https']
  const target = sinkTarget('remoteWrite()', to, options, rules, { schemes, example })
  const exposition = expositionChoice(target.options, 'remoteWrite()')
  const url = httpUrl(target.url)
  if (url.pathname === '/') url.pathname = defaultPath
  return new RemoteWriteSink(url, target.options, exposition, target.description)
}

/** As many as Prometheus itself sends in a request: what is refused for one bad sample is not all there is. */
const maxSeries = 2000
const maxBytes = 4 * 2 ** 20
/** As often as Prometheus itself sends types and help texts, which hardly change. */
const metadataSeconds = 60

/** A part of a snapshot, as the body of a request. */
interface Batch {
  readonly body: Uint8Array
  readonly series: number
}

/** A chunk of a snapshot, compressed. */
interface Part extends SnappyPart {
  readonly series: number
}

class RemoteWriteSink implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #url: URL
  readonly #options: RemoteWriteSinkOptions
  readonly #exposition: RemoteWriteEncoding['exposition']
  readonly #rules: Rules
  readonly #transport: HttpTransport
  #origin: Origin | undefined
  /** What the receiver has. */
  #sent: Snapshot | undefined
  /** Milliseconds; a receiver refuses what is not newer. */
  #lastTime = 0
  /** When the receiver has accepted types and help texts, in Unix seconds. */
  #describedAt = Number.NEGATIVE_INFINITY

  constructor(
    url: URL,
    options: RemoteWriteSinkOptions,
    exposition: RemoteWriteEncoding['exposition'],
    description: SinkDescription | undefined,
  ) {
    this.name = `remote-write ${url.host}`
    if (description !== undefined) this.description = description
    this.#url = url
    this.#options = options
    this.#exposition = exposition
    this.#rules = new Rules(options)
    this.#transport = new HttpTransport(url)
  }

  async send(given: Snapshot, delivery: Delivery): Promise<void> {
    const snapshot = this.#rules.select(given)
    const isDescribed = Math.abs(snapshot.takenAt - this.#describedAt) < metadataSeconds
    await this.#deliver(this.#chunks(snapshot, delivery, !isDescribed), delivery)
    this.#sent = snapshot
    if (!isDescribed) this.#describedAt = snapshot.takenAt
  }

  sendAtExit(given: Snapshot, delivery: Delivery): void {
    const snapshot = this.#rules.select(given)
    const chunks = [...this.#chunks(snapshot, delivery), ...this.#ends(snapshot)]
    const body = snappyBlock(chunks.map(({ bytes }) => snappyPart(bytes)))
    if (this.#transport.sendAtExit(this.#request(body))) delivery.sent(body.length)
    else
      delivery.lost(
        chunks.reduce((sum, { series }) => sum + series, 0),
        'no connection at exit',
      )
  }

  async close(delivery: Delivery): Promise<void> {
    try {
      if (this.#sent !== undefined) await this.#deliver(this.#ends(this.#sent), delivery)
    } finally {
      this.#transport.close()
    }
  }

  /** The series that are gone since the last time end first: one that changed its type has the same name. */
  *#chunks(snapshot: Snapshot, delivery: Delivery, hasMetadata = false): Generator<RemoteWriteChunk> {
    const time = Math.max(Math.round(snapshot.takenAt * 1000), this.#lastTime + 2)
    this.#lastTime = time
    const before = this.#sent
    const onLeftOut = ({ series }: { readonly series: number }): void => delivery.lost(series, 'left out')
    const isEnding = this.#options.endSeries !== false && before !== undefined
    if (isEnding) yield* this.#encode(removedSeries(before, snapshot), { time: time - 1, isEnd: true })
    const exposition = { ...this.#exposition, onLeftOut }
    yield* this.#encode(snapshot, { time, isEnd: false, hasMetadata, exposition })
  }

  #ends(snapshot: Snapshot): Iterable<RemoteWriteChunk> {
    return this.#options.endSeries === false ? [] : this.#encode(snapshot, { time: ++this.#lastTime, isEnd: true })
  }

  #encode(
    snapshot: Snapshot,
    given: Pick<RemoteWriteEncoding, 'time' | 'isEnd'> & Partial<RemoteWriteEncoding>,
  ): Iterable<RemoteWriteChunk> {
    this.#origin ??= originOf(snapshot)
    const { app, instance } = this.#origin
    const labels = { job: app, instance, ...this.#options.labels }
    if (this.#options.job !== undefined) labels.job = this.#options.job
    if (this.#options.instance !== undefined) labels.instance = this.#options.instance
    const { histograms = 'classic' } = this.#options
    return remoteWriteChunks(snapshot, {
      exposition: this.#exposition,
      histograms,
      labels,
      exemplarsSince: this.#sent?.takenAt ?? 0,
      ...given,
    })
  }

  /** Sends chunks in requests of a size that receivers take. Rejects at the end where one was refused. */
  async #deliver(chunks: Iterable<RemoteWriteChunk>, delivery: Delivery): Promise<void> {
    let refused: Error | undefined
    for await (const { body, series } of batches(inSlices(compressed(chunks)))) {
      const request = this.#request(body)
      const response = await sendWithRetries(this.#transport, request, isBusy, delivery)
      if (isAccepted(response)) continue
      const isRefused = !isBusy(response.status)
      if (isRefused) delivery.lost(series, 'refused')
      const error = refusal(this.name, response, isRefused)
      if (response.status !== badRequest) throw error
      // One sample of it; those of other requests may be good.
      refused ??= error
    }
    if (refused !== undefined) throw refused
  }

  #request(body: Uint8Array): HttpRequest {
    const headers = {
      'user-agent': `plimsoll/${version}`,
      ...this.#options.headers,
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    }
    return { method: 'POST', url: this.#url, headers, body }
  }
}

const badRequest = 400

function* compressed(chunks: Iterable<RemoteWriteChunk>): Generator<Part> {
  for (const { bytes, series } of chunks) yield { ...snappyPart(bytes), series }
}

async function* batches(all: AsyncIterable<Part>): AsyncGenerator<Batch> {
  let parts: Part[] = []
  let series = 0
  let length = 0
  for await (const part of all) {
    if (parts.length > 0 && (series + part.series > maxSeries || length + part.length > maxBytes)) {
      yield { body: snappyBlock(parts), series }
      parts = []
      series = 0
      length = 0
    }
    parts.push(part)
    series += part.series
    length += part.length
  }
  if (parts.length > 0) yield { body: snappyBlock(parts), series }
}
