import { checkIsOptions, optionInvalid, PlimsollError, show } from '../../errors.ts'
import { checkOptions } from '../../options.ts'
import type { Aggregation, AverageWindow, NumberType } from '../../snapshot/family-traits.ts'
import { rows } from '../../snapshot/kinds/rows.ts'
import { defaultMaxSeries } from '../../snapshot/limits.ts'
import { isFamilyName, isLabelName } from '../../snapshot/names.ts'
import type { Kind } from '../../snapshot/snapshot.ts'
import type { FamilyDescription } from '../../snapshot/store.ts'
import { promClientOptions } from './unknown-option.ts'

/** Options of every metric. When a name is declared again, omitted options keep their values. */
export interface FamilyOptions {
  /** Description of the metric, shown in tables and as `# HELP`; at most 4,096 characters. Default: empty. */
  readonly help?: string
  /** UCUM unit of the values: `s`, `By`, `1`, `%`, or any other text of at most 64 characters. Default: none. */
  readonly unit?: string
  /**
   * Maximum number of series of the family, at least 1. Updates for further label values go to one series marked
   * `overflow="true"`, and `plimsoll.overflowed` counts them.
   * @default 2000
   */
  readonly maxSeries?: number
}

/** A family with labels: each combination of their values is a series of its own. */
export interface Labelled<L extends string> {
  /** Label names: letters, digits and `_`; not `le`, `quantile`, `overflow`, `evicted`, nor beginning with `__`; at most 64. */
  readonly labels: readonly L[]
  /**
   * Seconds after which a series that is idle is removed, above 0; checked every 5 seconds. What such series counted is kept in
   * one series `evicted="true"`, so totals stay; what they showed (a gauge's value, a text, the present state) is gone. A
   * counter, meter, histogram, timer or average that was kept counts into the evicted series from then on, a gauge, text or
   * state comes back when it is used again, and `labels()` makes a new series. A gauge with an observer and a state that is
   * held are in use. Default: never.
   */
  readonly expireAfterSeconds?: number
}

/**
 * No labels. What only goes with labels, that of {@link Labelled} and `More`, is named all the same: so editors offer it
 * before there are any.
 */
export type Unlabelled<More = unknown> = { readonly [Option in keyof Labelled<string> | keyof More]?: never }

/** Options of a gauge. */
export interface GaugeOptions extends FamilyOptions {
  /**
   * How the gauges of several processes are combined. `process` keeps them separate, by a label `process` that the gauge must
   * not declare itself.
   * @default 'sum'
   */
  readonly aggregation?: Aggregation
  /**
   * Type of the values, which formats follow.
   * @default 'float'
   */
  readonly type?: NumberType
  /**
   * Whether the value is what was added and subtracted in all, as the number of open connections: an up-down counter of
   * OpenTelemetry, which OTLP sends as a sum that may fall. Only with the aggregation `sum`.
   * @default false
   */
  readonly upDownCounter?: boolean
  /**
   * Whether the smallest and largest value of the last minute and the last five minutes are kept.
   * @default false
   */
  readonly extremes?: boolean
}

/** Options of a gauge with labels. */
export interface LabelledGaugeOptions {
  /**
   * Whether a series at 0 is hidden, and removed if it stays at 0; it returns when it is used again.
   * @default false
   */
  readonly removeAtZero?: boolean
}

/** Options of an average. */
export interface AverageOptions extends FamilyOptions {
  /** Window: the last `values`, 1 to 1,000,000, or the last `seconds`, 10 to 86,400. Default: no window. */
  readonly window?: AverageWindow
}

/** Options of a state. */
export interface StateOptions<S extends string> extends Omit<FamilyOptions, 'unit'> {
  /** 1 to 256 different states of at most 128 characters; a new series is in the first one. */
  readonly states: readonly S[]
}

/** Options of a text. */
export interface TextOptions extends Omit<FamilyOptions, 'unit'> {
  /**
   * Maximum length in bytes of UTF-8, 8 to 65,536; longer texts are truncated at a code point.
   * @default 256
   */
  readonly capacity?: number
}

/** Options of an info. */
export type InfoOptions = Pick<FamilyOptions, 'help'>

/** Options of a counter. */
export interface CounterOptions extends FamilyOptions {
  /**
   * Whether the last exemplar passed to `addWithExemplar` is kept; 544 bytes per series with an exemplar.
   * @default false
   */
  readonly exemplars?: boolean
}

/** Options of a histogram or timer. */
export interface HistogramOptions extends FamilyOptions {
  /** Upper bounds of explicit buckets: finite, ascending, 1 to 1,000 of them. Default: exponential buckets. */
  readonly buckets?: readonly number[]
  /**
   * Whether quantiles, mean and rate of the last minute and the last five minutes are available, from copies of earlier
   * buckets. A series in use needs memory for twice its buckets; `record` costs the same.
   * @default true
   */
  readonly recent?: boolean
  /**
   * Whether the last exemplars passed to `recordWithExemplar` are kept: one for each octave, or for each explicit bucket;
   * 544 bytes per exemplar.
   * @default false
   */
  readonly exemplars?: boolean
}

/** A timer's unit is the second. */
export type TimerOptions = Omit<HistogramOptions, 'unit'>

/** A declaration, checked; what it leaves out is absent. */
export type Definition = {
  readonly [Key in keyof FullDefinition]?: AnyBoolean<FullDefinition[Key]> | undefined
} & Pick<FullDefinition, 'kind' | 'name' | 'labelNames'>

/** A boolean that is only true, or only false, or absent in a full definition. */
type AnyBoolean<Value> = Value extends boolean ? boolean : Value

/** A definition with nothing left out but what does not apply. */
export type FullDefinition = Omit<FamilyDescription, 'id'> & { readonly maxSeries: number }

/** Names that plimsoll's own metrics begin with. */
export const reservedPrefix = 'plimsoll.'

/** Values of these where they are absent from a full definition. */
const switches: Readonly<Record<string, boolean>> = {
  recent: true,
  exemplars: false,
  upDownCounter: false,
  removeAtZero: false,
}

/** Names of the options of fields that have another name. */
const optionNames: { readonly [Key in keyof FullDefinition]?: string } = {
  labelNames: 'labels',
  bounds: 'buckets',
  over: 'window',
}

type AnyOptions = GaugeOptions &
  LabelledGaugeOptions &
  HistogramOptions &
  AverageOptions &
  Partial<StateOptions<string>> &
  TextOptions &
  Partial<Labelled<string>>

/**
 * Checks a declaration. Throws PLIMSOLL_NAME_INVALID, PLIMSOLL_LABEL_INVALID, PLIMSOLL_OPTION_UNKNOWN or
 * PLIMSOLL_OPTION_INVALID.
 */
export function define(kind: Kind, name: string, options: AnyOptions = {}): Definition {
  const path = toPath(name)
  checkOptions(`${kind} "${path}"`, options, rows[kind].options, promClientOptions)
  const { labels = [], buckets: bounds, window: over, states, extremes, ...others } = options
  return {
    ...others,
    kind,
    name: path,
    labelNames: checkLabels(path, labels),
    extremes: extremes || undefined,
    bounds: bounds && [...bounds],
    over: over && { ...over },
    states: states && [...states],
  }
}

/** The same for constants, whose names become labels. */
export function defineInfo(name: string, constants: unknown, options: InfoOptions): Definition {
  const where = `info "${toPath(name)}"`
  checkIsOptions(where, options)
  if (typeof constants !== 'object' || constants === null || Array.isArray(constants)) {
    throw optionInvalid('constants', where, constants, 'an object of strings, numbers or booleans')
  }
  return define('info', name, { ...options, labels: Object.keys(constants) })
}

/** The definition with its defaults filled in; what does not apply to its kind is absent. */
export function withDefaults(definition: Definition): FullDefinition {
  const values = definition as unknown as Readonly<Record<string, unknown>>
  const given: Record<string, unknown> = {}
  Object.keys(values).forEach((key) => {
    if (values[key] !== undefined && values[key] !== switches[key]) given[key] = values[key]
  })
  const { defaults } = rows[definition.kind]
  // What is given comes first: a conflict reports the first difference.
  return { ...given, help: '', unit: '', maxSeries: defaultMaxSeries, ...defaults, ...given } as FullDefinition
}

/** The first difference between two declarations, as text for both sides; `undefined` when they agree. */
export function difference(known: FullDefinition, given: Definition): { known: string; given: string } | undefined {
  for (const key of Object.keys({ ...known, ...given }) as (keyof FullDefinition)[]) {
    const after = given[key]
    const before = known[key] ?? switches[key]
    if (after === undefined || JSON.stringify(after) === JSON.stringify(before)) continue
    const what = optionNames[key] ?? key
    return { known: `${what} ${show(before)}`, given: `${what} ${show(after)}` }
  }
  return undefined
}

/** `/web/latency` and `web.latency` are the same path. Throws PLIMSOLL_NAME_INVALID. */
export function toPath(name: string): string {
  const path = typeof name === 'string' ? name.replace(/^\//, '').replaceAll('/', '.') : ''
  if (isFamilyName(path)) return path
  throw new PlimsollError('PLIMSOLL_NAME_INVALID', { what: show(name) })
}

function checkLabels(name: string, labels: readonly string[]): readonly string[] {
  const invalid = labels.findIndex((label, i) => !isLabelName(label) || labels.indexOf(label) !== i)
  if (invalid === -1) return labels.slice()
  throw new PlimsollError('PLIMSOLL_LABEL_INVALID', { name, label: show(labels[invalid]) })
}
