import { emptyLike } from '../../snapshot/buckets/buckets.ts'
import type { DistributionInCells } from '../../snapshot/kinds/in-cells.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import { type Growth, KnownOctaves } from './growth.ts'
import { Heat } from './heat.ts'
import { keptStatistics, type Series, textOf, valuesOf, valuesOfGrowth } from './sample.ts'
import type { Room } from './slabs.ts'
import { type Rest, Track } from './track.ts'

/** What numbers and memory are taken from, for all processes together. */
export interface Supply {
  /** Gives a track or heat map its number. */
  add(one: Track | Heat): number
  /** Forgets one by its number. */
  remove(id: number): void
  /** Room for the points of one more track, if there is any. */
  claim(): Room | undefined
  /** Gives room back. */
  release(room: Room): void
}

/** A track and its number. */
export interface NumberedTrack {
  readonly id: number
  readonly statistic: string
  readonly track: Track
}

/** Of a distribution that has got no values, the most of them each second: nothing, without a look into its buckets. */
function emptyGrowth(before: Series, { labels, ...after }: Series): Series | undefined {
  if (!('buckets' in before && 'buckets' in after) || before.count !== after.count) return undefined
  return { labels, count: 0, sum: 0, buckets: emptyLike(after.buckets) }
}

function haveSameNumber(before: Series, after: Series): boolean {
  return 'value' in before && 'value' in after && typeof after.value === 'number' && before.value === after.value
}

/** One series of a process over time, or the sum of a family. */
export class SeriesHistory {
  /** `undefined` for a sum. */
  readonly labels: Labels | undefined
  readonly tracks: readonly NumberedTrack[]
  readonly heat: { readonly id: number; readonly heat: Heat } | undefined
  text: string | undefined
  readonly #supply: Supply
  #before: Series | undefined
  /** What a distribution in cells had. */
  #known: KnownOctaves | undefined
  /** The number of a total, or how many values a distribution in cells had. */
  #total = 0
  #tick = -1
  /** While nothing has changed since it was noted. */
  #rest: Rest | undefined

  constructor(family: FamilySnapshot, labels: Labels | undefined, supply: Supply, withHeat: boolean) {
    this.labels = labels
    this.#supply = supply
    this.tracks = keptStatistics[family.kind].map((statistic) => {
      const track = new Track(/^p\d/.test(statistic) ? 'max' : 'mean', () => supply.claim())
      return { id: supply.add(track), statistic, track }
    })
    const heat = withHeat ? new Heat() : undefined
    this.heat = heat && { id: supply.add(heat), heat }
  }

  /** Whether its numbers stay what they are. */
  get isResting(): boolean {
    return this.#rest !== undefined
  }

  /** Has the numbers that were noted last stay as far as `rest` reaches. */
  rest(rest: Rest): void {
    this.#rest = rest
    for (const { track } of this.tracks) track.rest(rest)
  }

  /** Ends that, also where nothing is noted any more. */
  wake(): void {
    if (this.#rest === undefined) return
    this.#tick = this.#rest.tick
    this.#rest = undefined
    for (const { track } of this.tracks) track.wake()
  }

  /** Notes that nothing is known of this second. */
  gap(tick: number): void {
    this.wake()
    this.#tick = tick
    this.#before = undefined
    for (const { track } of this.tracks) track.gap(tick)
  }

  /**
   * Notes a series as it was read, and returns what came since the read before. At the first one nothing can be said of kinds
   * that grow: `undefined`. One that is the same object as before rests.
   */
  take(family: FamilySnapshot, series: Series, tick: number, rest: Rest): Series | undefined {
    const { totals } = rowOf(family.kind)
    const before = this.#before
    // Gauges that were read by other selections are other objects.
    const isSame = series === before || (before !== undefined && haveSameNumber(before, series))
    if (isSame && this.isResting) return series
    this.wake()
    const from = this.#tick
    this.#tick = tick
    this.text = textOf(series)
    this.#before = series
    if (totals === undefined) {
      if (this.note(series, tick, from < 0 ? tick - 1 : from) && isSame) this.rest(rest)
      return series
    }
    if (before === undefined) return undefined
    const growth = emptyGrowth(before, series) ?? totals.subtract(before, series)
    this.note(growth, tick, from)
    return growth
  }

  /** The same for a total, of which only the number is kept: what came since, or `undefined`. */
  takeTotal(value: number, tick: number, rest: Rest): number | undefined {
    if (value === this.#total && this.isResting) return 0
    this.wake()
    const before = this.#total
    const from = this.#tick
    this.#total = value
    this.#tick = tick
    if (from < 0) return undefined
    const growth = Math.max(0, value - before)
    this.noteRate(growth, tick, from, rest)
    return growth
  }

  /** The same for a distribution in cells: puts what came since into `growth`; false where that is not known yet. */
  takeCells(series: DistributionInCells, tick: number, rest: Rest, growth: Growth): boolean {
    const isFirst = this.#known === undefined
    const known = this.#known ?? new KnownOctaves()
    this.#known = known
    const hasGrown = isFirst || series.count !== this.#total
    if (hasGrown || known.octaves !== series.octaves) known.take(series, growth)
    // A series that took the place of a removed one, and has as many values.
    if (!hasGrown) growth.begin()
    this.#total = series.count
    if (growth.count > 0) this.wake()
    const from = this.#tick
    this.#tick = tick
    if (isFirst) return false
    this.noteGrowth(growth, tick, from, rest)
    return true
  }

  /** Where nothing came, nothing comes until it is noted. */
  noteGrowth(growth: Growth, tick: number, from: number, rest: Rest): void {
    this.heat?.heat.add(tick - 0.5, growth)
    if (growth.count === 0 && this.isResting) return
    this.wake()
    const values = valuesOfGrowth(growth, Math.max(1, tick - from))
    if (this.#noteAll(values, tick, from) && growth.count === 0) this.rest(rest)
  }

  /** Where nothing came, nothing comes until it is noted. */
  noteRate(growth: number, tick: number, from: number, rest: Rest): void {
    if (growth === 0 && this.isResting) return
    this.wake()
    if (this.tracks[0]?.track.note(tick, growth / Math.max(1, tick - from), from) && growth === 0) this.rest(rest)
  }

  /** Notes what came between two ticks. False where a clock had jumped back, and nothing was noted. */
  note(growth: Series, tick: number, from: number): boolean {
    // Most are gauges: no list is made for their one value.
    if ('value' in growth && typeof growth.value === 'number')
      return this.tracks[0]?.track.note(tick, growth.value, from) ?? true
    if (this.heat !== undefined && 'buckets' in growth) this.heat.heat.add(tick - 0.5, growth.buckets)
    return this.#noteAll(valuesOf(growth, Math.max(1, tick - from)), tick, from)
  }

  #noteAll(values: readonly number[], tick: number, from: number): boolean {
    let isNoted = true
    for (let i = 0; i < this.tracks.length; i++)
      isNoted = this.tracks[i]?.track.note(tick, values[i] ?? Number.NaN, from) !== false && isNoted
    return isNoted
  }

  /** Gives the memory of the points back; returns whether there were any. */
  free(): boolean {
    const rooms = this.tracks.flatMap(({ track }) => track.leave() ?? [])
    for (const room of rooms) this.#supply.release(room)
    return rooms.length > 0
  }

  /** Gives numbers and memory back. */
  forget(): void {
    this.free()
    for (const { id } of this.tracks) this.#supply.remove(id)
    if (this.heat !== undefined) this.#supply.remove(this.heat.id)
  }
}
