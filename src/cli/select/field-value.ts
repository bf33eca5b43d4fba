import { humanNumber } from '../../formats/table/human-number.ts'
import { printable } from '../../formats/table/printable.ts'
import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import type {
  AverageFamilySnapshot,
  Distribution,
  DistributionFamilySnapshot,
  FamilySnapshot,
  GaugeFamilySnapshot,
  StateFamilySnapshot,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import type { AppLook } from '../view/watch.ts'
import { type Field, type OfValues, readField, type Statistic } from './field.ts'
import { hasStatistic } from './statistics.ts'

/** A number with what it takes to write it for people. */
export interface FieldValue {
  readonly value: number
  /** UCUM unit; empty for none. */
  readonly unit: string
  readonly perSecond: boolean
  /** Whether 0 and 1 are false and true for people. */
  readonly isBool?: boolean
}

/**
 * What a field shows after a look, `seconds` after the one before: a number, the state that most processes are in, or the
 * text of the only process that has it; `undefined` where there is nothing to show.
 */
export function fieldValue(field: Field, look: AppLook, seconds: number): FieldValue | string | undefined {
  const read = readField(field, look.grown)
  if (read === undefined || !hasStatistic(read.family.kind, read.statistic)) return undefined
  const { family, statistic } = read
  switch (family.kind) {
    case 'counter':
      return counted(family, family.series[0]?.value, statistic, seconds, () => totalOf(field, look))
    case 'meter':
      if (isRate(statistic)) return rateValue(family.series[0]?.rates?.[statistic], family.unit)
      return counted(family, family.series[0]?.value, statistic, seconds, () => totalOf(field, look))
    case 'gauge':
      return gaugeValue(family, statistic)
    case 'average':
      return averageValue(family, statistic, seconds, () => totalOf(field, look))
    case 'state':
      return stateValue(family, statistic)
    case 'text':
      return writersOf(family) === 1 ? family.series[0]?.value : undefined
    case 'info':
      return undefined
    case 'histogram':
    case 'timer':
      return distributionValue(family, statistic, seconds, readField(field, look.total)?.family)
    default:
      return family satisfies never
  }
}

/** How many processes have a text. */
export function writersOf(family: TextFamilySnapshot): number {
  return family.series.reduce((sum, { processes = 1 }) => sum + processes, 0)
}

/** As people read it: `1,234/s`, `12.5 ms`, a text made safe for a terminal; `-` for nothing. */
export function humanValue(shown: FieldValue | string | undefined): string {
  if (shown === undefined) return '-'
  if (typeof shown === 'string') return printable(shown)
  const { value, unit, perSecond, isBool = false } = shown
  if (isBool && (value === 0 || value === 1)) return value === 1 ? 'true' : 'false'
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

function gaugeValue(family: GaugeFamilySnapshot, statistic: Statistic): FieldValue | undefined {
  const [series] = family.series
  const [, window, which] = /^(1m|5m)\.(min|max)$/.exec(statistic) ?? []
  const value =
    window === undefined ? series?.value : series?.extremes?.[window as '1m' | '5m']?.[which as 'min' | 'max']
  const shown = plain(value, family.unit)
  return shown && family.type === 'bool' ? { ...shown, isBool: true } : shown
}

function stateValue({ series: [series] }: StateFamilySnapshot, statistic: Statistic): FieldValue | string | undefined {
  return statistic === 'users' ? plain(series?.users, '') : (series?.value ?? undefined)
}

function averageValue(
  { series: [series], unit }: AverageFamilySnapshot,
  statistic: Statistic,
  seconds: number,
  total: () => number | undefined,
): FieldValue | undefined {
  if (series === undefined) return undefined
  const meanOf = ({ count, sum }: { count: number; sum: number }): number | undefined =>
    count > 0 ? sum / count : undefined
  if (statistic === '' || statistic === 'mean') return plain(meanOf(series), unit)
  if (statistic === 'window') return plain(series.window && meanOf(series.window), unit)
  return counted({ unit: '' }, series.count, statistic, seconds, total)
}

function distributionValue(
  { series: [series], unit }: DistributionFamilySnapshot,
  statistic: Statistic,
  seconds: number,
  total: FamilySnapshot | undefined,
): FieldValue | undefined {
  if (series === undefined) return undefined
  const [sinceStart] = total?.kind === 'timer' || total?.kind === 'histogram' ? total.series : []
  if (statistic === 'last') return plain(series.last, unit)
  if (isRate(statistic)) return rateValue(series.rates?.[statistic], '')
  const [, window, rest] = /^(1m|5m)\.(.+)$/.exec(statistic) ?? []
  if (window !== undefined) {
    const recent = series.recent?.[window as '1m' | '5m']
    return recent && valuesValue(recent, rest as OfValues, recent.seconds, unit, sinceStart)
  }
  if (statistic === 'total') return plain(sinceStart?.count, '')
  return valuesValue(series, statistic === '' ? 'rate' : (statistic as OfValues), seconds, unit)
}

/** What is to be said of values that came in so many seconds, and that are among those of `within`. */
function valuesValue(
  series: Distribution,
  statistic: OfValues,
  seconds: number,
  unit: string,
  within: Distribution = series,
): FieldValue | undefined {
  switch (statistic) {
    case 'rate':
    case 'count':
      return counted({ unit: '' }, series.count, statistic, seconds, () => undefined)
    case 'mean':
      return plain(mean(series), unit)
    case 'stddev':
      return plain(standardDeviation(series), unit)
    case 'min':
      return plain(series.min, unit)
    case 'max':
      return plain(series.max, unit)
    default:
      return plain(quantile(series, Number(statistic.slice(1)) / 100, within), unit)
  }
}

function isRate(statistic: Statistic): statistic is 'm1' | 'm5' | 'm15' {
  return statistic === 'm1' || statistic === 'm5' || statistic === 'm15'
}

function rateValue(value: number | undefined, unit: string): FieldValue | undefined {
  return value === undefined ? undefined : { value, unit, perSecond: true }
}

/** What only goes up: how much of it came, each second or in all of the interval, or since ever. */
function counted(
  { unit }: { readonly unit: string },
  amount: number | undefined,
  statistic: Statistic,
  seconds: number,
  total: () => number | undefined,
): FieldValue | undefined {
  if (statistic === 'total' || statistic === 'value') return plain(total(), unit)
  if (statistic === 'count') return plain(amount, unit)
  if ((statistic !== '' && statistic !== 'rate') || amount === undefined || !(seconds > 0)) return undefined
  return rateValue(amount / seconds, unit)
}

/** How much a counter or meter counted since ever, or how many values came to a distribution or average. */
function totalOf(field: Field, look: AppLook): number | undefined {
  const family = readField(field, look.total)?.family
  switch (family?.kind) {
    case 'counter':
    case 'meter':
      return family.series[0]?.value
    case 'average':
      return family.series[0]?.count
    default:
      return undefined
  }
}

function plain(value: number | undefined, unit: string): FieldValue | undefined {
  return value === undefined ? undefined : { value, unit, perSecond: false }
}
