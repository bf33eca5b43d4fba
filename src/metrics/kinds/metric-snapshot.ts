import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Owner } from '../registry/owner.ts'

/** What a metric says of itself: its series as a snapshot has it, but for the labels, which its family knows. */
export type MetricSnapshot<Series> = Omit<Series, 'labels'>

/** The series of a metric now, as plain data. */
export function snapshotOf<Series extends { readonly labels: Labels }>(
  metric: { readSeries(labels: Labels, at: ReadTime): Series },
  owner: Owner,
): MetricSnapshot<Series> {
  const { labels: _, ...own } = metric.readSeries({}, owner.presentTime())
  return own
}
