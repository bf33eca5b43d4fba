import { type Finding, time } from '../findings/finding.ts'
import { isAlive } from '../snapshot/page-state.ts'
import type { ProcessHistory } from './history/process-history.ts'
import { latencyOf } from './process-row.ts'

const bucketSeconds = 10
/** How far back it looks, which is as far as there are points. */
const pastSeconds = 3600
/** Ten seconds each: slow for so many, after so many that were not. */
const leastSlow = 3
const leastBefore = 12
const mostBefore = 30
/** Slower by so much, in seconds, and so many times. */
const leastDifference = 0.1
const leastFactor = 3

/** The most of ten seconds, and the first time in them with a value. */
interface Bucket {
  readonly times: number[]
  readonly values: number[]
  readonly most: number
}

/** A finding, and the Unix time since when it has been so. */
export type SlowerFinding = Finding & { readonly since: number }

/**
 * Whether the requests to a process have become slower, and since when: the p99 of each ten seconds until now is several times
 * that of nearly all before. One that was always slow, or is so now and then, is none.
 */
export function slowerRequests(process: ProcessHistory, now: number): SlowerFinding | undefined {
  const track = isAlive(process.page) ? latencyOf(process) : undefined
  if (track === undefined) return undefined
  const { times, values } = track.since(now - pastSeconds)
  const buckets = bucketsOf(times, values)
  const last = buckets.slice(-leastSlow).map(({ most }) => most)
  if (last.length < leastSlow) return undefined
  const slow = quantileOf(last, 0.5)
  const limit = slow / 2
  let first = buckets.length
  // A single fast bucket among slow ones does not end it.
  for (let i = buckets.length - 1; i >= 0; i--) {
    if (isAtLeast(buckets[i], limit)) first = i
    else if (!isAtLeast(buckets[i - 1], limit)) break
  }
  const before = buckets.slice(Math.max(0, first - mostBefore), first).map(({ most }) => most)
  if (buckets.length - first < leastSlow || before.length < leastBefore) return undefined
  const usual = quantileOf(before, 0.9)
  if (slow < usual * leastFactor || slow < usual + leastDifference) return undefined
  const { times: firstTimes, values: firstValues } = buckets[first] as Bucket
  return {
    rule: 'slower',
    severity: 'warning',
    page: process.page,
    text: `requests slower: p99 ${time(slow)}, before ${time(quantileOf(before, 0.5))}`,
    advice: 'Open it and drag over a chart since then, to see what else changed.',
    since: firstTimes[firstValues.findIndex((value) => value >= limit)] as number,
  }
}

function isAtLeast(bucket: Bucket | undefined, limit: number): boolean {
  return bucket !== undefined && bucket.most >= limit
}

/** Of the last five minutes there are points of seconds, and before of ten. */
function bucketsOf(times: readonly number[], values: readonly (number | null)[]): Bucket[] {
  const buckets: (Bucket & { most: number; readonly at: number })[] = []
  for (const [i, value] of values.entries()) {
    if (value === null) continue
    const point = times[i] as number
    const at = Math.ceil(point / bucketSeconds)
    let bucket = buckets.at(-1)
    if (bucket?.at !== at) {
      bucket = { at, times: [], values: [], most: value }
      buckets.push(bucket)
    }
    bucket.times.push(point)
    bucket.values.push(value)
    bucket.most = Math.max(bucket.most, value)
  }
  return buckets
}

function quantileOf(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * q) - 1] as number
}
