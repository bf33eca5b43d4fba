import type { NativeBuckets } from '../../snapshot/buckets/native-buckets.ts'
import type { DistributionSeries, Exemplar, Labels } from '../../snapshot/snapshot.ts'
import { isExportable } from '../exposition/exemplars.ts'
import type { ExposedFamily } from '../exposition/names.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { LabelSets } from './label-sets.ts'
import { writeMetadata } from './metadata.ts'

// https://github.com/prometheus/prometheus/blob/main/prompb/types.proto
const requestField = { series: 1 } as const
const seriesField = { sample: 2, exemplar: 3, histogram: 4 } as const
const sampleField = { value: 1, time: 2 } as const
const exemplarField = { value: 2, time: 3 } as const
const histogramField = {
  count: 1,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCount: 6,
  spans: 11,
  deltas: 12,
  time: 15,
} as const
const spanField = { offset: 1, length: 2 } as const

/** The NaN that ends a series: https://prometheus.io/docs/specs/prw/remote_write_spec/, "Stale Markers". */
const stale = { high: 0x7ff00000, low: 2 } as const

/** When samples are, and what of a snapshot they are. */
export interface Moment {
  /** Milliseconds of Unix time. */
  readonly time: number
  /** Whether all series end at that time, instead of having a value. */
  readonly isEnd: boolean
  /** Exemplars up to this time were sent before, in Unix seconds. */
  readonly exemplarsSince: number
}

/** Writes `TimeSeries` one after the other. */
export class SeriesWriter {
  /** How many there are since the last {@link take}. */
  count = 0
  private readonly writer = new ProtobufWriter()
  private readonly moment: Moment

  constructor(moment: Moment) {
    this.moment = moment
  }

  get size(): number {
    return this.writer.length
  }

  take(): Uint8Array {
    this.count = 0
    return this.writer.finish()
  }

  metadata(exposed: ExposedFamily): void {
    writeMetadata(this.writer, exposed)
  }

  sample(sets: LabelSets, labels: Labels, added: string, value: number, exemplars: readonly Exemplar[] = []): void {
    const { writer, moment } = this
    const series = writer.begin(requestField.series)
    sets.write(writer, labels, added)
    const sample = writer.begin(seriesField.sample)
    if (moment.isEnd) writer.rawBits(sampleField.value, stale.high, stale.low)
    else writer.double(sampleField.value, value)
    writer.uint(sampleField.time, moment.time)
    writer.end(sample)
    if (!moment.isEnd) this.exemplars(exemplars)
    writer.end(series)
    this.count++
  }

  native(sets: LabelSets, { labels, count, sum, exemplars = [] }: DistributionSeries, native: NativeBuckets): void {
    const { writer, moment } = this
    const series = writer.begin(requestField.series)
    sets.write(writer, labels)
    const histogram = writer.begin(seriesField.histogram)
    if (moment.isEnd) {
      writer.rawBits(histogramField.sum, stale.high, stale.low)
    } else {
      writer.uint(histogramField.count, count)
      writer.double(histogramField.sum, sum)
      writer.sint(histogramField.schema, native.schema)
      writer.double(histogramField.zeroThreshold, native.zeroThreshold)
      writer.uint(histogramField.zeroCount, native.zeroCount)
      for (const { offset, length } of native.positiveSpans) {
        const span = writer.begin(histogramField.spans)
        writer.sint(spanField.offset, offset)
        writer.uint(spanField.length, length)
        writer.end(span)
      }
      writer.sints(histogramField.deltas, native.positiveDeltas)
    }
    writer.uint(histogramField.time, moment.time)
    writer.end(histogram)
    writer.end(series)
    this.count++
    // Prometheus takes the exemplars of a series before its histograms, and has no place for those of one that is new.
    if (!moment.isEnd && this.fresh(exemplars).length > 0) {
      const more = writer.begin(requestField.series)
      sets.write(writer, labels)
      this.exemplars(exemplars)
      writer.end(more)
    }
  }

  private fresh(exemplars: readonly Exemplar[]): Exemplar[] {
    return exemplars.filter((one) => one.time > this.moment.exemplarsSince && isExportable(one))
  }

  /** In the order of time, as those that are older than the last one are refused. */
  private exemplars(exemplars: readonly Exemplar[]): void {
    if (exemplars.length === 0) return
    const { writer } = this
    for (const { labels, value, time } of this.fresh(exemplars).sort((a, b) => a.time - b.time)) {
      const exemplar = writer.begin(seriesField.exemplar)
      new LabelSets('', Object.keys(labels), {}).write(writer, labels)
      writer.double(exemplarField.value, value)
      writer.uint(exemplarField.time, Math.round(time * 1000))
      writer.end(exemplar)
    }
  }
}
