import { optionInvalid } from '../../errors.ts'
import { isExplicit } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import type { Distribution, DistributionSeries } from '../../snapshot/snapshot.ts'
import type { Owner } from '../registry/owner.ts'

/** Takes a run that was slower than the threshold, both in seconds. What it returns is dropped. */
export type SlowLog = (seconds: number, threshold: number) => unknown

/** With fewer values, a quantile is not meaningful. */
const minValues = 100

interface Watch {
  readonly q: number
  readonly log: SlowLog
  /** Seconds; no duration is above it while too little is known. */
  threshold: number
}

/** The callbacks for slow runs of one timer, with their thresholds. */
export class SlowRuns {
  private readonly owner: Owner
  private watches: readonly Watch[] = []
  private telling = false

  constructor(owner: Owner) {
    this.owner = owner
  }

  /** Gives the function that ends it. Throws PLIMSOLL_OPTION_INVALID. */
  add(q: number, log: SlowLog): () => void {
    check('q', q, typeof q === 'number' && q > 0 && q < 1, 'a number above 0 and below 1')
    check('log', log, typeof log === 'function', 'a function')
    const watch: Watch = { q, log, threshold: Number.MAX_VALUE }
    this.watches = [...this.watches, watch]
    return () => {
      this.watches = this.watches.filter((other) => other !== watch)
    }
  }

  /** No faster run is slow; the largest number while none is. */
  get least(): number {
    return Math.min(Number.MAX_VALUE, ...this.watches.map(({ threshold }) => threshold))
  }

  /** Recomputes the thresholds: from the last five minutes if these have enough values, else from all values. */
  refresh(series: DistributionSeries): void {
    const recent = series.recent?.['5m']
    for (const watch of this.watches) {
      const needed = Math.max(minValues, 1 / (1 - watch.q))
      const known = recent !== undefined && recent.count >= needed ? recent : series
      watch.threshold = known.count >= needed ? upperEnd(known, watch.q) : Number.MAX_VALUE
    }
  }

  /** Calls those for whom this run is slow. Never throws. */
  tell(seconds: number): void {
    if (this.telling) return
    this.telling = true
    for (const { log, threshold } of this.watches) if (seconds > threshold) this.call(log, seconds, threshold)
    this.telling = false
  }

  private call(log: SlowLog, seconds: number, threshold: number): void {
    const fail = (): void => this.owner.countFailure('callback')
    try {
      Promise.resolve(log(seconds, threshold)).catch(fail)
    } catch {
      fail()
    }
  }
}

/**
 * A quantile of exponential buckets is the middle of its bucket; the upper end is half a bucket further. Without
 * this, many values within the bucket would be above their own quantile.
 */
function upperEnd(distribution: Distribution, q: number): number {
  const { buckets, max = Number.MAX_VALUE } = distribution
  const middle = quantile(distribution, q) as number
  return isExplicit(buckets) ? middle : Math.min(max, middle * 2 ** (2 ** -buckets.scale / 2))
}

function check(option: string, given: unknown, good: boolean, expected: string): void {
  if (good) return
  throw optionInvalid(option, 'warnAbove()', given, expected)
}
