import { checkOptions, type OptionRule, type OptionRules, oneOf } from '../../options.ts'
import type { Labels, Snapshot } from '../../snapshot/snapshot.ts'
import type { ExpositionOptions } from '../exposition/options.ts'
import { remoteWriteChunks } from './remote-write.ts'
import { snappyBlock, snappyPart } from './snappy.ts'

/** Options of {@link formatRemoteWrite}. */
export interface RemoteWriteOptions
  extends Pick<ExpositionOptions, 'bucketsPerOctave' | 'buckets' | 'names' | 'onLeftOut'> {
  /**
   * Labels of all series. Prometheus expects `job` and `instance`. A label of a metric with one of these names becomes
   * `exported_…`; one whose value is empty is left out.
   * @default none
   */
  readonly labels?: Labels
  /**
   * What metrics that record exponential buckets become: `native` histograms, with all buckets as they were recorded, which
   * Prometheus stores since 2.40 where they are enabled; or `classic` ones, which all receivers store.
   * @default 'classic'
   */
  readonly histograms?: 'classic' | 'native'
}

export const histogramsRule: OptionRule = oneOf('classic', 'native')
export const seriesLabelsRule: OptionRule = [
  areSeriesLabels,
  'an object of strings, with names of letters, digits and _',
]

const ownRules = { labels: seriesLabelsRule, histograms: histogramsRule } satisfies Partial<
  OptionRules<RemoteWriteOptions>
>

function areSeriesLabels(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false
  return Object.entries(given).every(
    ([name, value]) => /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof value === 'string',
  )
}

/**
 * A snapshot as the body of a request to a remote write 1.0 receiver: a `WriteRequest`, compressed to snappy's block format
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/). The samples are those of
 * {@link formatPrometheus}, at the time of the snapshot, with labels sorted and without empty ones, which Prometheus does not
 * have; of two series that differ in those only, the first is kept. Type, help and unit of each metric are there as well.
 *
 * Cost: 1.1 to 2 times that of the Prometheus text, the most with classic histograms.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for an invalid option.
 */
export function formatRemoteWrite(snapshot: Snapshot, options: RemoteWriteOptions = {}): Uint8Array {
  const { labels = {}, histograms = 'classic', ...exposition } = options
  checkOptions('formatRemoteWrite()', { labels, histograms }, ownRules)
  const time = Math.round(snapshot.takenAt * 1000)
  const moment = { time, isEnd: false, exemplarsSince: 0 }
  const chunks = [...remoteWriteChunks(snapshot, { exposition, histograms, labels, hasMetadata: true, ...moment })]
  return snappyBlock(chunks.map(({ bytes }) => snappyPart(bytes)))
}
