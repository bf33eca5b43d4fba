import { optionInvalid } from '../errors.ts'
import type { ExpositionOptions } from '../formats/exposition/options.ts'
import { formatPrometheus, prometheusContentType } from '../formats/exposition/prometheus.ts'
import { formatPrometheusProtobuf, prometheusProtobufContentType } from '../formats/exposition/protobuf.ts'
import { seriesLabelsRule } from '../formats/remote-write/format.ts'
import { flag, nonEmptyText, type OptionRules, oneOf } from '../options.ts'
import type { Labels, Snapshot } from '../snapshot/snapshot.ts'
import { version } from '../version.ts'
import { type ExpositionChoice, expositionChoice, expositionChoiceRules } from './exposition-options.ts'
import { groupingPath } from './grouping-path.ts'
import { headersRule, httpUrl } from './http-target.ts'
import { originOf } from './origin.ts'
import { isAccepted, isBusy, refusal, sendWithRetries } from './retries.ts'
import { type RuleOptions, Rules, ruleRules } from './rules.ts'
import type { Delivery, Sink, SinkDescription } from './sink.ts'
import { sinkTarget } from './sink-options.ts'
import { gzipped, gzippedNow, type HttpRequest, HttpTransport } from './transports/http.ts'

/** Options of `pushgateway()`. */
export interface PushgatewayOptions extends RuleOptions, ExpositionChoice {
  /** The job of the group. @default the name of the app */
  readonly job?: string
  /**
   * The other labels of the group. Two processes that push to the same group replace each other's metrics.
   * @default `instance`: of a registry host and process id, of a fleet host and directory
   */
  readonly grouping?: Labels
  /** `PUT` replaces all metrics of the group, `POST` those of the same names only. @default 'PUT' */
  readonly method?: 'PUT' | 'POST'
  /** `protobuf` has native histograms as well as classic ones, and exemplars. @default 'text' */
  readonly format?: 'text' | 'protobuf'
  /** Whether the group is deleted at `close()`. Else its last values stay until somebody deletes it. @default false */
  readonly deleteAtClose?: boolean
  /** Headers of requests, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** @default 'gzip' */
  readonly compression?: 'gzip' | 'none'
}

const rules: OptionRules<PushgatewayOptions> = {
  job: nonEmptyText,
  grouping: seriesLabelsRule,
  method: oneOf('PUT', 'POST'),
  format: oneOf('text', 'protobuf'),
  deleteAtClose: flag,
  headers: headersRule,
  compression: oneOf('gzip', 'none'),
  ...expositionChoiceRules,
  ...ruleRules,
}

const example = 'pushgateway+http://127.0.0.1:9091'

/**
 * A sink for a Pushgateway: for batch jobs, which nobody can scrape before they end. The gateway keeps the last values of each
 * group until the group is deleted. A label of a metric that is one of the group's becomes `exported_…`, as the gateway would
 * overwrite it.
 *
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param to the URL of the gateway, without `/metrics`.
 */
export function pushgateway(to: string, options: PushgatewayOptions = {}): Sink {
  const schemes = ['pushgateway+http', 'pushgateway+https', 'http', 'https']
  const target = sinkTarget('pushgateway()', to, options, rules, { schemes, example })
  const { grouping = {} } = target.options
  if (Object.hasOwn(grouping, 'job'))
    throw optionInvalid('grouping', 'pushgateway()', grouping, 'no job, which is an option')
  const exposition = expositionChoice(target.options, 'pushgateway()')
  return new PushgatewaySink(httpUrl(target.url), target.options, exposition, target.description)
}

class PushgatewaySink implements Sink {
  readonly name: string
  readonly description?: SinkDescription
  readonly #base: URL
  readonly #options: PushgatewayOptions
  readonly #exposition: ExpositionChoice
  readonly #rules: Rules
  readonly #transport: HttpTransport
  /** The labels of the group, `job` first; those of the first snapshot. */
  #group: Labels | undefined

  constructor(
    base: URL,
    options: PushgatewayOptions,
    exposition: ExpositionChoice,
    description: SinkDescription | undefined,
  ) {
    this.name = `pushgateway ${base.host}`
    if (description !== undefined) this.description = description
    this.#base = base
    this.#options = options
    this.#exposition = exposition
    this.#rules = new Rules(options)
    this.#transport = new HttpTransport(base)
  }

  async send(given: Snapshot, delivery: Delivery): Promise<void> {
    const body = this.#format(given, delivery)
    const { method = 'PUT' } = this.#options
    await this.#deliver(this.#request(method, this.#isCompressed ? await gzipped(body) : body), delivery)
  }

  sendAtExit(given: Snapshot, delivery: Delivery): void {
    const body = this.#format(given, delivery)
    const { method = 'PUT' } = this.#options
    const request = this.#request(method, this.#isCompressed ? gzippedNow(body) : body)
    if (this.#transport.sendAtExit(request)) delivery.sent(request.body.length)
    else
      delivery.lost(
        given.families.reduce((sum, { series }) => sum + series.length, 0),
        'no connection at exit',
      )
  }

  async close(delivery: Delivery): Promise<void> {
    try {
      if (this.#options.deleteAtClose && this.#group !== undefined) {
        await this.#deliver(this.#request('DELETE', new Uint8Array()), delivery)
      }
    } finally {
      this.#transport.close()
    }
  }

  get #isCompressed(): boolean {
    return this.#options.compression !== 'none'
  }

  #groupOf(snapshot: Snapshot): Labels {
    const { app, instance } = originOf(snapshot)
    const { job = app === '' ? 'unknown' : app, grouping = { instance } } = this.#options
    this.#group ??= { job, ...grouping }
    return this.#group
  }

  #format(given: Snapshot, delivery: Delivery): Uint8Array {
    const options: ExpositionOptions = {
      ...this.#exposition,
      defaultLabels: this.#groupOf(given),
      onLeftOut: ({ series }) => delivery.lost(series, 'left out'),
    }
    const snapshot = this.#rules.select(given)
    if (this.#options.format === 'protobuf') return formatPrometheusProtobuf(snapshot, options)
    return new TextEncoder().encode(formatPrometheus(snapshot, options))
  }

  async #deliver(request: HttpRequest, delivery: Delivery): Promise<void> {
    const response = await sendWithRetries(this.#transport, request, isBusy, delivery)
    if (!isAccepted(response)) throw refusal(this.name, response, !isBusy(response.status))
  }

  #request(method: string, body: Uint8Array): HttpRequest {
    const url = new URL(this.#base)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/metrics${groupingPath(this.#group ?? {})}`
    const { format, headers } = this.#options
    const ofBody = {
      'content-type': format === 'protobuf' ? prometheusProtobufContentType : prometheusContentType,
      ...(this.#isCompressed && { 'content-encoding': 'gzip' }),
    }
    return {
      method,
      url,
      body,
      headers: { 'user-agent': `plimsoll/${version}`, ...headers, ...(body.length > 0 && ofBody) },
    }
  }
}
