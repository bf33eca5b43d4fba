import type { Aggregation, AverageWindow, NumberType } from '../../snapshot/family-traits.ts'
import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { rows } from '../../snapshot/kinds/rows.ts'
import { isLabelName } from '../../snapshot/names.ts'

type Line = Readonly<Record<string, unknown>>

const aggregations: Readonly<Record<Aggregation, true>> = {
  sum: true,
  min: true,
  max: true,
  mean: true,
  last: true,
  process: true,
}
const types: Readonly<Record<NumberType, true>> = { float: true, int: true, bool: true }

/** What only some kinds have: which values the format allows, and the value of a line without it. */
interface Trait {
  readonly isValid: (value: unknown) => boolean
  readonly unset?: unknown
  /** The option of kinds that have it. Default: the same name. */
  readonly option?: string
}

const traits: Readonly<Record<string, Trait>> = {
  aggregation: { isValid: isText },
  type: { isValid: isText },
  removeAtZero: { isValid: isFlag, unset: false },
  extremes: { isValid: isFlag, unset: false },
  bounds: { isValid: areNumbers, option: 'buckets' },
  recent: { isValid: isFlag, unset: true },
  exemplars: { isValid: isFlag, unset: false },
  over: { isValid: isWindow, option: 'window' },
  states: { isValid: areTexts },
  capacity: { isValid: isCapacity },
}

/**
 * The family that a line of the log is about. `unknown` for a kind, aggregation or type of a later version: such a family is
 * passed over. `undefined` where a value is invalid, also under a key that has no meaning for the kind.
 */
export function readLayout(name: string, line: Line): SeriesLayout | 'unknown' | undefined {
  const { kind, help = '', labels = [] } = line
  const areValid = Object.entries(traits).every(([key, { isValid }]) => line[key] === undefined || isValid(line[key]))
  if (!areValid || ![kind, line.unit ?? '', help].every(isText) || !areLabelNames(labels)) return undefined
  if (!isOneOf(rows, kind)) return 'unknown'
  const { options, defaults } = rows[kind]
  const { unit = '', aggregation = 'sum', type = 'float' }: Line = { ...defaults, ...line }
  if (!isOneOf(aggregations, aggregation) || !isOneOf(types, type)) return 'unknown'
  const given: Line = { ...line, aggregation, type }
  const own = Object.entries(traits)
    .filter(
      ([key, { unset, option = key }]) =>
        Object.hasOwn(options, option) && given[key] !== undefined && given[key] !== unset,
    )
    .map(([key]) => [key, given[key]])
  return { name, kind, unit, help, labelNames: labels, ...Object.fromEntries(own) } as SeriesLayout
}

function isOneOf<T extends string>(known: Readonly<Record<T, unknown>>, value: unknown): value is T {
  return Object.hasOwn(known, value as string)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function areLabelNames(labels: unknown): labels is readonly string[] {
  return Array.isArray(labels) && labels.every(isLabelName) && new Set(labels).size === labels.length
}

function areNumbers(bounds: unknown): bounds is readonly number[] {
  if (!Array.isArray(bounds) || bounds.length === 0) return false
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]))
}

function areTexts(states: unknown): states is readonly string[] {
  if (!Array.isArray(states) || states.length === 0) return false
  return states.every((state) => typeof state === 'string') && new Set(states).size === states.length
}

function isWindow(over: unknown): over is AverageWindow {
  if (typeof over !== 'object' || over === null) return false
  const { values, seconds } = over as { values?: unknown; seconds?: unknown }
  const size = values ?? seconds
  return (values === undefined) !== (seconds === undefined) && Number.isSafeInteger(size) && (size as number) > 0
}

function isCapacity(capacity: unknown): capacity is number {
  return Number.isSafeInteger(capacity) && (capacity as number) > 0
}
