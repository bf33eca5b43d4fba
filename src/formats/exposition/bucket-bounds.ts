import { exponentialBound, isExplicit, recordedScale } from '../../snapshot/buckets/buckets.ts'
import type {
  DistributionFamilySnapshot,
  DistributionSeries,
  ExplicitBuckets,
  ExponentialBuckets,
} from '../../snapshot/snapshot.ts'
import { knownUnit } from '../../units.ts'
import type { ExpositionOptions } from './options.ts'
import { promClientBuckets } from './prom-client-names.ts'

/** The upper bounds of a classic histogram, ascending, without `+Inf`. */
export interface BucketBounds {
  readonly bounds: readonly number[]
  /** Of exponential buckets: bound i is 2^(indexes[i] / 32), an edge between two recorded buckets. Absent for explicit ones. */
  readonly indexes?: readonly number[]
}

/**
 * Exponents of two. From `from` to `to` each doubling has `perOctave` bounds; `below` and `above` are single bounds, so that
 * values outside have coarse bounds.
 */
interface Layout {
  readonly below: readonly number[]
  readonly from: number
  readonly to: number
  readonly perOctave: number
  readonly above: readonly number[]
}

/** Seconds and bytes, or what is neither. */
const layouts: Readonly<Record<'time' | 'bytes' | 'other', Layout>> = {
  time: { below: [-20, -18, -16, -14, -12], from: -10, to: 4, perOctave: 2, above: [6, 8] },
  bytes: { below: [], from: 6, to: 30, perOctave: 1, above: [34, 38] },
  other: { below: [-14, -10], from: -6, to: 20, perOctave: 1, above: [24, 28, 32] },
}

const indexesPerOctave = 2 ** recordedScale

/** The bounds of series, the same whatever was recorded. */
export class BoundsOf {
  private readonly exponential: BucketBounds
  private explicit: BucketBounds | undefined

  constructor(family: DistributionFamilySnapshot, { buckets, bucketsPerOctave, names }: ExpositionOptions) {
    const all = names === undefined ? buckets : { ...promClientBuckets, ...buckets }
    const given = all !== undefined && Object.hasOwn(all, family.name) ? all[family.name] : undefined
    this.exponential = given === undefined ? unitBounds(family.unit, bucketsPerOctave) : nearestBounds(given)
  }

  /** Explicit buckets keep their own bounds. */
  of({ buckets }: DistributionSeries): BucketBounds {
    if (!isExplicit(buckets)) return this.exponential
    if (this.explicit?.bounds !== buckets.bounds) this.explicit = { bounds: buckets.bounds }
    return this.explicit as BucketBounds
  }
}

const known = new Map<string, BucketBounds>()

function unitBounds(code: string, perOctave: number | undefined): BucketBounds {
  const unit = knownUnit(code)
  const dimension = unit?.dimension ?? 'other'
  const layout = layouts[dimension]
  // Milliseconds have the bounds of seconds, times 1,024: the nearest power of two keeps them edges of recorded buckets.
  const shift = -Math.round(Math.log2(unit?.factor ?? 1))
  const fine = perOctave ?? layout.perOctave
  const key = `${dimension} ${shift} ${fine}`
  let bounds = known.get(key)
  if (bounds === undefined) {
    const exponents = [...layout.below]
    for (let step = 0; step <= (layout.to - layout.from) * fine; step++) exponents.push(layout.from + step / fine)
    exponents.push(...layout.above)
    bounds = boundsAt(exponents.map((exponent) => (exponent + shift) * indexesPerOctave))
    known.set(key, bounds)
  }
  return bounds
}

function boundsAt(indexes: readonly number[]): BucketBounds {
  return { bounds: indexes.map((index) => exponentialBound(index, recordedScale)), indexes }
}

/** The edges of recorded buckets that are nearest to what is wanted: at most 1.1 % away. */
function nearestBounds(wanted: readonly number[]): BucketBounds {
  const indexes = wanted.map((bound) => Math.round(Math.log2(bound) * indexesPerOctave))
  return boundsAt([...new Set(indexes)])
}

/** The counts up to each bound; what lies below the first one, the zero bucket included, counts in all. */
export function cumulativeCounts({ buckets }: DistributionSeries, bounds: BucketBounds): number[] {
  return isExplicit(buckets) ? explicitCounts(buckets) : exponentialCounts(buckets, bounds.indexes ?? [])
}

/** A recorded bucket that reaches beyond a bound, as those of a coarser scale may, counts at the next one. */
function exponentialCounts({ counts, offset, scale, zero }: ExponentialBuckets, indexes: readonly number[]): number[] {
  const factor = 2 ** (scale - recordedScale)
  const cumulative: number[] = []
  let sum = zero
  let at = 0
  for (let i = 0; i < indexes.length; i++) {
    const end = Math.min(Math.floor((indexes[i] as number) * factor) - offset, counts.length)
    while (at < end) sum += counts[at++] as number
    cumulative.push(sum)
  }
  return cumulative
}

function explicitCounts({ bounds, counts }: ExplicitBuckets): number[] {
  let sum = 0
  return bounds.map((_, i) => (sum += counts[i] ?? 0))
}
