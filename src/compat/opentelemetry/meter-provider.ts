import {
  type MeterProvider as ApiMeterProvider,
  createNoopMeter,
  diag,
  type Meter,
  type MeterOptions,
} from '@opentelemetry/api'
import { defaultRegistry } from '../../metrics/registry/default-registry.ts'
import type { Registry } from '../../metrics/registry/registry.ts'
import { checkOptions, flag, type OptionRules, oneOf, registryLike } from '../../options.ts'
import { type Aggregation, aggregations } from '../../snapshot/family-traits.ts'
import { publishDefault } from '../publish-default.ts'
import { labelsOfScope, PlimsollMeter } from './meter.ts'
import { Observables } from './observables.ts'
import { Streams } from './streams.ts'
import { cardinalityRule, checkViews, type ViewOptions } from './views.ts'

/** Options of a meter provider. */
export interface MeterProviderOptions {
  /**
   * Where all is recorded. Default: the registry behind `counter()`, `timer()` and so on, which is published in the next turn of the
   * event loop where the app has not done so; another one is published by `publish({ registry })`.
   */
  readonly registry?: Registry
  /** How some instruments are recorded in another way. Default: none. */
  readonly views?: readonly ViewOptions[]
  /**
   * Buckets of histograms for which neither a view nor the library that records gives bounds: `exponential`, with quantiles
   * within 1.1 %, or `explicit`, the 15 bounds that the SDK of OpenTelemetry has.
   * @default 'exponential'
   */
  readonly histograms?: 'explicit' | 'exponential'
  /**
   * How gauges of several processes are combined. OpenTelemetry uses gauges for what cannot be added up, so each process stays
   * by itself. Up-down counters are always added up.
   * @default 'process'
   */
  readonly gaugeAggregation?: Aggregation
  /** Maximum number of series of an instrument, the overflow series included; at least 2. Default: 2,000 and the overflow series. */
  readonly cardinalityLimit?: number
  /**
   * Whether counters and histograms keep the trace and span ids of the last value that was recorded in a sampled span: a
   * microsecond for each such value.
   * @default false
   */
  readonly exemplars?: boolean
  /**
   * Whether series get the labels `otel_scope_name`, `otel_scope_version` and `otel_scope_schema_url` of their meter, as in
   * OpenTelemetry's rules for Prometheus. Without them, equal instruments of several meters are one.
   * @default true
   */
  readonly scopeLabels?: boolean
}

const rules: OptionRules<MeterProviderOptions> = {
  registry: registryLike,
  views: [(given) => Array.isArray(given), 'an array of views'],
  histograms: oneOf('explicit', 'exponential'),
  gaugeAggregation: oneOf(...aggregations),
  cardinalityLimit: cardinalityRule,
  exemplars: flag,
  scopeLabels: flag,
}

const noReaders = 'Metrics are read from the page, without a reader: leave it out.'
const sdkOptions: Readonly<Record<string, string>> = {
  readers: noReaders,
  resource: 'Pass the labels to publish(): publish({ app, labels }).',
  sdkMetricsEnabled: noReaders,
}

/**
 * Records what goes through the metrics API of OpenTelemetry into plimsoll's registry, and so into its page:
 * `metrics.setGlobalMeterProvider(new MeterProvider())`. Recording with attributes that were seen before costs some 10 ns for
 * each of them, and allocates nothing. Nothing of it throws but the constructor: PLIMSOLL_OPTION_UNKNOWN or
 * PLIMSOLL_OPTION_INVALID. What is wrong is reported to `diag` of OpenTelemetry.
 */
export class MeterProvider implements ApiMeterProvider {
  readonly #streams: Streams
  readonly #observables: Observables
  readonly #hasScopeLabels: boolean
  readonly #meters = new Map<string, Meter>()
  #isShutDown = false

  /** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
  constructor(options: MeterProviderOptions = {}) {
    const where = 'new MeterProvider()'
    checkOptions(where, options, rules, sdkOptions)
    const { registry = defaultRegistry, views = [], scopeLabels = true } = options
    checkViews(where, views)
    const { histograms = 'exponential', gaugeAggregation = 'process', exemplars = false, cardinalityLimit } = options
    this.#streams = new Streams(registry, views, { histograms, gaugeAggregation, exemplars, cardinalityLimit })
    this.#observables = new Observables(registry)
    this.#hasScopeLabels = scopeLabels
    // Not before the app has had its turn: its own `publish()` may have options.
    if (options.registry === undefined) setImmediate(publishDefault)
  }

  /** The meter of a library; the same again for the same name, version and schema URL. */
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    if (this.#isShutDown) {
      diag.warn('A meter provider that was shut down has no meters that record')
      return createNoopMeter()
    }
    const scope = {
      name: String(name ?? ''),
      version: String(version ?? ''),
      schemaUrl: String(options?.schemaUrl ?? ''),
    }
    const key = JSON.stringify(scope)
    const known = this.#meters.get(key)
    if (known !== undefined) return known
    const labels = this.#hasScopeLabels ? labelsOfScope(scope) : new Map()
    const meter = new PlimsollMeter(scope, labels, this.#streams, this.#observables)
    this.#meters.set(key, meter)
    return meter
  }

  /** Calls the callbacks of all observable instruments now, and resolves when they have come to an end. */
  forceFlush(): Promise<void> {
    return this.#observables.run()
  }

  /** Calls them a last time. Meters that are requested from now on record nothing; what was recorded stays. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown) return
    this.#isShutDown = true
    await this.#observables.run()
    this.#observables.stop()
  }
}
