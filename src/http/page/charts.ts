import { humanNumber } from '../../formats/table/human-number.ts'
import { downscale, exponentialBound, isExplicit } from '../../snapshot/buckets/buckets.ts'
import type { Buckets, ExponentialBuckets } from '../../snapshot/snapshot.ts'
import type { Point } from './history.ts'
import { type Html, html, raw } from './html.ts'

const width = 120
const height = 24
const maxBars = 24
/** A line is at least this long, so that its first points stand at the right end. */
const minSpanSeconds = 20

/** A line of the last two minutes, the present at its right end. `zero`: drawn from 0, else between its extremes. */
export function sparkline(
  points: readonly Point[],
  now: number,
  zero: boolean,
  textOf: (value: number) => string,
): Html {
  const finite = points.filter(({ value }) => Number.isFinite(value))
  const values = finite.map(({ value }) => value)
  const top = Math.max(...values)
  const bottom = zero ? Math.min(0, ...values) : Math.min(...values)
  if (finite.length < 2) return html`<svg class="spark" viewBox="0 0 ${width} ${height}" aria-hidden="true"></svg>`
  const seconds = Math.max(minSpanSeconds, now - (finite[0] as Point).at)
  const x = (at: number): string => round(width * (1 - (now - at) / seconds))
  const flat = zero || top === 0 ? height - 2 : height / 2
  const y = (value: number): string =>
    round(top === bottom ? flat : 2 + (height - 4) * (1 - (value - bottom) / (top - bottom)))
  const line = finite.map(({ at, value }) => `${x(at)} ${y(value)}`).join('L')
  const last = finite.at(-1) as Point
  const area = `M${x((finite[0] as Point).at)} ${height}L${line}L${x(last.at)} ${height}Z`
  const text = `now ${textOf(last.value)}, from ${textOf(Math.min(...values))} to ${textOf(top)}`
  return html`<svg class="spark" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${text}"><title>${text}</title><path class="area" d="${raw(area)}"/><path class="line" d="M${raw(line)}"/></svg>`
}

/** The shape of a distribution as bars, narrow values on the left; empty where it is. */
export function histogram(buckets: Buckets, unit: string, span: string): Html {
  const bars = barsOf(buckets)
  const most = Math.max(...bars.map(({ count }) => count))
  if (bars.length === 0) return html`<svg class="hist" viewBox="0 0 ${width} ${height}" aria-hidden="true"></svg>`
  const step = width / Math.max(bars.length, 8)
  const shapes = bars.map(({ count }, i) => {
    if (count === 0) return ''
    const size = Math.max(1, (count / most) * (height - 1))
    return `M${round(i * step)} ${height}v-${round(size)}h${round(step * 0.86)}v${round(size)}z`
  })
  const [first, last] = [bars[0] as Bar, bars.at(-1) as Bar]
  const end = Number.isFinite(last.to) ? ` to ${humanNumber(last.to, unit)}` : ' and more'
  const text = `${span}: ${humanNumber(first.from, unit)}${end}`
  return html`<svg class="hist" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${text}"><title>${text}</title><path d="${raw(shapes.join(''))}"/></svg>`
}

interface Bar {
  readonly from: number
  readonly to: number
  readonly count: number
}

function barsOf(buckets: Buckets): Bar[] {
  const bars = trimmed(isExplicit(buckets) ? explicitBars(buckets.bounds, buckets.counts) : exponentialBars(buckets))
  const size = Math.ceil(bars.length / maxBars)
  if (size <= 1) return bars
  return Array.from({ length: Math.ceil(bars.length / size) }, (_, i) => {
    const joined = bars.slice(i * size, (i + 1) * size)
    const count = joined.reduce((sum, bar) => sum + bar.count, 0)
    return { from: (joined[0] as Bar).from, to: (joined.at(-1) as Bar).to, count }
  })
}

function trimmed(bars: readonly Bar[]): Bar[] {
  const first = bars.findIndex(({ count }) => count > 0)
  const last = bars.findLastIndex(({ count }) => count > 0)
  return first === -1 ? [] : bars.slice(first, last + 1)
}

function explicitBars(bounds: readonly number[], counts: readonly number[]): Bar[] {
  return counts.map((count, i) => ({ from: bounds[i - 1] ?? 0, to: bounds[i] ?? Number.POSITIVE_INFINITY, count }))
}

function exponentialBars(buckets: ExponentialBuckets): Bar[] {
  let fitting = buckets
  while (fitting.counts.length > maxBars && fitting.scale > -10) fitting = downscale(fitting, fitting.scale - 1)
  const { offset, scale, counts, zero } = fitting
  const bars = counts.map((count, i) => ({
    from: exponentialBound(offset + i, scale),
    to: exponentialBound(offset + i + 1, scale),
    count,
  }))
  return zero > 0 ? [{ from: 0, to: bars[0]?.from ?? 0, count: zero }, ...bars] : bars
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}
