import type { Aggregation, AverageWindow, NumberType } from '../../snapshot/family-traits.ts'
import type { SeriesLayout } from '../../snapshot/kinds/kinds.ts'
import { isLabelName } from '../../snapshot/names.ts'
import type { Kind } from '../../snapshot/snapshot.ts'

type Line = Readonly<Record<string, unknown>>

const kinds: Readonly<Record<Kind, true>> = {
  counter: true,
  gauge: true,
  meter: true,
  histogram: true,
  timer: true,
  average: true,
  state: true,
  text: true,
  info: true,
}
const aggregations: Readonly<Record<Aggregation, true>> = {
  sum: true,
  min: true,
  max: true,
  mean: true,
  last: true,
  process: true,
}
const types: Readonly<Record<NumberType, true>> = { float: true, int: true, bool: true }

/**
 * What a line of the log says of a family. `unknown` for a kind, aggregation or type of a later version: such a family is
 * passed over. `undefined` where a value is none that the format allows.
 */
export function readLayout(name: string, line: Line): SeriesLayout | 'unknown' | undefined {
  const { kind, unit = '', help = '', labels = [], aggregation = 'sum', type = 'float' } = line
  const {
    removeAtZero = false,
    extremes = false,
    bounds,
    recent = true,
    exemplars = false,
    over,
    states,
    capacity,
  } = line
  const good =
    [kind, unit, help, aggregation, type].every((text) => typeof text === 'string') &&
    areLabelNames(labels) &&
    [removeAtZero, extremes, recent, exemplars].every((flag) => typeof flag === 'boolean') &&
    (bounds === undefined || areNumbers(bounds)) &&
    (over === undefined || isWindow(over)) &&
    (states === undefined || areTexts(states)) &&
    (capacity === undefined || isCapacity(capacity))
  if (!good) return undefined
  if (!isOneOf(kinds, kind) || !isOneOf(aggregations, aggregation) || !isOneOf(types, type)) return 'unknown'
  const head = { name, kind, unit: unit as string, help: help as string, labelNames: labels }
  return {
    ...head,
    ...(kind === 'gauge' && { aggregation, type }),
    ...(kind === 'gauge' && removeAtZero === true && { removeAtZero }),
    ...(kind === 'gauge' && extremes === true && { extremes }),
    ...(bounds !== undefined && { bounds }),
    ...(recent === false && { recent }),
    ...(exemplars === true && { exemplars }),
    ...(over !== undefined && { over }),
    ...(states !== undefined && { states }),
    ...(capacity !== undefined && { capacity }),
  }
}

function isOneOf<T extends string>(known: Readonly<Record<T, true>>, value: unknown): value is T {
  return Object.hasOwn(known, value as string)
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

/** A reader makes buffers of this size. */
function isCapacity(capacity: unknown): capacity is number {
  return Number.isSafeInteger(capacity) && (capacity as number) > 0 && (capacity as number) <= 2 ** 20
}
