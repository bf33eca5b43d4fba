import { humanNumber } from '../../formats/table/human-number.ts'
import { exponentialBound, isExplicit } from '../../snapshot/buckets/buckets.ts'
import type { Buckets } from '../../snapshot/snapshot.ts'
import { bar } from '../screen/chart.ts'
import type { Screen } from '../screen/screen.ts'
import { quantileText } from './reading-text.ts'
import type { Reading } from './readings.ts'

const rangeWidth = 22
const countWidth = 10

/** Draws the distribution of the last minute, or since its start where there is none, as bars. */
export function drawBars(screen: Screen, family: Reading, [top, bottom]: readonly [number, number]): void {
  const { distribution } = family
  const recent = distribution?.recent?.['1m']
  const shown = recent !== undefined && recent.count > 0 ? recent : distribution
  if (shown === undefined || shown.count === 0) {
    screen.put(1, top, 'No values yet.', 'dim')
    return
  }
  const over = shown === recent ? 'in the last minute' : 'since its start'
  const how = isExplicit(shown.buckets) ? ', interpolated between the declared buckets' : ''
  const quantiles = `p50 ${quantileText(family, family.p50)}  p99 ${quantileText(family, family.p99)}${how}`
  screen.put(1, top, `${humanNumber(shown.count, '')} values ${over}  ${quantiles}`, 'dim', screen.columns - 2)
  const bars = barsOf(shown.buckets, Math.max(1, bottom - top - 1))
  const most = Math.max(...bars.map(({ count }) => count))
  const left = rangeWidth + countWidth + 2
  for (const [i, { low, high, count }] of bars.entries()) {
    const y = top + 1 + i
    screen.putRight(rangeWidth, y, `${edge(low, family)} – ${edge(high, family)}`, 'plain', rangeWidth - 1)
    screen.putRight(left - 1, y, humanNumber(count, ''), count === 0 ? 'dim' : 'plain', countWidth)
    screen.put(left, y, bar(count / most, screen.columns - left - 2), 'series1')
  }
}

function edge(value: number, { valueUnit }: Reading): string {
  return Number.isFinite(value) ? humanNumber(value, valueUnit) : value < 0 ? '' : '∞'
}

interface Bar {
  readonly low: number
  readonly high: number
  readonly count: number
}

/** At most `max` bars, of neighbouring buckets added up, from the first to the last one with a value. */
export function barsOf(buckets: Buckets, max: number): Bar[] {
  const all = isExplicit(buckets)
    ? buckets.counts.map((count, i) => ({
        low: buckets.bounds[i - 1] ?? Number.NEGATIVE_INFINITY,
        high: buckets.bounds[i] ?? Number.POSITIVE_INFINITY,
        count,
      }))
    : [
        ...(buckets.zero > 0 ? [{ low: 0, high: 0, count: buckets.zero }] : []),
        ...buckets.counts.map((count, i) => ({
          low: exponentialBound(buckets.offset + i, buckets.scale),
          high: exponentialBound(buckets.offset + i + 1, buckets.scale),
          count,
        })),
      ]
  const first = all.findIndex(({ count }) => count > 0)
  const last = all.findLastIndex(({ count }) => count > 0)
  const used = all.slice(Math.max(0, first), last + 1)
  const size = Math.max(1, Math.ceil(used.length / max))
  return Array.from({ length: Math.ceil(used.length / size) }, (_, i) => {
    const some = used.slice(i * size, (i + 1) * size)
    const count = some.reduce((sum, one) => sum + one.count, 0)
    return { low: some[0]?.low ?? 0, high: some.at(-1)?.high ?? 0, count }
  })
}
