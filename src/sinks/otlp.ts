import type { OtlpAttributes, OtlpEncoding } from '../formats/otlp/encoding.ts'
import { maxBucketsRule, otlpHistogramsRule, resourceRule } from '../formats/otlp/format.ts'
import { type OtlpChunk, otlpChunks, otlpRequest, requestOverhead } from '../formats/otlp/otlp.ts'
import { otlpResponse } from '../formats/otlp/response.ts'
import { flag, type OptionRules, oneOf } from '../options.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { version } from '../version.ts'
import { CumulativeStarts } from './cumulative-starts.ts'
import { Growth } from './growth.ts'
import { headersRule, httpUrl } from './http-target.ts'
import { type Origin, originOf } from './origin.ts'
import { metricsPath, type OtlpEnvironment, otlpEnvironment } from './otlp-environment.ts'
import { isAccepted, refusal, sendWithRetries } from './retries.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Delivery, Sink, SinkDescription } from './sink.ts'
import { sinkTarget } from './sink-options.ts'
import { inSlices } from './slices.ts'
import { gzipped, gzippedNow, type HttpRequest, type HttpResponse, HttpTransport } from './transports/http.ts'
import { readTls } from './transports/tls.ts'

/** Options of `otlp()`. Each has precedence over its environment variable. */
export interface OtlpSinkOptions extends RuleOptions {
  /** @default `OTEL_EXPORTER_OTLP_PROTOCOL`, or 'protobuf' */
  readonly encoding?: 'protobuf' | 'json'
  /**
   * `cumulative`: totals since the start of the source. `delta`: what came since the last send that the receiver
   * acknowledged; the first one is a baseline, without totals.
   * @default `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, or 'cumulative'
   */
  readonly temporality?: 'cumulative' | 'delta'
  /** How many buckets an exponential histogram has at most, 2 to 10,000. With more, neighbours are joined. @default 160 */
  readonly maxBuckets?: number
  /**
   * What metrics that record exponential buckets become: `exponential` histograms, or `explicit` ones with the bounds of the
   * Prometheus text, for receivers that do not take the former.
   * @default `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, or 'exponential'
   */
  readonly histograms?: 'exponential' | 'explicit'
  /** Whether meters have their rates beside them, as gauges named `….rate`. @default false */
  readonly rates?: boolean
  /**
   * Attributes of the resource, beside those of `OTEL_RESOURCE_ATTRIBUTES`. `service.name` is the name of the app unless
   * given here or as `OTEL_SERVICE_NAME`.
   */
  readonly resource?: OtlpAttributes
  /** Headers of requests, such as an API key, beside those of `OTEL_EXPORTER_OTLP_HEADERS`. */
  readonly headers?: Readonly<Record<string, string>>
  /** @default `OTEL_EXPORTER_OTLP_COMPRESSION`, or 'gzip' */
  readonly compression?: 'gzip' | 'none'
}

const rules: OptionRules<OtlpSinkOptions> = {
  encoding: oneOf('protobuf', 'json'),
  temporality: oneOf('cumulative', 'delta'),
  maxBuckets: maxBucketsRule,
  histograms: otlpHistogramsRule,
  rates: flag,
  resource: resourceRule,
  headers: headersRule,
  compression: oneOf('gzip', 'none'),
  ...ruleRules,
}

const example = 'otlp+http://127.0.0.1:4318'

/**
 * A sink for a receiver of OTLP over HTTP, such as the OpenTelemetry collector. Without a URL it sends to where
 * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` point, else to `http://localhost:4318`.
 *
 * Requests have at most 20 MiB before compression; what of a snapshot is beyond that goes into further requests.
 * Answers with status 429, 502, 503 and 504 are retried, with the pause that `Retry-After` asks for. What the receiver rejects
 * of a request that it accepts is counted as lost.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN. An environment variable that cannot be read is a warning.
 *
 * @param to the URL of the receiver, `otlp+http://host:4318`, `https://host/path` or `otlp:` for the environment. Without a path,
 * `/v1/metrics` is added.
 */
export function otlp(to = 'otlp:', options: OtlpSinkOptions = {}): Sink {
  const schemes = ['otlp', 'otlp+http', 'otlp+https', 'http', 'https']
  const target = sinkTarget('otlp()', to, options, rules, { schemes, example })
  const environment = otlpEnvironment()
  const url = target.url.protocol === 'otlp:' ? environment.url : httpUrl(target.url)
  if (url.pathname === '/' && target.url.protocol !== 'otlp:') url.pathname = metricsPath
  return new OtlpSink(url, environment, target.options, target.description)
}

/** Before compression, as receivers of OTLP refuse larger ones. */
const maxRequestBytes = 20 * 2 ** 20
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Chunks that are one request. */
interface Batch {
  readonly chunks: OtlpChunk[]
  bytes: number
}

class OtlpSink implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #url: URL
  readonly #environment: OtlpEnvironment
  readonly #options: OtlpSinkOptions
  readonly #encoding: 'protobuf' | 'json'
  readonly #rules: Rules
  readonly #starts = new CumulativeStarts()
  readonly #growth: Growth | undefined
  /** When the growth begins, in Unix seconds. */
  #since: number | undefined
  #transport: HttpTransport | undefined
  #origin: Origin | undefined

  constructor(
    url: URL,
    environment: OtlpEnvironment,
    options: OtlpSinkOptions,
    description: SinkDescription | undefined,
  ) {
    this.name = `otlp ${url.host}`
    if (description !== undefined) this.description = description
    this.#url = url
    this.#environment = environment
    this.#options = options
    this.#encoding = options.encoding ?? environment.encoding ?? 'protobuf'
    this.#rules = new Rules(options)
    const temporality = options.temporality ?? environment.temporality ?? 'cumulative'
    this.#growth = temporality === 'delta' ? new Growth() : undefined
  }

  async send(given: Snapshot, delivery: Delivery): Promise<void> {
    const snapshot = this.#rules.select(given)
    let batch: Batch = { chunks: [], bytes: 0 }
    let hasSent = false
    for await (const chunk of inSlices(this.#chunks(snapshot))) {
      const bytes = chunk.bytes.length + 1
      if (bytes + requestOverhead > maxRequestBytes) {
        delivery.lost(chunk.points, 'too large')
        continue
      }
      if (batch.bytes + bytes + requestOverhead > maxRequestBytes) {
        await this.#deliver(batch, snapshot, delivery, hasSent)
        hasSent = true
        batch = { chunks: [], bytes: 0 }
      }
      batch.chunks.push(chunk)
      batch.bytes += bytes
    }
    if (batch.chunks.length > 0) await this.#deliver(batch, snapshot, delivery, hasSent)
    this.#acknowledge(snapshot)
  }

  sendAtExit(given: Snapshot, delivery: Delivery): void {
    const chunks = [...this.#chunks(this.#rules.select(given))]
    if (chunks.length === 0) return
    const body = otlpRequest(chunks, this.#encoding)
    const request = this.#request(this.#isCompressed ? gzippedNow(body) : body)
    if (this.#transport?.sendAtExit(request) === true) delivery.sent(request.body.length)
    else
      delivery.lost(
        chunks.reduce((sum, { points }) => sum + points, 0),
        'no connection at exit',
      )
  }

  close(): void {
    this.#transport?.close()
  }

  get #isCompressed(): boolean {
    return (this.#options.compression ?? this.#environment.compression ?? 'gzip') === 'gzip'
  }

  #chunks(snapshot: Snapshot): Generator<OtlpChunk> {
    this.#origin ??= originOf(snapshot)
    const { maxBuckets, rates, histograms = this.#environment.histograms } = this.#options
    const encoding = {
      encoding: this.#encoding,
      resource: this.#resource(this.#origin),
      ...(maxBuckets !== undefined && { maxBuckets }),
      ...(histograms !== undefined && { histograms }),
      ...(rates !== undefined && { rates }),
    }
    if (this.#growth === undefined) {
      return otlpChunks(snapshot, { ...encoding, temporality: 'cumulative', startOf: this.#starts.next(snapshot) })
    }
    const growth = this.#growth.until(snapshot)
    this.#since ??= snapshot.takenAt
    const since = this.#since
    const delta: OtlpEncoding = {
      ...encoding,
      temporality: 'delta',
      growing: true,
      startOf: () => since,
      exemplarsSince: since,
    }
    return otlpChunks(growth, delta)
  }

  #resource({ app, host, instance, page }: Origin): OtlpAttributes {
    return {
      'service.name': app,
      'service.instance.id': instance,
      'host.name': host,
      ...(page !== undefined && { 'process.pid': page.pid }),
      'telemetry.sdk.name': 'plimsoll',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.version': version,
      ...this.#environment.resource,
      ...this.#options.resource,
    }
  }

  #request(body: Uint8Array): HttpRequest {
    const headers = {
      'user-agent': `plimsoll/${version}`,
      ...this.#environment.headers,
      ...this.#options.headers,
      'content-type': this.#encoding === 'json' ? 'application/json' : 'application/x-protobuf',
      ...(this.#isCompressed && { 'content-encoding': 'gzip' }),
    }
    return { method: 'POST', url: this.#url, headers, body }
  }

  /** Sends one request. `isFurther`: the receiver has others of this snapshot already. */
  async #deliver({ chunks }: Batch, snapshot: Snapshot, delivery: Delivery, isFurther: boolean): Promise<void> {
    const whole = otlpRequest(chunks, this.#encoding)
    const points = chunks.reduce((sum, one) => sum + one.points, 0)
    const response = await this.#answer(whole, delivery).catch((error: unknown) => {
      if (isFurther) this.#giveUp(points, snapshot, delivery)
      throw error
    })
    if (isAccepted(response)) {
      const { rejected } = otlpResponse(response.body, this.#encoding)
      if (rejected > 0) delivery.lost(rejected, 'rejected')
      return
    }
    const isPermanent = !retryable.has(response.status)
    if (isPermanent || isFurther) this.#giveUp(points, snapshot, delivery)
    throw refusal(this.name, response, isPermanent)
  }

  /**
   * Growth that the receiver will not take, or of which it has taken a part: to send it again would be refused again, or count
   * that part twice. Totals need none of this: later ones contain it.
   */
  #giveUp(points: number, snapshot: Snapshot, delivery: Delivery): void {
    if (this.#growth === undefined) return
    this.#acknowledge(snapshot)
    delivery.lost(points, 'refused')
  }

  #acknowledge(snapshot: Snapshot): void {
    this.#growth?.acknowledge(snapshot)
    this.#since = snapshot.takenAt
  }

  async #answer(whole: Uint8Array, delivery: Delivery): Promise<HttpResponse> {
    this.#transport ??= new HttpTransport(this.#url, await readTls(this.#environment.certificates))
    const { timeoutMs } = this.#environment
    const body = this.#isCompressed ? await gzipped(whole) : whole
    const { signal: deadline } = delivery
    const signal = timeoutMs === undefined ? deadline : AbortSignal.any([deadline, AbortSignal.timeout(timeoutMs)])
    const isRetryable = (status: number): boolean => retryable.has(status)
    const sent = (bytes: number): void => delivery.sent(bytes)
    return await sendWithRetries(this.#transport, this.#request(body), isRetryable, { signal, sent })
  }
}
