import { type AverageWindow, aggregations, numberTypes } from '../../snapshot/family-traits.ts'
import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { rows } from '../../snapshot/kinds/rows.ts'
import { isDottedLabelName } from '../../snapshot/names.ts'
import type { Kind } from '../../snapshot/snapshot.ts'
import type { Line } from './line.ts'

/** What only some kinds have: which values the format allows, and the value of a line without it. */
interface Trait {
  readonly isValid: (value: unknown) => boolean
  readonly unset?: unknown
  /** The option of kinds that have it. Default: the same name. */
  readonly option?: string
}

const traits: Readonly<Record<Exclude<keyof SeriesLayout, 'name' | 'kind' | 'unit' | 'help' | 'labelNames'>, Trait>> = {
  sparse: { isValid: isFlag, unset: false, option: 'labels' },
  aggregation: { isValid: isText },
  type: { isValid: isText },
  upDownCounter: { isValid: isFlag, unset: false },
  removeAtZero: { isValid: isFlag, unset: false },
  extremes: { isValid: isFlag, unset: false },
  bounds: { isValid: areNumbers, option: 'buckets' },
  recent: { isValid: isFlag, unset: true },
  exemplars: { isValid: isFlag, unset: false },
  over: { isValid: isWindow, option: 'window' },
  states: { isValid: areTexts },
  capacity: { isValid: isCapacity },
  maxSeries: { isValid: isCapacity },
  expireAfterSeconds: { isValid: isDuration },
}

/**
 * The family that a line of the log is about. `unknown` for a kind, aggregation or type of a later version: such a family is
 * passed over. `undefined` where a value is invalid, also under a key that has no meaning for the kind.
 */
export function readLayout(name: string, line: Line): SeriesLayout | 'unknown' | undefined {
  const { kind, help = '', labels = [] } = line
  const areValid = Object.entries<Trait>(traits).every(
    ([key, { isValid }]) => line[key] === undefined || isValid(line[key]),
  )
  if (!areValid || ![kind, line.unit ?? '', help].every(isText) || !areLabelNames(labels)) return undefined
  if (!Object.hasOwn(rows, kind as string)) return 'unknown'
  const { options, defaults } = rows[kind as Kind]
  const { unit = '', aggregation = 'sum', type = 'float' }: Line = { ...defaults, ...line }
  if (!isOneOf(aggregations, aggregation) || !isOneOf(numberTypes, type)) return 'unknown'
  const given: Line = { ...line, aggregation, type }
  const own = Object.entries<Trait>(traits)
    .filter(
      ([key, { unset, option = key }]) =>
        Object.hasOwn(options, option) && given[key] !== undefined && given[key] !== unset,
    )
    .map(([key]) => [key, given[key]])
  return { name, kind, unit, help, labelNames: labels, ...Object.fromEntries(own) } as SeriesLayout
}

function isOneOf(known: readonly unknown[], value: unknown): boolean {
  return known.includes(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function areLabelNames(labels: unknown): labels is readonly string[] {
  return Array.isArray(labels) && labels.every(isDottedLabelName) && new Set(labels).size === labels.length
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

function isDuration(seconds: unknown): boolean {
  return typeof seconds === 'number' && seconds > 0 && seconds < Number.POSITIVE_INFINITY
}

function isCapacity(capacity: unknown): capacity is number {
  return Number.isSafeInteger(capacity) && (capacity as number) > 0
}
