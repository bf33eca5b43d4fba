import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Owner } from '../registry/owner.ts'

/** The series of a metric as in a snapshot, without the labels, which its family adds. */
export type MetricSnapshot<Series> = Omit<Series, 'labels'>

/** The series of a metric now, as plain data. */
export function snapshotOf<Series extends { readonly labels: Labels }>(
  metric: { readSeries(labels: Labels, at: ReadTime, parts: Parts): Series },
  owner: Owner,
): MetricSnapshot<Series> {
  const { labels: _, ...own } = metric.readSeries({}, owner.presentTime(), allParts)
  return own
}
