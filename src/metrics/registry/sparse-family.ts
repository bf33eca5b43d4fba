import { maxLabels } from '../../snapshot/limits.ts'
import type { FamilyDescription, SeriesKey } from '../../snapshot/store.ts'
import { Family } from './family.ts'
import { type Branch, findMetric, insertMetric, takeMetric, visitMetrics } from './label-tree.ts'
import type { Metric } from './metric.ts'

/**
 * A family whose series may each have other labels, as with OpenTelemetry, where nobody declares the names of attributes: an
 * empty value means that the series does not have the label, and names are added as they come.
 */
export class SparseFamily<M extends Metric> extends Family<M> {
  /** The label names so far. */
  get labelNames(): readonly string[] {
    return this.names
  }

  /**
   * The series with these label texts, in the order of {@link labelNames}; past the limit the overflow series. Long texts must
   * have been cut.
   */
  seriesOf(texts: readonly string[]): M {
    return findMetric(this.root, texts) ?? this.createWithin(texts)
  }

  /** Whether there are as many series as there may be. */
  get isFull(): boolean {
    return this.size >= this.maxSeries
  }

  /** Whether a metric is that of the series that takes what is past the limit. */
  isOverflow(metric: M): boolean {
    return metric === this.overflow
  }

  /** Counts a value, or the value of a label, that cannot be recorded. */
  countRejected(reason: 'value' | 'label'): void {
    this.host.countRejected(this.description.name, reason)
  }

  /** Adds label names; false, and nothing changed, where they are too many or the page has no room to announce them. */
  addLabels(added: readonly string[]): boolean {
    const before = this.names
    const all = [...before, ...added]
    if (all.length > maxLabels) return false
    const blanks = added.map(() => '')
    const root: Branch<M> = new Map()
    visitMetrics(this.root, before.length, (texts, metric) => insertMetric(root, [...texts, ...blanks], metric))
    const oldRoot = this.root
    this.useLabels(all, root)
    const series: [SeriesKey, Metric][] = []
    this.visitAll((key, metric) => series.push([typeof key === 'string' ? key : [...key], metric]))
    const isShown = this.host.store.transaction(() => this.cells.announceAgain(series), true)
    if (!isShown) this.useLabels(before, oldRoot)
    return isShown
  }

  /** Removes series as {@link remove} does, all at once. */
  removeSeries(gone: ReadonlySet<M>): void {
    const found: (readonly string[])[] = []
    visitMetrics(this.root, this.names.length, (texts, metric) => {
      if (gone.has(metric)) found.push([...texts])
    })
    for (const texts of found) takeMetric(this.root, texts)
    this.size -= found.length
    this.discard([...gone])
  }

  private useLabels(names: readonly string[], root: Branch<M>): void {
    this.root = root
    this.names = names
    this.rejections.labelNames = names
    // Earlier snapshots have the earlier list.
    ;(this.description as { labelNames: FamilyDescription['labelNames'] }).labelNames = names
  }
}
