import { PlimsollError } from '../errors.ts'
import { isFamilyName, isLabelName } from '../snapshot/names.ts'
import type { Aggregation, Kind } from '../snapshot/snapshot.ts'
import type { FamilyDescription } from '../snapshot/store.ts'

/** What every declaration may say. Left out on a second declaration of the same name, it means: as before. */
export interface FamilyOptions {
  /** What the metric counts or measures, for people; shown beside it and as `# HELP`. Default: empty. */
  readonly help?: string
  /** UCUM unit of the values: `s`, `By`, `1`, `%`, or any other word. Default: none. */
  readonly unit?: string
  /**
   * How many series the family may have, at least 1. Updates for further label values go to one series marked
   * `overflow="true"`, and `plimsoll.overflowed` counts them.
   * @default 2000
   */
  readonly seriesLimit?: number
}

/** A family with labels: each combination of their values is a series of its own. */
export interface Labelled<L extends string> {
  /** Label names: letters, digits and `_`; not `le`, `quantile`, `overflow`, nor beginning with `__`. */
  readonly labels: readonly L[]
}

/** What a gauge may say besides. */
export interface GaugeOptions extends FamilyOptions {
  /**
   * How the gauges of several processes become one.
   * @default 'sum'
   */
  readonly aggregation?: Aggregation
}

/** What a histogram or timer may say besides. */
export interface HistogramOptions extends FamilyOptions {
  /** Upper bounds of explicit buckets: finite, ascending, 1 to 1,000 of them. Default: exponential buckets. */
  readonly bounds?: readonly number[]
}

/** A timer's unit is the second. */
export type TimerOptions = Omit<HistogramOptions, 'unit'>

/** A declaration, checked; what it leaves out is absent. */
export interface Definition {
  readonly kind: Kind
  readonly name: string
  readonly labelNames: readonly string[]
  readonly help?: string | undefined
  readonly unit?: string | undefined
  readonly seriesLimit?: number | undefined
  readonly aggregation?: Aggregation | undefined
  readonly bounds?: readonly number[] | undefined
}

/** A definition with nothing left out but what does not apply. */
export type FullDefinition = Omit<FamilyDescription, 'id'> & { readonly seriesLimit: number }

/** Names that plimsoll's own metrics begin with. */
export const reservedPrefix = 'plimsoll.'

const aggregations: readonly string[] = ['sum', 'min', 'max', 'mean'] satisfies Aggregation[]
const mostBounds = 1000
const defaultSeriesLimit = 2000

/** Which options each kind takes. A timer's unit is the second, whether it says so or not. */
const optionsOf: Readonly<Record<FamilyDescription['kind'], readonly string[]>> = {
  counter: ['help', 'unit', 'seriesLimit', 'labels'],
  gauge: ['help', 'unit', 'seriesLimit', 'labels', 'aggregation'],
  histogram: ['help', 'unit', 'seriesLimit', 'labels', 'bounds'],
  timer: ['help', 'unit', 'seriesLimit', 'labels', 'bounds'],
}

type AnyOptions = GaugeOptions & HistogramOptions & Partial<Labelled<string>>

/** Checks a declaration. Throws PLIMSOLL_NAME_INVALID, PLIMSOLL_LABEL_INVALID or PLIMSOLL_OPTION_INVALID. */
export function define(kind: Kind, name: string, options: AnyOptions = {}): Definition {
  const path = toPath(name)
  const { help, seriesLimit, aggregation, bounds } = options
  const unit = kind === 'timer' ? 's' : options.unit
  const check = (option: string, given: unknown, good: boolean, expected: string): void => {
    if (given === undefined || good) return
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where: path, given: show(given), expected })
  }
  const known = optionsOf[kind]
  for (const [option, given] of Object.entries(options)) {
    check(option, given, known.includes(option), `no other options than ${known.join(', ')}`)
  }
  if (kind === 'timer') check('unit', options.unit, options.unit === 's', 'none: a timer counts seconds')
  check('help', help, typeof help === 'string', 'a text')
  check('unit', unit, typeof unit === 'string' && unit.length <= 64, 'a UCUM unit as text, such as "s" or "By"')
  check('seriesLimit', seriesLimit, isLimit(seriesLimit), 'a whole number from 1 on, or Infinity')
  check('aggregation', aggregation, aggregations.includes(aggregation as string), 'sum, min, max or mean')
  check('bounds', bounds, areBounds(bounds), '1 to 1,000 finite numbers in ascending order')
  const labelNames = checkLabels(path, options.labels ?? [])
  return { kind, name: path, labelNames, help, unit, seriesLimit, aggregation, bounds: bounds && [...bounds] }
}

/** The definition with its defaults filled in. */
export function withDefaults(definition: Definition): FullDefinition {
  const { kind, name, labelNames, help = '', unit = '', seriesLimit = defaultSeriesLimit, bounds } = definition
  const aggregation = kind === 'gauge' ? (definition.aggregation ?? 'sum') : undefined
  return {
    kind,
    name,
    labelNames,
    help,
    unit,
    seriesLimit,
    ...(aggregation && { aggregation }),
    ...(bounds && { bounds }),
  }
}

/** What of two declarations differs, as text for both sides; `undefined` when they agree. */
export function difference(known: FullDefinition, given: Definition): { known: string; given: string } | undefined {
  for (const key of ['kind', 'labelNames', 'unit', 'help', 'aggregation', 'bounds', 'seriesLimit'] as const) {
    const after = given[key]
    if (after === undefined || JSON.stringify(after) === JSON.stringify(known[key])) continue
    const what = key === 'labelNames' ? 'labels' : key
    return { known: `${what} ${show(known[key])}`, given: `${what} ${show(after)}` }
  }
  return undefined
}

/** `/web/latency` and `web.latency` are the same path. */
function toPath(name: string): string {
  const path = typeof name === 'string' ? name.replace(/^\//, '').replaceAll('/', '.') : ''
  if (isFamilyName(path)) return path
  throw new PlimsollError('PLIMSOLL_NAME_INVALID', { what: show(name) })
}

function checkLabels(name: string, labels: unknown): readonly string[] {
  if (!Array.isArray(labels)) {
    const expected = 'an array of label names'
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option: 'labels', where: name, given: show(labels), expected })
  }
  for (const [i, label] of labels.entries()) {
    if (isLabelName(label) && labels.indexOf(label) === i) continue
    throw new PlimsollError('PLIMSOLL_LABEL_INVALID', { name, label: show(label) })
  }
  return [...labels]
}

function isLimit(limit: unknown): boolean {
  return limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && (limit as number) >= 1)
}

function areBounds(bounds: unknown): boolean {
  if (!Array.isArray(bounds) || bounds.length < 1 || bounds.length > mostBounds) return false
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]))
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
