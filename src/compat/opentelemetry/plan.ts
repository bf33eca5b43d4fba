import { diag } from '@opentelemetry/api'
import type { Aggregation } from '../../snapshot/family-traits.ts'
import { maxBounds, maxHelpLength, maxUnitLength } from '../../snapshot/limits.ts'
import { aggregationTypes, type Chosen, type InstrumentKind, type ViewOptions } from './views.ts'

/** An instrument as its meter creates it. */
export interface InstrumentDescription extends Chosen {
  readonly description: string
  readonly isInt: boolean
  /** Bucket bounds that the library which creates the instrument advises. */
  readonly advised: readonly number[] | undefined
}

/** What applies where no view says otherwise. */
export interface StreamDefaults {
  readonly histograms: 'explicit' | 'exponential'
  readonly gaugeAggregation: Aggregation
  readonly cardinalityLimit: number | undefined
  readonly exemplars: boolean
}

/** The family that takes the values of an instrument. */
export interface Plan {
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'average'
  /** Whether values add up, replace each other, or are distributed. */
  readonly use: 'sum' | 'last' | 'distribution'
  readonly name: string
  readonly help: string
  readonly options: {
    readonly unit: string
    readonly aggregation?: Aggregation
    readonly upDownCounter?: boolean
    readonly buckets?: readonly number[]
    readonly exemplars?: true
    readonly maxSeries?: number
  }
}

type AggregationName = (typeof aggregationTypes)[number]

/** The bounds that the SDK gives histograms for which there is no advice. */
const sdkBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

const usual: Readonly<Record<InstrumentKind, AggregationName>> = {
  COUNTER: 'sum',
  UP_DOWN_COUNTER: 'sum',
  GAUGE: 'last_value',
  HISTOGRAM: 'explicit_bucket_histogram',
  OBSERVABLE_COUNTER: 'sum',
  OBSERVABLE_UP_DOWN_COUNTER: 'sum',
  OBSERVABLE_GAUGE: 'last_value',
}

/** Whether the values of an instrument are never negative. */
export function onlyRises(kind: InstrumentKind): boolean {
  return kind === 'COUNTER' || kind === 'HISTOGRAM' || kind === 'OBSERVABLE_COUNTER'
}

/** What becomes of an instrument by one view, or by none; `undefined` where it is dropped. */
export function planOf(
  instrument: InstrumentDescription,
  view: ViewOptions,
  defaults: StreamDefaults,
): Plan | undefined {
  const { type = 'default', options } = view.aggregation ?? {}
  const given = typeof type === 'number' ? (aggregationTypes[type] as AggregationName) : type
  const aggregation = given === 'default' ? usual[instrument.kind] : given
  const limit = view.aggregationCardinalityLimit ?? defaults.cardinalityLimit
  const common = {
    unit: instrument.unit.slice(0, maxUnitLength),
    // Limits of OpenTelemetry count the overflow series.
    ...(limit !== undefined && { maxSeries: limit - 1 }),
  }
  const exemplars = defaults.exemplars && { exemplars: true as const }
  const name = view.name ?? instrument.name
  const help = (view.description ?? instrument.description).slice(0, maxHelpLength)
  const isMonotonic = onlyRises(instrument.kind)
  switch (aggregation) {
    case 'drop':
      return undefined
    case 'sum':
      return isMonotonic
        ? { kind: 'counter', use: 'sum', name, help, options: { ...common, ...exemplars } }
        : { kind: 'gauge', use: 'sum', name, help, options: { ...common, aggregation: 'sum', upDownCounter: true } }
    case 'last_value': {
      const gaugeAggregation = view.gaugeAggregation ?? defaults.gaugeAggregation
      const options = { ...common, aggregation: gaugeAggregation, upDownCounter: false }
      return { kind: 'gauge', use: 'last', name, help, options }
    }
    default: {
      const isExplicit = given === 'explicit_bucket_histogram'
      const bounds = isExplicit
        ? (options?.boundaries ?? sdkBounds)
        : given === 'default'
          ? boundsOf(instrument, defaults)
          : undefined
      const buckets = bounds && checked(bounds, name)
      if (buckets?.length === 0) return { kind: 'average', use: 'distribution', name, help, options: common }
      return {
        kind: 'histogram',
        use: 'distribution',
        name,
        help,
        options: { ...common, ...exemplars, ...(buckets && { buckets }) },
      }
    }
  }
}

function boundsOf({ advised }: InstrumentDescription, { histograms }: StreamDefaults): readonly number[] | undefined {
  return advised ?? (histograms === 'explicit' ? sdkBounds : undefined)
}

/** Ascending, different and finite, as the SDK makes them, and no more than a family may have. */
function checked(bounds: readonly number[], name: string): readonly number[] {
  const finite = [...new Set(bounds.filter((bound) => Number.isFinite(bound)))].sort((a, b) => a - b)
  if (finite.length > maxBounds) diag.warn(`${name} has ${finite.length} buckets: the first ${maxBounds} are kept`)
  return finite.slice(0, maxBounds)
}
