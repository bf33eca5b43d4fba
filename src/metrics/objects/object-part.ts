import { allParts } from '../../snapshot/kinds/parts.ts'
import { State } from '../kinds/state.ts'
import { Text } from '../kinds/text.ts'
import type { Family } from '../registry/family.ts'
import { givenValue, givenValues, type LabelValue, labelTexts } from '../registry/label-values.ts'
import type { Metric } from '../registry/metric.ts'
import { showAs } from '../registry/shown.ts'
import { type Summed, SummedCounter, SummedGauge, sumUpIn } from './summed.ts'
import type { Count, ValueCounts } from './value-counts.ts'

/** Metrics by label values, as a family has them. */
export interface LabelledMetrics<M, L extends string = string> {
  /** The metric with these label values, as {@link Family.labels} gives it. */
  labels(values: Readonly<Record<L, LabelValue>>): M
}

/** One series of an object. */
interface Own {
  readonly metric: Metric
  readonly values: Readonly<Record<string, LabelValue>>
  /** How many metrics of objects below are counted in it. */
  addends: number
  /** Where it is in the order in which gauges came to count nobody any more; 0 while it is not one of them. */
  idleSince: number
  /** Takes it out of the series that it is counted in. */
  leave: (() => void) | undefined
}

/**
 * So many gauges stay in which nobody is counted any more, and at most so many: they are likely to be needed again, and each
 * removal costs a line in the page. Several are removed at once, as finding them costs more than removing them.
 */
const keptIdle = 48
const maxIdle = 64

/**
 * What one object has of a family: one series, or one for each combination of label values. Links each of them to that of an
 * object above which sums it up.
 */
export class ObjectPart<M extends Metric = Metric> implements LabelledMetrics<M>, ValueCounts {
  private readonly family: Family<M>
  private readonly names: readonly string[]
  private readonly limit: number
  /** All labels of the family; those of the object itself stay, the others are filled in for each look-up. */
  private readonly key: Record<string, LabelValue>
  /** By metric; only where there are labels to choose by, as a map takes as much memory as all the rest. */
  private own: Map<Metric, Own> | undefined
  private only: Own | undefined
  /** Whether its values are sums of what objects below have. */
  private readonly isSum: boolean
  private above: ObjectPart | undefined
  /** Where values are counted, the series by the value. */
  private counts: Map<string, Own> | undefined
  /** Whether gauges may go in which nobody is counted any more. */
  private readonly forgets: boolean
  /** How many those are. */
  private idle = 0
  private lastIdle = 0
  /** Stands for what is past the limit, and for what comes after the end. */
  private rest: Own | undefined
  private isClosed = false

  /** `object`: labels that distinguish it from others; `limit`: how many series it may have. */
  constructor(family: Family<M>, object: Readonly<Record<string, string>>, limit: number, isSum: boolean) {
    this.family = family
    this.key = { ...object }
    this.names = family.description.labelNames.filter((name) => !(name in object))
    for (const name of this.names) this.key[name] = ''
    this.limit = limit
    this.isSum = isSum
    this.forgets = family.description.kind === 'gauge' && this.names.length > 0
  }

  labels(values: Readonly<Record<string, LabelValue>>): M {
    return this.find(values).metric as M
  }

  /** From now on its values are added up, or counted by value, there. */
  countIn(above: ObjectPart): void {
    this.above = above
    for (const own of this.all()) this.link(own)
    if (isSummed(this.rest?.metric)) this.linkRest(this.rest.metric)
  }

  acquire(value: string): Count {
    const known = this.counts?.get(value)
    const own = this.takeSum(known ?? this.find({ value }))
    // Where a text was too long for a label, others mean the same series.
    if (known === undefined && own !== this.rest && own.values.value === value) {
      this.counts ??= new Map()
      this.counts.set(value, own)
    }
    return own as Own & Count
  }

  release(sum: { readonly metric: Metric }): void {
    const own = sum as Own
    own.addends--
    if (own.addends > 0 || !this.forgets || own === this.rest || this.isClosed) return
    own.idleSince = ++this.lastIdle
    this.idle++
    if (this.idle > maxIdle) this.forget()
  }

  /**
   * Takes all of its series away. What counters counted stays in the sums; what is now so in gauges, states and texts leaves
   * them.
   */
  close(): void {
    this.isClosed = true
    for (const own of this.all()) this.drop(own)
    if (isSummed(this.rest?.metric)) this.rest.metric.leaveSums()
  }

  /** Its series as plain data, with the labels that it was declared with. */
  get series(): unknown[] {
    const at = this.family.presentTime()
    const { names } = this
    return this.all().map(({ metric, values }) => {
      const texts = labelTexts(givenValues(names, values), () => {})
      return metric.readSeries(Object.fromEntries(names.map((name, i) => [name, texts[i] as string])), at, allParts)
    })
  }

  /** Whether no other object has a series of this family. */
  get isLast(): boolean {
    return this.family.seriesCount === 0
  }

  private find(values: Readonly<Record<string, LabelValue>>): Own {
    if (this.isClosed) return this.takeDetached()
    if (this.names.length > 0 && !this.family.rejections.areLabels(values)) return newOwn(this.family.makeAlone(), {})
    const { key, names } = this
    for (const name of names) key[name] = givenValue(values, name) as LabelValue
    const isFull = this.own !== undefined && this.own.size >= this.limit
    const metric = isFull ? this.family.existing(key) : this.family.labels(key)
    return metric === undefined ? this.takeRest() : (this.ownOf(metric) ?? this.adopt(metric))
  }

  /** The same: one of a part below is counted in it from now on. */
  private takeSum(own: Own): Own {
    own.addends++
    if (own.idleSince > 0) {
      own.idleSince = 0
      this.idle--
    }
    return own
  }

  /** Lets gauges go in which nobody is counted any more, those first in which that is so for longest. */
  private forget(): void {
    const idle = this.all().filter(({ idleSince }) => idleSince > 0)
    idle.sort((a, b) => b.idleSince - a.idleSince)
    for (const own of idle.splice(keptIdle)) this.drop(own)
    this.idle = idle.length
  }

  private ownOf(metric: Metric): Own | undefined {
    return this.only?.metric === metric ? this.only : this.own?.get(metric)
  }

  private all(): readonly Own[] {
    return this.only === undefined ? [...(this.own?.values() ?? [])] : [this.only]
  }

  private adopt(metric: M): Own {
    const hasLabels = this.names.length > 0
    const own = newOwn(metric, hasLabels ? { ...this.key } : this.key)
    if (hasLabels) {
      this.own ??= new Map()
      this.own.set(metric, own)
    } else {
      this.only = own
    }
    this.link(own)
    return own
  }

  private link(own: Own): void {
    const { above } = this
    const { metric } = own
    if (above === undefined) return
    if (metric instanceof State || metric instanceof Text) {
      for (const value of this.family.description.states ?? []) above.labels({ value })
      metric.countIn(above)
      own.leave = () => metric.countIn(undefined)
    } else if (isSummed(metric)) {
      const leaveBefore = own.leave
      const sum = above.takeSum(above.find(own.values))
      this.sumUp(metric, sum.metric)
      own.leave = () => above.release(sum)
      leaveBefore?.()
    }
  }

  private sumUp(metric: Summed, ...nearest: readonly Metric[]): void {
    const sums = nearest.flatMap((sum) => (isSummed(sum) ? [sum, ...sum.sums] : [])) as (SummedCounter & SummedGauge)[]
    if (this.isSum) metric.sums = sums
    else sumUpIn(metric as SummedCounter & SummedGauge, sums)
  }

  private drop(own: Own): void {
    const { metric } = own
    this.only = undefined
    this.own?.delete(metric)
    this.counts?.delete(own.values.value as string)
    if (isSummed(metric)) metric.leaveSums()
    own.leave?.()
    this.family.remove(own.values)
  }

  /** Of what may be summed up, each object has its own: the overflow series is that of all objects. */
  private takeRest(): Own {
    const overflow = this.family.pastLimit()
    if (!isSummed(overflow)) return newOwn(overflow, {})
    if (this.rest === undefined) {
      this.rest = newOwn(this.family.makeAlone(), {})
      this.linkRest(this.rest.metric as Summed)
    }
    return this.rest
  }

  private linkRest(rest: Summed): void {
    const { above } = this
    this.sumUp(rest, this.family.pastLimit(), ...(above === undefined ? [] : [above.takeRest().metric]))
  }

  private takeDetached(): Own {
    this.rest ??= newOwn(this.family.makeAlone(), {})
    return this.rest
  }
}

function newOwn(metric: Metric, values: Own['values']): Own {
  return { metric, values, addends: 0, idleSince: 0, leave: undefined }
}

showAs(ObjectPart, ({ series }) => series)

function isSummed(metric: Metric | undefined): metric is Summed {
  return metric instanceof SummedCounter || metric instanceof SummedGauge
}
