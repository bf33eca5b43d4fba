import type { Clock } from '../../clock.ts'
import type { PlimsollError } from '../../errors.ts'
import { humanNumber } from '../../formats/table/human-number.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { selectionFor, selectionOfParts } from '../../snapshot/selection.ts'
import { formatSelector } from '../../snapshot/selector.ts'
import { findFamilies, matchSelector } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { amountIn, isAmount } from '../../units.ts'
import { invalidOption } from '../arguments.ts'
import { sumOfSeries } from './field.ts'
import { filterSelectors } from './filter-selectors.ts'
import { similarMetric } from './similar-metric.ts'
import { hasNoSuchLabels, similarLabels } from './unmatched-labels.ts'

/** The conditions in values of `--where`. Throws PLIMSOLL_OPTION_INVALID. */
export function parseConditions(command: string, texts: readonly string[]): Selector[] {
  return texts.flatMap((text) => {
    const selectors = filterSelectors(text, command, '--where')
    if (selectors.length > 0 && selectors.every(({ comparison }) => comparison !== undefined)) return selectors
    throw invalidOption(command, 'where', text, 'a condition such as "http.latency.1m.p99 < 500ms"')
  })
}

/**
 * Why conditions are not true of the sum of these pages, which metrics or labels none of them has and which may be meant, and what could not
 * be read.
 */
export function checkPages(
  conditions: readonly Selector[],
  pages: readonly PageInfo[],
  clock: Clock,
): { reasons: string[]; missing: string[]; hints: string[]; failures: PlimsollError[] } {
  const open = new OpenPages({ clock })
  const files = pages.flatMap(({ file }) => file ?? [])
  // Of several processes buckets add up, quantiles do not.
  const { snapshots, failures } = open.read(files, selectionOfParts(selectionFor(conditions)))
  const sum = mergeSnapshots(snapshots)
  const reasons = conditions.flatMap((one) => checkCondition(one, sum))
  const names = new Set(sum.families.map(({ name }) => name))
  // plimsoll's own counters are there once they have counted.
  const isMissing = (one: Selector): boolean =>
    !one.family.startsWith('plimsoll.') && findFamilies(one, names) === undefined
  const unknown = conditions.filter((one) => isMissing(one) || hasNoSuchLabels(one, sum.families))
  const missing = unknown.map((one) => (isMissing(one) ? one.family : withoutComparison(one)))
  // Which metrics there are is read only where that is of use.
  const known = unknown.length === 0 ? [] : open.read(files, {}).snapshots.flatMap(({ families }) => families)
  open.close()
  const metrics = [...new Set(known.map(({ name }) => name))]
  const hints = unknown.map((one) => (isMissing(one) ? similarMetric(one, metrics) : similarLabels(one, known)))
  return { reasons, missing, hints, failures: failures.map(({ error }) => error) }
}

function withoutComparison({ comparison: _, ...selector }: Selector): string {
  return formatSelector(selector)
}

/** Why a condition is not true of this sum; empty where it is, or where nothing has the metric. */
function checkCondition(selector: Selector, sum: Snapshot): string[] {
  const { families = [], statistic = '' } = findFamilies(selector, new Set(sum.families.map(({ name }) => name))) ?? {}
  return families.flatMap((name) => {
    const family = sumOfSeries(sum, [name], selector.labels)
    if (family === undefined) return []
    const one = { ...sum, families: [family] }
    const value: Selector = { family: name, labels: [], statistic }
    const { comparison } = selector
    const [match] = matchSelector(value, one)
    const found = match?.series[0]?.value
    if (match === undefined || found === undefined || comparison === undefined) return []
    if (matchSelector({ ...value, comparison }, one).length > 0) return []
    const text = typeof found === 'number' ? humanNumber(found, match.unit) + (match.perSecond ? '/s' : '') : found
    const condition = formatSelector({ ...value, labels: selector.labels, comparison }).replace('{}', '')
    const isOfOtherUnit = isAmount(comparison.value) && Number.isNaN(amountIn(match.unit, comparison.value))
    if (isOfOtherUnit) return [`${condition} compares with another unit, it is ${text}`]
    return [`${condition} is false, it is ${text}`]
  })
}
