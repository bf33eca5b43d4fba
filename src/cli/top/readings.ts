import { bySignificance } from '../../compare/significance.ts'
import { largest } from '../../formats/table/largest.ts'
import { labelText } from '../../formats/table/table-columns.ts'
import { diffSnapshots } from '../../snapshot/diff.ts'
import { idleLabel } from '../../snapshot/idle-label.ts'
import { mergedSeries } from '../../snapshot/merge/merged-series.ts'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import { withoutIdle } from '../select/own-metrics.ts'

/** What a family, or one of its series, has at one time. */
export interface Reading {
  /** Name of the family, and the labels of a series behind it. */
  readonly key: string
  readonly family: string
  readonly kind: FamilySnapshot['kind']
  readonly help: string
  /** UCUM unit of the value, or of what it counts each second. */
  readonly unit: string
  readonly perSecond: boolean
  /** UCUM unit of what the family records. */
  readonly valueUnit: string
  /** Labels of the series as text; `undefined` for a family. */
  readonly labels: string | undefined
  /** The value of a label over which series are not added up, such as `idle`; `undefined` where they may be. */
  readonly part?: string | undefined
  /** How many series the family has. */
  readonly series: number
  readonly value: number | string | undefined
  /** Of what counts: since the start, in a unit of its own. */
  readonly total?: number | undefined
  readonly totalUnit: string
  /** Of a distribution: of the last minute, in the unit of the family. */
  readonly p50?: number | undefined
  readonly p99?: number | undefined
  /** Of a family: the distribution itself. */
  readonly distribution?: DistributionSeries | undefined
}

export type Readings = ReadonlyMap<string, Reading>

type Series = FamilySnapshot['series'][number]

/** A page of 20,000 series is read once a second: of each family the largest are shown. */
const maxSeries = 50
const maxReadings = 2000

/**
 * What the families of a page have, those of the app first: counters and distributions by what came since `before`, in so many
 * seconds. Each family is followed by its largest series where it has several.
 */
export function readingsOf(before: Snapshot | undefined, snapshot: Snapshot, seconds: number): Readings {
  const grown = before === undefined ? undefined : diffSnapshots(before, snapshot)
  const grownFamilies = new Map(grown?.families.map((family) => [family.name, family]))
  const readings = new Map<string, Reading>()
  for (const family of bySignificance(withoutIdle(snapshot.families))) {
    if (readings.size >= maxReadings) break
    const growth = grownFamilies.get(family.name)
    const partLabel = idleLabel(family)
    const sum = partLabel === undefined ? mergedSeries(family) : undefined
    const whole = reading(family, sum, sum && growth && mergedSeries(growth), seconds)
    readings.set(whole.key, whole)
    if (family.series.length < 2) continue
    const grownSeries = new Map(
      (growth?.series as readonly Series[] | undefined)?.map((one) => [labelKey(one.labels), one]),
    )
    for (const one of largest(family, maxSeries).series as readonly Series[]) {
      const each = reading(family, one, grownSeries.get(labelKey(one.labels)), seconds, one.labels)
      readings.set(each.key, partLabel === undefined ? each : { ...each, part: one.labels[partLabel] })
    }
  }
  return readings
}

function reading(
  family: FamilySnapshot,
  series: Series | undefined,
  growth: Series | undefined,
  seconds: number,
  labels?: Labels,
): Reading {
  const { name, kind, help } = family
  const isDistribution = kind === 'timer' || kind === 'histogram'
  const isCount = isDistribution || kind === 'counter' || kind === 'meter'
  const reader = statisticReader(family, isCount ? 'rate' : kind === 'average' ? 'mean' : 'value')
  const of = kind === 'average' && growth !== undefined ? growth : isCount ? growth : series
  const value = reader === undefined || of === undefined ? undefined : reader.read(of, { seconds, total: series })
  const head = { family: name, kind, help, series: family.series.length, labels: labels && labelText(labels) }
  const base = {
    ...head,
    key: labels === undefined ? name : `${name} ${labelKey(labels)}`,
    unit: reader?.unit ?? '',
    valueUnit: family.unit,
    perSecond: reader?.perSecond ?? false,
    totalUnit: isDistribution ? '' : family.unit,
    ...(isCount && series !== undefined && { total: totalOf(series) }),
    value: kind === 'info' && series !== undefined ? labelText(series.labels) : value,
  }
  if (!isDistribution || series === undefined) return base
  const quantile = (name: string): number | undefined => {
    const found = statisticReader(family, name)?.read(series)
    return typeof found === 'number' ? found : undefined
  }
  return {
    ...base,
    p50: quantile('1m.p50'),
    p99: quantile('1m.p99'),
    ...(labels === undefined && { distribution: series as DistributionSeries }),
  }
}

function totalOf(series: Series): number | undefined {
  const { count, value } = series as { readonly count?: number; readonly value?: unknown }
  return count ?? (typeof value === 'number' ? value : undefined)
}

function labelKey(labels: Labels): string {
  return JSON.stringify(Object.values(labels))
}
