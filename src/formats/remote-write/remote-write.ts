import { isExplicit } from '../../snapshot/buckets/buckets.ts'
import { toNativeHistogram } from '../../snapshot/buckets/native-buckets.ts'
import type { AverageFamilySnapshot, DistributionFamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { BoundsOf, type BucketBounds, cumulativeCounts } from '../exposition/bucket-bounds.ts'
import { numberText } from '../exposition/dialect.ts'
import { newestByBucket } from '../exposition/exemplars.ts'
import { type Export, exportOf } from '../exposition/exposition.ts'
import type { ExposedFamily } from '../exposition/names.ts'
import type { ExpositionOptions } from '../exposition/options.ts'
import type { Sample, SampleFamily } from '../exposition/sample-family.ts'
import { sampleFamilies } from '../exposition/samples.ts'
import { LabelSets } from './label-sets.ts'
import { type Moment, SeriesWriter } from './series.ts'
import { uniqueSeries } from './unique-series.ts'

/** How a snapshot becomes requests of remote write 1.0. */
export interface RemoteWriteEncoding extends Moment {
  /** Names and bounds, as in the Prometheus text. */
  readonly exposition: Pick<ExpositionOptions, 'bucketsPerOctave' | 'buckets' | 'names' | 'onLeftOut'>
  /** What metrics with exponential buckets become. */
  readonly histograms: 'classic' | 'native'
  /** Labels of all series, such as `job` and `instance`. */
  readonly labels: Labels
  /** Whether type, help and unit of each metric are there as well. @default false */
  readonly hasMetadata?: boolean
}

/** A part of a `WriteRequest`; such parts behind each other are a request. */
export interface RemoteWriteChunk {
  readonly bytes: Uint8Array
  /** How many time series it has. */
  readonly series: number
}

const maxSeries = 400
const maxBytes = 2 ** 18
/** A series whose labels are longer than this, all its samples together, is left out. */
const maxLabelBytes = 2 ** 22

/**
 * A snapshot in chunks that take about 0.3 ms each to write, so that other work can come between. Names and labels are those of
 * the Prometheus text, and so are its samples, apart from native histograms.
 */
export function* remoteWriteChunks(snapshot: Snapshot, options: RemoteWriteEncoding): Generator<RemoteWriteChunk> {
  const exported = exportOf('remoteWrite()', snapshot, options.exposition)
  const writer = new SeriesWriter(options)
  for (const exposed of exported.families) {
    if (options.hasMetadata && exposed.family.series.length > 0) writer.metadata(exposed)
    for (const _ of writeFamily(writer, exposed, exported, options)) {
      if (writer.count < maxSeries && writer.size < maxBytes) continue
      const series = writer.count
      yield { series, bytes: writer.take() }
    }
  }
  const series = writer.count
  if (series > 0) yield { series, bytes: writer.take() }
}

/** Yields behind each series. */
function* writeFamily(
  writer: SeriesWriter,
  exposed: ExposedFamily,
  { leaveOut }: Export,
  options: RemoteWriteEncoding,
): Generator<void> {
  const { family } = exposed
  const isKept = uniqueSeries(family)
  let leftOut = 0
  const fits = (labels: Labels, samples: number, i: number): boolean => {
    const isFit = samples * lengthOf(labels) <= maxLabelBytes && isKept(i)
    if (!isFit) leftOut++
    return isFit
  }
  if (family.kind === 'histogram' || family.kind === 'timer') {
    yield* writeDistributions(writer, exposed, family, options, fits)
  } else if (family.kind === 'average') {
    yield* writeAverages(writer, exposed, family, options, fits)
  } else {
    for (const samples of sampleFamilies(exposed)) yield* writeSamples(writer, samples, options, fits)
  }
  if (leftOut > 0) {
    const reason = 'labels of some series are too long, or the same as those of another one'
    leaveOut({ name: family.name, series: leftOut, reason })
  }
}

type Fits = (labels: Labels, samples: number, i: number) => boolean

function lengthOf(labels: Labels): number {
  let length = 0
  for (const name in labels) length += name.length + (labels[name] as string).length
  return length
}

function* writeSamples(
  writer: SeriesWriter,
  { sample, labelNames, label, series, expand }: SampleFamily,
  { labels: fixed }: RemoteWriteEncoding,
  fits: Fits,
): Generator<void> {
  const sets = new LabelSets(sample, labelNames, fixed, label)
  for (let i = 0; i < series.length; i++) {
    if (expand === undefined) {
      const { labels, value, exemplars } = series[i] as Sample
      if (fits(labels, 1, i)) writer.sample(sets, labels, '', value, exemplars)
    } else {
      const samples = expand(i)
      const [first] = samples
      if (first !== undefined && fits(first.labels, samples.length, i)) {
        for (const { labels, text, value } of samples) writer.sample(sets, labels, text ?? '', value)
      }
    }
    yield
  }
}

function* writeDistributions(
  writer: SeriesWriter,
  { name }: ExposedFamily,
  family: DistributionFamilySnapshot,
  { labels: fixed, histograms, exposition }: RemoteWriteEncoding,
  fits: Fits,
): Generator<void> {
  const { labelNames, series } = family
  const boundsOf = new BoundsOf(family, exposition)
  const sets = (sample: string, added?: string): LabelSets => new LabelSets(sample, labelNames, fixed, added)
  const [own, bucket, sum, count] = [
    sets(name),
    sets(`${name}_bucket`, 'le'),
    sets(`${name}_sum`),
    sets(`${name}_count`),
  ]
  const texts = new Map<BucketBounds, readonly string[]>()
  for (const [i, one] of series.entries()) {
    const { labels, buckets } = one
    const native = histograms === 'native' && !isExplicit(buckets) ? toNativeHistogram(buckets) : undefined
    if (native !== undefined) {
      if (fits(labels, 1, i)) writer.native(own, one, native)
      yield
      continue
    }
    const bounds = boundsOf.of(one)
    const counts = cumulativeCounts(one, bounds)
    if (fits(labels, counts.length + 3, i)) {
      const ends = texts.get(bounds) ?? bounds.bounds.map(numberText)
      texts.set(bounds, ends)
      const newest = one.exemplars && newestByBucket(one.exemplars, bounds)
      const write = (text: string, value: number, at: number): void => {
        const exemplar = newest?.[at]
        writer.sample(bucket, labels, text, value, exemplar && [exemplar])
      }
      for (let at = 0; at < counts.length; at++) {
        if (ends[at] !== '+Inf') write(ends[at] as string, counts[at] as number, at)
      }
      write('+Inf', one.count, counts.length)
      writer.sample(sum, labels, '', one.sum)
      writer.sample(count, labels, '', one.count)
    }
    yield
  }
}

function* writeAverages(
  writer: SeriesWriter,
  { name }: ExposedFamily,
  { labelNames, series }: AverageFamilySnapshot,
  { labels: fixed }: RemoteWriteEncoding,
  fits: Fits,
): Generator<void> {
  const sum = new LabelSets(`${name}_sum`, labelNames, fixed)
  const count = new LabelSets(`${name}_count`, labelNames, fixed)
  for (const [i, one] of series.entries()) {
    if (fits(one.labels, 2, i)) {
      writer.sample(sum, one.labels, '', one.sum)
      writer.sample(count, one.labels, '', one.count)
    }
    yield
  }
}
