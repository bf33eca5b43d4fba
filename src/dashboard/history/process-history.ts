import type { Finding } from '../../findings/finding.ts'
import type { MinuteLoad } from '../../findings/load.ts'
import type { ProcessUsage } from '../../os/process-usage.ts'
import { areInCells, type DistributionInCells } from '../../snapshot/kinds/in-cells.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type {
  CounterFamilySnapshot,
  CounterSeries,
  FamilySnapshot,
  Labels,
  PageInfo,
  Snapshot,
} from '../../snapshot/snapshot.ts'
import { Growth, sumInCells } from './growth.ts'
import { isTotal, type Series, totalOf } from './sample.ts'
import { SeriesHistory, type Supply } from './series-history.ts'
import type { Rest } from './track.ts'

/** Series of a family that are kept one by one; all of them are in the sum. */
const maxSeries = 200

/** What came to a series, and to all of its family: two for all, as each is taken before the next. */
const grown = new Growth()
const grownInAll = new Growth()

/** A metric of a process over time. */
export class FamilyHistory {
  family: FamilySnapshot
  /** Present only with labels. */
  readonly total: SeriesHistory | undefined
  /** In the order of the last read. */
  series: SeriesHistory[] = []
  more = 0
  readonly #supply: Supply
  readonly #byLabels = new Map<string, SeriesHistory>()
  #last = -1
  /** How far what has not changed stays. */
  readonly #rest: Rest = { tick: -1 }

  constructor(family: FamilySnapshot, supply: Supply) {
    this.family = family
    this.#supply = supply
    this.total =
      family.labelNames.length > 0 ? new SeriesHistory(family, undefined, supply, isDistribution(family)) : undefined
  }

  /** Returns whether series came or went. `isStale`: its process has not brought it up to date since the read before. */
  take(family: FamilySnapshot, tick: number, isStale: boolean): boolean {
    const from = this.#last < 0 ? tick - 1 : this.#last
    const changed = (this.#last < 0 || family !== this.family) && this.#choose(family)
    this.family = family
    this.#last = tick
    // What counters and distributions have not counted is known: nothing.
    if (isStale && family.kind === 'gauge') for (const one of this.all()) one.gap(tick)
    else if (isTotal(family)) this.#takeTotals(family as CounterFamilySnapshot, tick, from)
    else if (areInCells(family.series)) this.#takeCells(family.series, tick, from)
    else this.#takeSeries(family, tick, from)
    // A clock may jump back.
    this.#rest.tick = Math.max(this.#rest.tick, tick)
    return changed
  }

  /** Finds what is kept of the series; returns whether some came or went. */
  #choose(family: FamilySnapshot): boolean {
    const before = this.series
    const count = Math.min(family.series.length, maxSeries)
    this.more = family.series.length - count
    let isSame = count === before.length
    for (let i = 0; isSame && i < count; i++) isSame = before[i]?.labels === family.series[i]?.labels
    if (isSame) return false
    let changed = count !== before.length
    this.series = family.series.slice(0, count).map(({ labels }, i) => {
      const known = before[i]
      if (known?.labels === labels) return known
      const [history, isFresh] = this.#find(family, labels)
      changed ||= isFresh
      return history
    })
    const there = new Set(this.series)
    for (const one of before) if (!there.has(one)) one.wake()
    return changed
  }

  #takeTotals({ series }: CounterFamilySnapshot, tick: number, from: number): void {
    let sum = 0
    let isKnown = false
    for (let i = 0; i < this.series.length; i++) {
      const growth = this.series[i]?.takeTotal((series[i] as CounterSeries).value, tick, this.#rest)
      sum += growth ?? 0
      isKnown ||= growth !== undefined
    }
    if (this.total === undefined) return
    if (this.more > 0) {
      const all = series.reduce((total, { value }) => total + value, 0)
      this.total.takeTotal(all, tick, this.#rest)
    } else if (isKnown) this.total.noteRate(sum, tick, from, this.#rest)
  }

  #takeCells(series: readonly DistributionInCells[], tick: number, from: number): void {
    const { series: histories, total } = this
    let isKnown = false
    grownInAll.begin()
    for (let i = 0; i < histories.length; i++) {
      const one = series[i] as DistributionInCells
      if (!histories[i]?.takeCells(one, tick, this.#rest, grown)) continue
      isKnown = true
      if (grown.count > 0) grownInAll.add(grown)
    }
    if (this.more > 0) total?.takeCells(sumInCells(series, grown, grownInAll), tick, this.#rest, grown)
    else if (isKnown) total?.noteGrowth(grownInAll, tick, from, this.#rest)
    else total?.wake()
  }

  #takeSeries(family: FamilySnapshot, tick: number, from: number): void {
    const { series: histories, total } = this
    const series = family.series as readonly Series[]
    let wereResting = histories.length > 0
    let isResting = this.more === 0
    /** What came to the series of a kind that grows; of others the values are summed up. */
    const grown: Series[] = []
    const areValues = rowOf(family.kind).totals === undefined
    for (let i = 0; i < histories.length; i++) {
      const history = histories[i] as SeriesHistory
      wereResting &&= history.isResting
      const growth = history.take(family, series[i] as Series, tick, this.#rest)
      isResting &&= history.isResting
      if (!areValues && growth !== undefined && total !== undefined) grown.push(growth)
    }
    // Nothing has changed since the sum was noted.
    isResting &&= wereResting
    if (total === undefined || (isResting && total.isResting)) return
    total.wake()
    // Series that are removed at zero count as that.
    const isEmpty = family.kind === 'gauge' && family.aggregation === 'sum' && series.length === 0
    if (isEmpty) total.note({ labels: {}, value: 0 }, tick, from)
    else if (this.more > 0) {
      const sum = totalOf(family)
      if (sum !== undefined) total.take(family, sum, tick, this.#rest)
    } else {
      const sum = areValues ? totalOf(family) : sumOfGrowths(family, grown)
      if (sum === undefined) return
      if (total.note(sum, tick, from) && isResting) total.rest(this.#rest)
    }
  }

  #find(family: FamilySnapshot, labels: Labels): readonly [SeriesHistory, boolean] {
    const key = JSON.stringify(labels)
    const known = this.#byLabels.get(key)
    if (known !== undefined) return [known, false]
    const withHeat = this.total === undefined && isDistribution(family)
    const made = new SeriesHistory(family, labels, this.#supply, withHeat)
    if (this.#byLabels.size >= 2 * maxSeries) this.#prune()
    this.#byLabels.set(key, made)
    return [made, true]
  }

  /** Series that were removed, or are behind so many others. */
  #prune(): void {
    const kept = new Set(this.series)
    for (const [key, one] of this.#byLabels) {
      if (kept.has(one)) continue
      one.forget()
      this.#byLabels.delete(key)
    }
  }

  /** The sum, where there are labels, and the series. */
  all(): SeriesHistory[] {
    return this.total === undefined ? this.series : [this.total, ...this.series]
  }
}

/** Those that got nothing are left out, but for one where none got anything. */
function sumOfGrowths(family: FamilySnapshot, growths: readonly Series[]): Series | undefined {
  const grown = growths.filter((one) => !('count' in one && one.count === 0))
  return totalOf({ ...family, series: grown.length > 0 ? grown : growths.slice(0, 1) } as FamilySnapshot)
}

export function isDistribution({ kind }: FamilySnapshot): boolean {
  return kind === 'timer' || kind === 'histogram'
}

/** Totals that the process brings up to date now and then, while they grow without it: of an idle one each ten seconds. */
const measuredFamilies: ReadonlySet<string> = new Set([
  'process.cpu.time',
  'nodejs.eventloop.time',
  'nodejs.eventloop.iterations',
])

/** A process or thread over time. */
export class ProcessHistory {
  readonly id: number
  page: PageInfo
  readonly families: Map<string, FamilyHistory> = new Map()
  /** What is wrong with it now, the worst first. */
  findings: readonly Finding[] = []
  /** What its distributions say of its last minute. */
  minute: MinuteLoad | undefined
  /** What the kernel counts for it while it is blocked, as it does not measure itself then. */
  kernel: ProcessUsage | undefined
  /** Unix second of the last read. */
  last = 0
  readonly #supply: Supply
  /** What it had counted when it measured itself last, by family. */
  readonly #measured = new Map<string, number>()

  constructor(id: number, page: PageInfo, supply: Supply) {
    this.id = id
    this.page = page
    this.#supply = supply
  }

  /** Notes what was read of it, with the buckets of distributions; returns whether series came or went. */
  take({ pages: [page], families }: Snapshot, tick: number): boolean {
    if (page !== undefined) this.page = page
    let changed = false
    this.last = tick
    for (const family of families) {
      if (measuredFamilies.has(family.name) && !this.#isMeasured(family)) continue
      let history = this.families.get(family.name)
      if (history === undefined || history.family.kind !== family.kind) {
        for (const series of history?.all() ?? []) series.forget()
        history = new FamilyHistory(family, this.#supply)
        this.families.set(family.name, history)
        changed = true
      }
      if (history.take(family, tick, page?.state === 'blocked')) changed = true
    }
    return changed
  }

  /** What came in seconds in which it did not measure itself, as it was idle or blocked, is then noted as their mean. */
  #isMeasured({ name, series }: FamilySnapshot): boolean {
    const sum = (series as readonly CounterSeries[]).reduce((all, { value }) => all + value, 0)
    const isOther = sum !== this.#measured.get(name)
    this.#measured.set(name, sum)
    return isOther
  }

  /** Gives the memory of all points back; returns whether there were any. */
  free(): boolean {
    let had = false
    for (const family of this.families.values()) for (const series of family.all()) if (series.free()) had = true
    return had
  }

  /** Gives all numbers and memory back. */
  forget(): void {
    for (const family of this.families.values()) for (const series of family.all()) series.forget()
  }
}
