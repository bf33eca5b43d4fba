import { knownUnit } from '../units.ts'
import type { ObservedChange } from './metric-change.ts'
import { significanceOf } from './significance.ts'

/** A text or state that is another one has no size. */
export const textSize = 3
/** What begins or ends is at most so large; so is what changes its sign. */
export const maxSize = 10
const furtherWeight = 1 / 4
/** Differences of less than this part of a whole count less, whatever their ratio. */
const leastShare = 0.1

/**
 * Whether a change is one of the details, such as a single heap space, which come after all others; then how much it matters:
 * its size, and less where it is none of the main metrics.
 */
export function relevanceOf(change: ObservedChange): readonly [isDetail: boolean, relevance: number] {
  const significance = significanceOf(change.metric)
  const size = sizeOf(change) * change.weight
  return [significance === 'detail', significance === 'further' ? size * furtherWeight : size]
}

/** A process that is idle measures itself each 10 seconds only. */
const measuredEach = 11

/** Whether a value is the age of a process, which grows with the time and says nothing else. */
export function isAge({ kind, unit, before, after, secondsApart, ages }: ObservedChange): boolean {
  const known = knownUnit(unit)
  if (kind !== 'gauge' || known?.dimension !== 'time') return false
  if (typeof before !== 'number' || typeof after !== 'number') return false
  const growth = (after - before) * known.factor
  const isAged = (age: number): boolean => Math.abs(after * known.factor - age) <= measuredEach
  return Math.abs(growth - secondsApart) <= secondsApart / 2 && ages.some(isAged)
}

/** How many times it doubled or halved, with what is small in itself taken for so much more. */
function sizeOf(change: ObservedChange): number {
  const { before = 0, after } = change
  if (typeof before === 'string' || typeof after === 'string') return textSize
  const least = leastOf(change)
  const from = (Math.abs(before) + least) / least
  const to = (Math.abs(after) + least) / least
  const isOtherSign = before * after < 0
  if (least === 0) return before === 0 || after === 0 || isOtherSign ? maxSize : ratioSize(after / before)
  return Math.min(maxSize, isOtherSign ? Math.log2(from * to) : ratioSize(to / from))
}

function ratioSize(ratio: number): number {
  return Math.min(maxSize, Math.abs(Math.log2(ratio)))
}

/**
 * The least difference that matters: one event in a window, one of what a gauge counts, a tenth of what is a share. A ratio
 * alone makes much of little: 0.1 % of a processor is ten times 0.01 %.
 */
function leastOf({ kind, unit, statistic, before = 0, after, seconds }: ObservedChange): number {
  const known = knownUnit(unit)
  if (statistic === 'rate') return kind === 'counter' && known?.dimension === 'time' ? leastShare : 1 / seconds
  const isGauge = kind === 'gauge' && statistic === 'value'
  if (unit === '%') return isGauge ? 100 * leastShare : 0
  const isNumber = unit === '' || unit === '1' || unit.startsWith('{')
  if (!isGauge || !isNumber) return 0
  return Number.isInteger(before) && Number.isInteger(after) ? 1 : leastShare
}
