import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import type { DistributionSeries, FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import type { Leaves } from '../leaves/leaves.ts'
import { plainNumber } from '../leaves/plain.ts'
import { type LeafWriter, type Position, walk } from '../leaves/walk.ts'
import { equalSamples, weightedMiddles } from './native.ts'
import { type StatsdFormat, type StatsdOptions, statsdFormat } from './options.ts'
import { ExtraBytes, Packets } from './packets.ts'

/**
 * Packets of the StatsD protocol with what came in an interval: `web.requests.GET.200:5|c`. The snapshot is the growth between
 * two, as `diffSnapshots()` returns it. Each piece has the packets of a few hundred series: between two, the event loop
 * may run. A packet has whole lines, each with a line feed at its end, so packets may be joined for TCP.
 *
 * - Counters and meters are counters, and left out where nothing came. Gauges are gauges; a negative one is set in two lines,
 *   as most servers take `-7` for a change.
 * - Distributions have `count` and `sum` as counters, and `min`, `max`, `mean`, `stddev`, `p50`, `p75`, `p90`, `p95`, `p99` and
 *   `p999` of the interval as gauges, in the unit of the metric; see `timers`. Averages have `count`, `sum` and `mean`.
 * - States have `seconds.<state>` as counters, `processes.<state>` and `users` as gauges. Texts and infos have no numbers.
 *
 * What is not a finite number is not sent. Characters that a server would take for something else, or drop, become `_`, white
 * space and dots `-`. Of series whose names then are alike the first one is sent, and what has no room in half a packet is
 * left out; `onLeftOut` takes both. Cost: about 0.6 ms for 1,000 counters with two labels.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_UNKNOWN` or `PLIMSOLL_OPTION_INVALID`.
 */
export function* formatStatsd(growth: Snapshot, options: StatsdOptions = {}): Generator<readonly string[], void, void> {
  const where = 'formatStatsd()'
  for (const { packets } of statsdChunks(growth, statsdFormat(where, options), where)) yield packets
}

/** Some packets, and how far in the snapshot they are. */
export interface StatsdChunk {
  readonly packets: readonly string[]
  readonly end: Position
}

/** The same, for a sink that keeps count of what it has sent. */
export function* statsdChunks(
  growth: Snapshot,
  format: StatsdFormat,
  where: string,
): Generator<StatsdChunk, void, void> {
  checkSnapshot(where, growth)
  const writer = new Lines(format)
  for (const end of walk(growth, writer, format.walk)) yield { packets: writer.take(), end }
}

class Lines implements LeafWriter {
  readonly lineBytes = 0
  readonly #format: StatsdFormat
  readonly #packets: Packets
  readonly #extra = new ExtraBytes()
  #name = ''
  #names: readonly string[] = []
  #endings: readonly string[] = []
  #totals = 0
  #kind: FamilySnapshot['kind'] = 'counter'

  constructor(format: StatsdFormat) {
    this.#format = format
    this.#packets = new Packets(format.maxBytes)
  }

  begin(name: string, { totals }: Leaves, statistics: readonly string[], { kind }: FamilySnapshot): void {
    const endings = statistics.map((statistic) => (statistic === '' ? '' : `.${statistic}`))
    this.#name = name
    this.#names = endings.map((ending) => name + ending)
    this.#endings = endings.map((ending) => `${ending}:`)
    this.#totals = totals
    this.#kind = kind
  }

  pathOf(labels: string, statistic: number): string {
    if (this.#format.hasTags) return (this.#names[statistic] as string) + labels
    return this.#name + labels + (this.#endings[statistic] as string)
  }

  write(labels: string, statistic: number, given: number): void {
    const { hasTags, dialect } = this.#format
    const isTotal = statistic < this.#totals
    const value = isTotal && dialect.isWhole ? Math.round(given) : given
    if (isTotal && value === 0) return
    const head = hasTags ? `${this.#names[statistic]}:` : this.#name + labels + this.#endings[statistic]
    const tail = `${isTotal ? '|c' : '|g'}${hasTags ? labels : ''}\n`
    let lines = head + plainNumber(value) + tail
    if (!isTotal && value < 0 && !dialect.setsNegative) lines = `${head}0${tail}${lines}`
    this.#packets.add(lines, lines.length + this.#extra.count(labels))
  }

  writeSeries(labels: string, series: FamilySnapshot['series'][number]): boolean {
    if (!this.#format.isNative || (this.#kind !== 'timer' && this.#kind !== 'histogram')) return false
    const distribution = series as DistributionSeries
    const hasWeights = this.#format.dialect.native === 'weights'
    // A timer of Etsy has no values below 0.
    if (!hasWeights && (distribution.min ?? 0) < 0) return false
    if (!(distribution.count > 0)) return true
    const factor = this.#kind === 'timer' ? 1000 : 1
    const groups = hasWeights ? weightedMiddles(distribution) : equalSamples(distribution, factor)
    for (const { rate, values } of groups) {
      if (hasWeights) this.#writeValues(labels, values, `|d${rate}`)
      else for (const value of values) this.#writeValues(labels, [value], `|ms${rate}`)
    }
    return true
  }

  take(): string[] {
    return this.#packets.take()
  }

  /** Several values in a line, as long as there is room. */
  #writeValues(labels: string, values: readonly number[], type: string): void {
    const { hasTags, maxBytes } = this.#format
    const head = hasTags ? this.#name : this.#name + labels
    const tail = `${type}${hasTags ? labels : ''}\n`
    const room = maxBytes - tail.length - this.#extra.count(labels) - 32
    let line = head
    for (const value of values) {
      if (line.length > room) {
        this.#packets.add(line + tail, line.length + tail.length + this.#extra.count(labels))
        line = head
      }
      line += `:${plainNumber(value)}`
    }
    this.#packets.add(line + tail, line.length + tail.length + this.#extra.count(labels))
  }
}
