import { isExplicit } from '../../snapshot/buckets/buckets.ts'
import { toNativeHistogram } from '../../snapshot/buckets/native-buckets.ts'
import type { AverageSeries, DistributionSeries, Exemplar, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { BoundsOf, type BucketBounds, cumulativeCounts } from './bucket-bounds.ts'
import type { ExposedType, Heading } from './dialect.ts'
import { isExportable, newestByBucket } from './exemplars.ts'
import { type Export, exportOf } from './exposition.ts'
import { type LabelRules, labelSpelling, spelledLabels } from './labels.ts'
import type { ExposedFamily } from './names.ts'
import type { ExpositionOptions } from './options.ts'
import { roomOf } from './room.ts'
import type { Sample, SampleFamily } from './sample-family.ts'
import { sampleFamilies } from './samples.ts'

/** The HTTP content type of {@link formatPrometheusProtobuf}'s bytes. */
export const prometheusProtobufContentType =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

// https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto
const types: Readonly<Record<ExposedType, number>> = {
  counter: 0,
  gauge: 1,
  info: 1,
  stateset: 1,
  summary: 2,
  histogram: 4,
}
const familyField = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const
const metricField = { label: 1, gauge: 2, counter: 3, summary: 4, histogram: 7 } as const
const counterField = { value: 1, exemplar: 2, created: 3 } as const
const summaryField = { count: 1, sum: 2, created: 4 } as const
const histogramField = {
  count: 1,
  sum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  positiveSpan: 12,
  positiveDelta: 13,
  created: 15,
  exemplar: 16,
} as const
const bucketField = { count: 1, bound: 2, exemplar: 3 } as const
const exemplarField = { label: 1, value: 2, time: 3 } as const

/**
 * A snapshot as Prometheus takes it in protobuf: messages of `io.prometheus.client.MetricFamily`, each behind its length. Names
 * and labels are those of the Prometheus text. Histograms and timers that record exponential buckets are native histograms,
 * with all buckets just as they were recorded, and classic ones for servers that take those only. Exemplars are those of
 * OpenMetrics.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for an invalid option.
 */
export function formatPrometheusProtobuf(snapshot: Snapshot, options: ExpositionOptions = {}): Uint8Array {
  const exported = exportOf('formatPrometheusProtobuf()', snapshot, options)
  const writer = new ProtobufWriter()
  for (const exposed of exported.families) {
    const { family } = exposed
    if (family.kind === 'histogram' || family.kind === 'timer') {
      const boundsOf = new BoundsOf(family, options)
      writeSeries(writer, headingOf(exposed, 'histogram'), exposed, exported, (series: DistributionSeries, created) =>
        writeHistogram(writer, series, boundsOf.of(series), created),
      )
    } else if (family.kind === 'average') {
      writeSeries(writer, headingOf(exposed, 'summary'), exposed, exported, (series: AverageSeries, created) =>
        writeSummary(writer, series, created),
      )
    } else {
      for (const samples of sampleFamilies(exposed)) writeSamples(writer, samples, exported)
    }
  }
  return writer.finish()
}

function headingOf({ name, unit, family }: ExposedFamily, type: ExposedType): Heading {
  return { name, type, unit, help: family.help }
}

function writeFamily(writer: ProtobufWriter, { type, unit, help }: Heading, name: string, metrics: () => void): void {
  writer.sized(() => {
    writer.text(familyField.name, name)
    if (help !== '') writer.text(familyField.help, help)
    writer.uint(familyField.type, types[type])
    metrics()
    if (unit !== '') writer.text(familyField.unit, unit)
  })
}

/** Distributions and averages: a metric for each series. */
function writeSeries<Series extends { readonly labels: Labels }>(
  writer: ProtobufWriter,
  heading: Heading,
  { family }: ExposedFamily,
  { createdAt, fixed }: Export,
  write: (series: Series, created: number | undefined) => void,
): void {
  const labels = new MetricLabels(family.labelNames, { fixed })
  writeFamily(writer, heading, heading.name, () => {
    for (const series of family.series as readonly unknown[] as readonly Series[]) {
      const metric = writer.begin(familyField.metric)
      labels.write(writer, series.labels)
      write(series, createdAt?.(series.labels))
      writer.end(metric)
    }
  })
}

function writeSamples(writer: ProtobufWriter, family: SampleFamily, { createdAt, fixed, leaveOut }: Export): void {
  const { heading, sample, labelNames, label = '', series, expand } = family
  const ofMetric = new MetricLabels(labelNames, { kept: label, fixed })
  const isCounter = heading.type === 'counter'
  const room = roomOf(family, { fixed, leaveOut })
  const start = writer.length
  const write = ({ labels, value, text, exemplars }: Sample): void => {
    const metric = writer.begin(familyField.metric)
    ofMetric.write(writer, labels)
    if (text !== undefined) writeLabel(writer, metricField.label, label, text)
    const content = writer.begin(isCounter ? metricField.counter : metricField.gauge)
    writer.double(counterField.value, value)
    if (isCounter && exemplars?.[0] !== undefined) writeExemplar(writer, counterField.exemplar, exemplars[0])
    if (isCounter && createdAt !== undefined) writeTime(writer, counterField.created, createdAt(labels))
    writer.end(content)
    writer.end(metric)
  }
  writeFamily(writer, heading, sample, () => {
    for (let i = 0; i < series.length; i++) {
      const samples = expand?.(i) ?? [series[i] as Sample]
      const texts = samples.reduce((sum, { text = '' }) => sum + text.length, 0)
      if (room.has(writer.length - start, 0, samples.length, texts)) samples.forEach(write)
    }
  })
  room.end()
}

function writeHistogram(
  writer: ProtobufWriter,
  series: DistributionSeries,
  bounds: BucketBounds,
  created: number | undefined,
): void {
  const { count, sum, buckets, exemplars = [] } = series
  const field = histogramField
  writer.message(metricField.histogram, () => {
    writer.uint(field.count, count)
    writer.double(field.sum, sum)
    const newest = newestByBucket(exemplars, bounds)
    const cumulative = cumulativeCounts(series, bounds)
    // The bucket up to +Inf is the count, and stands here for its exemplar only.
    const ends = newest[bounds.bounds.length] === undefined ? bounds.bounds : [...bounds.bounds, Infinity]
    for (const [i, bound] of ends.entries()) {
      writer.message(field.bucket, () => {
        writer.uint(bucketField.count, cumulative[i] ?? count)
        writer.double(bucketField.bound, bound)
        if (newest[i] !== undefined) writeExemplar(writer, bucketField.exemplar, newest[i])
      })
    }
    const native = isExplicit(buckets) ? undefined : toNativeHistogram(buckets)
    if (native !== undefined) {
      writer.sint(field.schema, native.schema)
      writer.double(field.zeroThreshold, native.zeroThreshold)
      writer.uint(field.zeroCount, native.zeroCount)
      for (const { offset, length } of native.positiveSpans) {
        writer.message(field.positiveSpan, () => {
          writer.sint(1, offset)
          writer.uint(2, length)
        })
      }
      writer.sints(field.positiveDelta, native.positiveDeltas)
    }
    writeTime(writer, field.created, created)
    if (native !== undefined) for (const one of exemplars) writeExemplar(writer, field.exemplar, one)
  })
}

function writeSummary(writer: ProtobufWriter, { count, sum }: AverageSeries, created: number | undefined): void {
  writer.message(metricField.summary, () => {
    writer.uint(summaryField.count, count)
    writer.double(summaryField.sum, sum)
    writeTime(writer, summaryField.created, created)
  })
}

function writeExemplar(writer: ProtobufWriter, field: number, exemplar: Exemplar): void {
  if (!isExportable(exemplar)) return
  const { labels, value, time } = exemplar
  writer.message(field, () => {
    const spell = labelSpelling(Object.keys(labels))
    for (const name in labels) writeLabel(writer, exemplarField.label, spell(name), labels[name] as string)
    writer.double(exemplarField.value, value)
    writeTime(writer, exemplarField.time, time)
  })
}

/** A `google.protobuf.Timestamp`. */
function writeTime(writer: ProtobufWriter, field: number, unixTime: number | undefined): void {
  if (unixTime === undefined || !(unixTime > 0)) return
  writer.message(field, () => {
    const seconds = Math.floor(unixTime)
    writer.uint(1, seconds)
    writer.uint(2, Math.min(999_999_999, Math.round((unixTime - seconds) * 1e9)))
  })
}

/** Writes the labels of the metrics of a family. */
class MetricLabels {
  private readonly fixed: Uint8Array
  private readonly spell: (name: string) => string

  constructor(labelNames: readonly string[], rules: LabelRules) {
    const fixed = spelledLabels(rules)
    this.spell = labelSpelling(labelNames, { ...rules, fixed })
    const writer = new ProtobufWriter()
    for (const [name, value] of Object.entries(fixed)) writeLabel(writer, metricField.label, name, value)
    this.fixed = writer.finish()
  }

  write(writer: ProtobufWriter, labels: Labels): void {
    writer.raw(this.fixed)
    for (const name in labels) writeLabel(writer, metricField.label, this.spell(name), labels[name] as string)
  }
}

function writeLabel(writer: ProtobufWriter, field: number, name: string, value: string): void {
  const label = writer.begin(field)
  writer.text(1, name)
  writer.text(2, value)
  writer.end(label)
}
