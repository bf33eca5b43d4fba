import type {
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
  UpDownCounter,
} from '@opentelemetry/api'
import { diag, ValueType } from '@opentelemetry/api'
import type { AttributeIndex } from './attribute-index.ts'
import {
  type Accepted,
  DistributionInstrument,
  LastInstrument,
  ManyInstruments,
  type Recording,
  SumInstrument,
} from './instruments.ts'
import { isInstrumentName, scopeLabels } from './names.ts'
import type { Observables } from './observables.ts'
import { ObservedInstrument } from './observed-instrument.ts'
import { type InstrumentDescription, onlyRises } from './plan.ts'
import type { Stream, Streams } from './streams.ts'
import type { InstrumentKind } from './views.ts'

/** Who records: what `getMeter` was given. */
export interface Scope {
  readonly name: string
  readonly version: string
  readonly schemaUrl: string
}

interface Known {
  readonly instrument: Recording | ObservedInstrument
  readonly description: string
}

/** The labels of a scope. */
export function labelsOfScope(scope: Scope): ReadonlyMap<string, string> {
  const labels = new Map<string, string>()
  for (const part of ['name', 'version', 'schemaUrl'] as const)
    if (scope[part] !== '') labels.set(scopeLabels[part], scope[part].slice(0, 1024))
  return labels
}

/** Makes the instruments of one scope; the same again for the same name, kind, unit and type of values. */
export class PlimsollMeter implements Meter {
  private readonly scope: Scope
  private readonly labels: ReadonlyMap<string, string>
  private readonly streams: Streams
  private readonly observables: Observables
  private readonly known = new Map<string, Known>()

  constructor(scope: Scope, labels: ReadonlyMap<string, string>, streams: Streams, observables: Observables) {
    this.scope = scope
    this.labels = labels
    this.streams = streams
    this.observables = observables
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return this.synchronous('COUNTER', name, options)
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return this.synchronous('UP_DOWN_COUNTER', name, options)
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return this.synchronous('GAUGE', name, options)
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    return this.synchronous('HISTOGRAM', name, options)
  }

  createObservableCounter(name: string, options?: MetricOptions): ObservableCounter {
    return this.observable('OBSERVABLE_COUNTER', name, options)
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): ObservableUpDownCounter {
    return this.observable('OBSERVABLE_UP_DOWN_COUNTER', name, options)
  }

  createObservableGauge(name: string, options?: MetricOptions): ObservableGauge {
    return this.observable('OBSERVABLE_GAUGE', name, options)
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    const instruments = observedOf(observables)
    if (typeof callback === 'function' && instruments.size > 0) this.observables.add(callback, instruments, true)
    else diag.error('A batch callback needs a function and observable instruments of this provider')
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.observables.remove(callback, observedOf(observables), true)
  }

  private synchronous(kind: InstrumentKind, name: string, options: MetricOptions | undefined): Recording {
    return this.instrument(kind, name, options, (streams, accepted) => {
      const all = streams.map((stream) => recordingOf(stream, accepted))
      return all.length === 1 ? (all[0] as Recording) : new ManyInstruments(all)
    })
  }

  private observable(kind: InstrumentKind, name: string, options: MetricOptions | undefined): ObservedInstrument {
    return this.instrument(kind, name, options, (streams, accepted) => {
      return new ObservedInstrument(streams, accepted, this.observables)
    })
  }

  private instrument<I extends Recording | ObservedInstrument>(
    kind: InstrumentKind,
    name: string,
    options: MetricOptions | undefined,
    make: (streams: readonly Stream[], accepted: Accepted) => I,
  ): I {
    const described = this.describe(kind, name, options)
    const { description, unit, isInt } = described
    const key = JSON.stringify([kind, described.name.toLowerCase(), unit, isInt])
    const known = this.known.get(key)
    if (known !== undefined) {
      if (known.description !== description) diag.warn(`${name} keeps the description that it was created with first`)
      return known.instrument as I
    }
    const accepted = { name: described.name, isInt, min: onlyRises(kind) ? 0 : -Number.MAX_VALUE }
    const instrument = make(this.streams.of(described, this.labels), accepted)
    this.known.set(key, { instrument, description })
    return instrument
  }

  private describe(kind: InstrumentKind, name: unknown, options: MetricOptions | undefined): InstrumentDescription {
    const { description, unit, valueType, advice } = options ?? {}
    const text = String(name)
    if (!isInstrumentName(text)) diag.warn(`Invalid name of an instrument: ${JSON.stringify(text)}`)
    const advised = advice?.explicitBucketBoundaries
    return {
      name: text,
      kind,
      unit: String(unit ?? ''),
      description: String(description ?? ''),
      isInt: valueType === ValueType.INT,
      advised: Array.isArray(advised) ? advised : undefined,
      meter: this.scope,
    }
  }
}

function observedOf(observables: readonly Observable[]): ReadonlySet<ObservedInstrument> {
  const given: readonly unknown[] = Array.isArray(observables) ? observables : []
  return new Set(given.filter((one) => one instanceof ObservedInstrument))
}

function recordingOf({ use, index }: Stream, accepted: Accepted): Recording {
  if (use === 'sum') return new SumInstrument(index as AttributeIndex<never>, accepted)
  if (use === 'last') return new LastInstrument(index as AttributeIndex<never>, accepted)
  return new DistributionInstrument(index as AttributeIndex<never>, accepted)
}
