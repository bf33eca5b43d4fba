import type { AverageFamilySnapshot, DistributionFamilySnapshot, DistributionSeries } from '../../snapshot/snapshot.ts'
import type { Ladder } from './bucket-bounds.ts'
import { cumulativeCounts, ladderOf } from './bucket-bounds.ts'
import type { Dialect } from './exposition-dialect.ts'
import { numberText } from './exposition-dialect.ts'
import { bucketExemplars } from './exposition-exemplars.ts'
import { labelWriter } from './exposition-labels.ts'
import type { ExposedFamily } from './exposition-names.ts'

/** A classic histogram with cumulative buckets. */
export function distributionLines(
  { name, unit }: ExposedFamily,
  family: DistributionFamilySnapshot,
  dialect: Dialect,
): string {
  const { created, strict } = dialect
  const ladder = ladderOf(family.series, dialect.bucketsPerOctave)
  const writer = labelWriter('', family.labelNames)
  const negative = ladder.texts[0]?.startsWith('le="-') === true
  let out = dialect.header({ name, type: 'histogram', unit, help: family.help })
  for (const series of family.series) {
    const open = writer.open(series.labels)
    const exemplars = dialect.exemplars ? series.exemplars : undefined
    out += bucketLines(`${name}_bucket${open}${open === '' ? '{' : '",'}`, series, ladder, exemplars)
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum that could sink, and a count only beside a sum.
    if (!strict || (series.sum >= 0 && !negative)) {
      out += `${name}_sum${set}${numberText(series.sum)}\n${name}_count${set}${numberText(series.count)}\n`
    }
    if (created !== '') out += `${name}_created${set}${created}\n`
  }
  return out
}

function bucketLines(
  head: string,
  series: DistributionSeries,
  ladder: Ladder,
  exemplars: DistributionSeries['exemplars'],
): string {
  // Looking at a character makes V8 join the pieces of `head` once, not again in each line.
  head.charCodeAt(0)
  const cumulative = cumulativeCounts(series, ladder)
  const ends = exemplars === undefined ? undefined : bucketExemplars(exemplars, ladder)
  let out = ''
  for (let i = 0; i < cumulative.length; i++) {
    out += head
    out += ladder.texts[i] as string
    out += ends === undefined ? `${cumulative[i] as number}\n` : `${cumulative[i] as number}${ends[i] as string}\n`
  }
  return `${out}${head}le="+Inf"} ${series.count}${ends?.[cumulative.length] ?? ''}\n`
}

/** A summary without quantiles: the mean over any time is the growth of its sum by that of its count. */
export function averageLines({ name, unit }: ExposedFamily, family: AverageFamilySnapshot, dialect: Dialect): string {
  const { created, strict } = dialect
  const writer = labelWriter('', family.labelNames)
  let out = dialect.header({ name, type: 'summary', unit, help: family.help })
  for (const { labels, count, sum } of family.series) {
    const open = writer.open(labels)
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum below 0.
    if (!strict || sum >= 0) out += `${name}_sum${set}${numberText(sum)}\n`
    out += `${name}_count${set}${numberText(count)}\n`
    if (created !== '') out += `${name}_created${set}${created}\n`
  }
  return out
}
