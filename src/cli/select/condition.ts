import { humanNumber } from '../../formats/table/human-number.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { formatSelector } from '../../snapshot/selector.ts'
import { findFamilies, matchSelector } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { sumOfSeries } from './field.ts'

/** Why a condition is not true of the sum of these snapshots; empty where it is, or where nothing has the metric. */
export function checkCondition(selector: Selector, snapshots: readonly Snapshot[]): string[] {
  const sum = mergeSnapshots(snapshots)
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
    return [`${condition} is false, it is ${text}`]
  })
}
