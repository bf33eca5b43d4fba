import type { AverageFamilySnapshot, DistributionFamilySnapshot, DistributionSeries } from '../../snapshot/snapshot.ts'
import { BoundsOf, type BucketBounds, cumulativeCounts } from './bucket-bounds.ts'
import type { Dialect } from './dialect.ts'
import { numberText } from './dialect.ts'
import { exemplarText, newestByBucket } from './exemplars.ts'
import { labelWriter } from './labels.ts'
import type { ExposedFamily } from './names.ts'
import { roomOf } from './room.ts'

/** A classic histogram with cumulative buckets. */
export function distributionText(
  { name, unit }: ExposedFamily,
  family: DistributionFamilySnapshot,
  dialect: Dialect,
): string {
  const { createdAt, strict } = dialect
  const boundsOf = new BoundsOf(family, dialect.options)
  const room = roomOf(family, dialect)
  const writer = labelWriter('', family.labelNames, dialect)
  let bounds: BucketBounds | undefined
  let texts: readonly string[] = []
  let out = dialect.header({ name, type: 'histogram', unit, help: family.help })
  for (const series of family.series) {
    const own = boundsOf.of(series)
    if (own !== bounds) {
      bounds = own
      texts = boundTexts(own, dialect)
    }
    const open = writer.open(series.labels)
    const head = `${name}_bucket${open}${open === '' ? '{' : '",'}`
    if (!room.has(out.length, head.length, texts.length + 3)) continue
    out += bucketLines(head, series, own, texts, dialect.exemplars)
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum that could sink, and a count only beside a sum.
    if (!strict || (series.sum >= 0 && !((own.bounds[0] ?? 0) < 0))) {
      out += `${name}_sum${set}${numberText(series.sum)}\n${name}_count${set}${numberText(series.count)}\n`
    }
    const created = createdAt?.(series.labels)
    if (created !== undefined) out += `${name}_created${set}${created}\n`
  }
  room.end()
  return out
}

// Turning a double into text is the dearest part of a bound, and most families have the same few.
const knownTexts = new WeakMap<BucketBounds, Map<Dialect['boundText'], readonly string[]>>()

/** For each finite bound `le="…"} `. */
function boundTexts(bounds: BucketBounds, { boundText }: Dialect): readonly string[] {
  const known = knownTexts.get(bounds) ?? new Map<Dialect['boundText'], readonly string[]>()
  knownTexts.set(bounds, known)
  let texts = known.get(boundText)
  if (texts === undefined) {
    texts = bounds.bounds.filter(Number.isFinite).map((bound) => `le="${boundText(bound)}"} `)
    known.set(boundText, texts)
  }
  return texts
}

function bucketLines(
  head: string,
  series: DistributionSeries,
  bounds: BucketBounds,
  texts: readonly string[],
  withExemplars: boolean,
): string {
  // Looking at a character makes V8 join the pieces of `head` once, not again in each line.
  head.charCodeAt(0)
  const cumulative = cumulativeCounts(series, bounds)
  const { exemplars } = series
  const newest = withExemplars && exemplars !== undefined ? newestByBucket(exemplars, bounds) : undefined
  const end = (i: number): string => (newest?.[i] === undefined ? '' : exemplarText(newest[i]))
  let out = ''
  for (let i = 0; i < texts.length; i++) {
    out += head
    out += texts[i] as string
    out += newest === undefined ? `${cumulative[i] as number}\n` : `${cumulative[i] as number}${end(i)}\n`
  }
  return `${out}${head}le="+Inf"} ${series.count}${end(bounds.bounds.length)}\n`
}

/** A summary without quantiles: the mean over any time is the growth of its sum by that of its count. */
export function averageText({ name, unit }: ExposedFamily, family: AverageFamilySnapshot, dialect: Dialect): string {
  const { createdAt, strict } = dialect
  const room = roomOf(family, dialect)
  const writer = labelWriter('', family.labelNames, dialect)
  let out = dialect.header({ name, type: 'summary', unit, help: family.help })
  for (const { labels, count, sum } of family.series) {
    const open = writer.open(labels)
    if (!room.has(out.length, name.length + open.length, 3)) continue
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum below 0.
    if (!strict || sum >= 0) out += `${name}_sum${set}${numberText(sum)}\n`
    out += `${name}_count${set}${numberText(count)}\n`
    const created = createdAt?.(labels)
    if (created !== undefined) out += `${name}_created${set}${created}\n`
  }
  room.end()
  return out
}
