import { gaugeNumber, humanNumber } from '../../formats/table/human-number.ts'
import type { Reading } from './readings.ts'

/** A value of a reading, for people: `238/s`, `12.5 ms`, `74.1 MiB`; `-` for nothing. */
export function valueText({ kind, unit, perSecond }: Reading, value: number | string | undefined): string {
  if (value === undefined) return '-'
  if (typeof value === 'string') return value
  if (!perSecond) return kind === 'gauge' ? gaugeNumber(value, unit) : humanNumber(value, unit)
  if (unit === 's' && kind === 'counter') return `${Number((value * 100).toPrecision(3))} %`
  return `${humanNumber(Math.abs(value) >= 100 && unit === '' ? Math.round(value) : value, unit)}/s`
}

/** What a process had in the end: of what counts, the total. */
export function lastText(reading: Reading): string {
  return reading.total === undefined ? valueText(reading, reading.value) : humanNumber(reading.total, reading.totalUnit)
}

/** A quantile of a distribution, in the unit of its family. */
export function quantileText(reading: Reading, value: number | undefined): string {
  return value === undefined ? '-' : humanNumber(value, reading.valueUnit)
}
