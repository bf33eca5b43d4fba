import { humanNumber } from '../formats/human-number.ts'
import { printable } from '../formats/printable.ts'
import { mean } from '../snapshot/buckets.ts'
import { quantile } from '../snapshot/quantile.ts'
import type { DistributionSeries, FamilySnapshot, GaugeSeries, TextFamilySnapshot } from '../snapshot/snapshot.ts'
import { type Field, readField, type Statistic } from './field.ts'
import type { AppLook } from './watch.ts'

/** A number with what it takes to write it for people. */
export interface FieldValue {
  readonly value: number
  /** UCUM unit; empty for none. */
  readonly unit: string
  readonly perSecond: boolean
}

/**
 * What a field shows after a look, `seconds` after the one before: a number, or the text of the only process that has it;
 * `undefined` where there is nothing to show.
 */
export function fieldValue(field: Field, look: AppLook, seconds: number): FieldValue | string | undefined {
  const read = readField(field, look.grown)
  if (read === undefined) return undefined
  const { family, statistic } = read
  if (family.kind === 'text') return statistic === '' && writersOf(family) === 1 ? family.series[0]?.value : undefined
  if (statistic === 'total') return plain(amountOf(readField(field, look.total)?.family), unitOfAmount(family))
  if (family.kind === 'gauge')
    return statistic === '' ? plain((family.series[0] as GaugeSeries | undefined)?.value, family.unit) : undefined
  if (statistic === 'count') return plain(amountOf(family), unitOfAmount(family))
  if (statistic === '' || statistic === 'rate') {
    const amount = amountOf(family)
    return amount === undefined ? undefined : { value: amount / seconds, unit: unitOfAmount(family), perSecond: true }
  }
  const isDistribution = family.kind === 'timer' || family.kind === 'histogram'
  return isDistribution ? distributionValue(family.series[0], statistic, family.unit) : undefined
}

/** Whether a kind of metric has a statistic at all. */
export function hasStatistic(kind: FamilySnapshot['kind'], statistic: Statistic): boolean {
  if (statistic === '') return true
  if (kind === 'counter' || kind === 'meter') return ['rate', 'count', 'total'].includes(statistic)
  return kind === 'timer' || kind === 'histogram'
}

/** How many processes have a text. */
export function writersOf(family: TextFamilySnapshot): number {
  return family.series.reduce((sum, { processes = 1 }) => sum + processes, 0)
}

/** As people read it: `1,234/s`, `12.5 ms`, a text made safe for a terminal; `-` for nothing. */
export function humanValue(shown: FieldValue | string | undefined): string {
  if (shown === undefined) return '-'
  if (typeof shown === 'string') return printable(shown)
  const { value, unit, perSecond } = shown
  if (!perSecond) return humanNumber(value, unit)
  const rounded = Math.abs(value) >= 100 && unit === '' ? Math.round(value) : value
  return `${humanNumber(rounded, unit)}/s`
}

/** As programs read it: the bare number in the unit of the metric, six digits; the text as it is; `-` for nothing. */
export function plainValue(shown: FieldValue | string | undefined): string {
  if (typeof shown === 'string') return shown
  if (shown === undefined || Number.isNaN(shown.value)) return '-'
  return Number.isInteger(shown.value) ? String(shown.value) : String(Number(shown.value.toPrecision(6)))
}

function distributionValue(
  series: DistributionSeries | undefined,
  statistic: Statistic,
  unit: string,
): FieldValue | undefined {
  if (series === undefined) return undefined
  switch (statistic) {
    case 'mean':
      return plain(mean(series), unit)
    case 'min':
      return plain(series.min, unit)
    case 'max':
      return plain(series.max, unit)
    default:
      return plain(quantile(series, Number(statistic.slice(1)) / 100), unit)
  }
}

/** How much a counter counted, or how many values a distribution has. */
function amountOf(family: FamilySnapshot | undefined): number | undefined {
  switch (family?.kind) {
    case 'counter':
    case 'meter':
      return family.series[0]?.value
    case 'timer':
    case 'histogram':
    case 'average':
      return family.series[0]?.count
    default:
      return undefined
  }
}

function unitOfAmount({ kind, unit }: FamilySnapshot): string {
  return kind === 'counter' ? unit : ''
}

function plain(value: number | undefined, unit: string): FieldValue | undefined {
  return value === undefined ? undefined : { value, unit, perSecond: false }
}
