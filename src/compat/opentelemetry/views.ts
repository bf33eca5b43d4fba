import type { Attributes, Context } from '@opentelemetry/api'
import { optionInvalid } from '../../errors.ts'
import { checkOptions, integer, type OptionRule, type OptionRules, oneOf, text } from '../../options.ts'
import { type Aggregation, aggregations } from '../../snapshot/family-traits.ts'

/** The kinds of instrument, by the names that the SDK of OpenTelemetry has for them. */
export type InstrumentKind =
  | 'COUNTER'
  | 'UP_DOWN_COUNTER'
  | 'GAUGE'
  | 'HISTOGRAM'
  | 'OBSERVABLE_COUNTER'
  | 'OBSERVABLE_UP_DOWN_COUNTER'
  | 'OBSERVABLE_GAUGE'

const instrumentKinds: readonly string[] = [
  'COUNTER',
  'UP_DOWN_COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'OBSERVABLE_COUNTER',
  'OBSERVABLE_UP_DOWN_COUNTER',
  'OBSERVABLE_GAUGE',
] satisfies InstrumentKind[]

/** The aggregations, in the order of the numbers that the SDK has for them. */
export const aggregationTypes = [
  'default',
  'drop',
  'sum',
  'last_value',
  'explicit_bucket_histogram',
  'exponential_histogram',
] as const

/** What becomes of the values of an instrument. */
export interface AggregationOption {
  /** `drop` records nothing. The SDK's `AggregationType` is the same. */
  readonly type: (typeof aggregationTypes)[number] | number
  /** Of an explicit bucket histogram: `boundaries`, the upper bounds. The others of the SDK have no effect. */
  readonly options?: {
    /** Upper bounds of the buckets. */
    readonly boundaries?: readonly number[]
    /** No effect: smallest and largest values are always kept. */
    readonly recordMinMax?: boolean
    /** No effect. */
    readonly maxSize?: number
  }
}

/** Changes attributes before they are looked up, as an attributes processor of the SDK does. */
export interface AttributesProcessor {
  /** Returns other attributes, or the same. */
  process(incoming: Attributes, context?: Context): Attributes
}

/**
 * Which instruments are recorded in another way, and how: the options of a view of the SDK, and `attributeKeys` and
 * `gaugeAggregation`. A view needs one of the options that choose, `instrument…` and `meter…`, and an instrument has to meet
 * all that are given; one that several views choose is recorded as each of them says.
 */
export interface ViewOptions {
  /** Name of the instruments; `*` stands for any text. Default: any. */
  readonly instrumentName?: string
  /** `COUNTER`, `UP_DOWN_COUNTER`, `GAUGE`, `HISTOGRAM`, `OBSERVABLE_COUNTER`, … Default: any. */
  readonly instrumentType?: string
  /** Unit of the instruments. Default: any. */
  readonly instrumentUnit?: string
  /** Name of their meter. Default: any. */
  readonly meterName?: string
  /** Version of their meter. Default: any. */
  readonly meterVersion?: string
  /** Schema URL of their meter. Default: any. */
  readonly meterSchemaUrl?: string
  /** Name in place of that of the instrument; `instrumentName` must then be without `*`. */
  readonly name?: string
  /** Description in place of that of the instrument. */
  readonly description?: string
  /** The attributes that are kept. Default: all. */
  readonly attributeKeys?: readonly string[]
  /** Change the attributes of each call first, which allocates. */
  readonly attributesProcessors?: readonly AttributesProcessor[]
  /** What becomes of the values. Default: what is usual for the kind of instrument. */
  readonly aggregation?: AggregationOption
  /** Maximum number of series, the overflow series included; at least 2. Default: that of the provider. */
  readonly aggregationCardinalityLimit?: number
  /** How gauges of several processes are combined. Default: that of the provider. */
  readonly gaugeAggregation?: Aggregation
}

/** The rule of a limit of series. */
export const cardinalityRule: OptionRule = integer(2, Number.MAX_SAFE_INTEGER)

const choosing = [
  'instrumentName',
  'instrumentType',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
] as const

const rules: OptionRules<ViewOptions> = {
  instrumentName: text,
  instrumentType: oneOf(...instrumentKinds),
  instrumentUnit: text,
  meterName: text,
  meterVersion: text,
  meterSchemaUrl: text,
  name: text,
  description: text,
  attributeKeys: [areTexts, 'an array of attribute keys'],
  attributesProcessors: [areProcessors, 'an array of objects with process()'],
  aggregation: [isAggregation, `{ type } with one of ${aggregationTypes.join(', ')}`],
  aggregationCardinalityLimit: cardinalityRule,
  gaugeAggregation: oneOf(...aggregations),
}

/** What an instrument is chosen by. */
export interface Chosen {
  readonly name: string
  readonly kind: InstrumentKind
  readonly unit: string
  readonly meter: { readonly name: string; readonly version: string; readonly schemaUrl: string }
}

/** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID unless all views are valid. */
export function checkViews(where: string, views: readonly ViewOptions[]): void {
  for (const [i, view] of views.entries()) {
    const at = `views[${i}] of ${where}`
    checkOptions(at, view, rules)
    if (choosing.every((option) => view[option] === undefined))
      throw optionInvalid('view', at, view, `at least one of ${choosing.join(', ')}`)
    const { name, instrumentName } = view
    if (name !== undefined && (instrumentName === undefined || instrumentName.includes('*')))
      throw optionInvalid('name', at, name, 'an instrumentName without "*" beside it')
  }
}

/** Whether a view is about an instrument. */
export function isChosenBy(view: ViewOptions, { name, kind, unit, meter }: Chosen): boolean {
  const { instrumentName, instrumentType = kind, instrumentUnit = unit } = view
  const { meterName = meter.name, meterVersion = meter.version, meterSchemaUrl = meter.schemaUrl } = view
  return (
    (instrumentName === undefined || patternOf(instrumentName).test(name)) &&
    instrumentType === kind &&
    instrumentUnit === unit &&
    meterName === meter.name &&
    meterVersion === meter.version &&
    meterSchemaUrl === meter.schemaUrl
  )
}

function patternOf(glob: string): RegExp {
  return new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    's',
  )
}

function areTexts(given: unknown): boolean {
  return Array.isArray(given) && given.every((one) => typeof one === 'string')
}

function areProcessors(given: unknown): boolean {
  return Array.isArray(given) && given.every((one) => typeof one?.process === 'function')
}

function isAggregation(given: unknown): boolean {
  const { type, options } = (given ?? {}) as Partial<AggregationOption>
  if (typeof type === 'number' ? aggregationTypes[type] === undefined : !aggregationTypes.includes(type as never))
    return false
  const { boundaries } = options ?? {}
  return boundaries === undefined || (Array.isArray(boundaries) && boundaries.every((one) => typeof one === 'number'))
}
