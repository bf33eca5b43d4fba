import { gaugeNumber, humanNumber } from '../../formats/table/human-number.ts'
import { printable } from '../../formats/table/printable.ts'
import type { TextFamilySnapshot } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import type { AppReading } from '../view/watch.ts'
import { type Field, readField } from './field.ts'

/** A number with what it takes to write it for people. */
export interface FieldValue {
  readonly value: number
  /** UCUM unit; empty for none. */
  readonly unit: string
  readonly perSecond: boolean
  /** Whether it is the present value of something, which may be an instant. */
  readonly isGauge: boolean
  /** Whether 0 and 1 are false and true for people. */
  readonly isBool: boolean
}

/**
 * The value of a field over the `seconds` since the read before: a number, the state that most processes are in, or the text of
 * the only process that has it; `undefined` where there is none.
 */
export function fieldValue(field: Field, reading: AppReading, seconds: number): FieldValue | string | undefined {
  const found = readField(field, reading.grown)
  if (found === undefined) return undefined
  const { family, statistic } = found
  const [series] = family.series
  const reader = family.kind === 'info' ? undefined : statisticReader(family, statistic)
  // Texts cannot be added up.
  if (reader === undefined || series === undefined || (family.kind === 'text' && writersOf(family) !== 1))
    return undefined
  const total = readField(field, reading.total)?.family.series[0]
  const value = reader.read(series, { seconds, total })
  if (typeof value !== 'number') return value
  const { unit, perSecond } = reader
  const isGauge = family.kind === 'gauge'
  return { value, unit, perSecond, isGauge, isBool: isGauge && family.type === 'bool' }
}

/** How many processes have a text. */
export function writersOf(family: TextFamilySnapshot): number {
  return family.series.reduce((sum, { processes = 1 }) => sum + processes, 0)
}

/** As people read it: `1,234/s`, `12.5 ms`, a text made safe for a terminal; `-` for nothing. */
export function humanValue(shown: FieldValue | string | undefined): string {
  if (shown === undefined) return '-'
  if (typeof shown === 'string') return printable(shown)
  const { value, unit, perSecond, isGauge, isBool } = shown
  if (isBool && (value === 0 || value === 1)) return value === 1 ? 'true' : 'false'
  if (!perSecond) return isGauge ? gaugeNumber(value, unit) : humanNumber(value, unit)
  const rounded = Math.abs(value) >= 100 && unit === '' ? Math.round(value) : value
  return `${humanNumber(rounded, unit)}/s`
}

/** As programs read it: the bare number in the unit of the metric, six digits; the text as it is; `-` for nothing. */
export function plainValue(shown: FieldValue | string | undefined): string {
  if (typeof shown === 'string') return shown
  if (shown === undefined || Number.isNaN(shown.value)) return '-'
  return Number.isInteger(shown.value) ? String(shown.value) : String(Number(shown.value.toPrecision(6)))
}
