import type { Exemplar, Labels } from '../../snapshot/snapshot.ts'
import type { Heading } from './dialect.ts'

/** One number with its labels. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** The value of the label that the format adds. */
  readonly text?: string
  readonly exemplars?: readonly Exemplar[]
}

/** What has one sample a line, whatever the kind of metric was. */
export interface SampleFamily {
  readonly heading: Heading
  /** Name of the samples in text. */
  readonly sample: string
  /** As declared. */
  readonly name: string
  readonly labelNames: readonly string[]
  /** A label that the format adds, and that no declared one may be. */
  readonly label?: string
  readonly series: readonly Pick<Sample, 'labels'>[]
  /** The samples of series `i`, where it is not one itself. */
  readonly expand?: (i: number) => readonly Sample[]
}

/** A help text with a remark on what of the metric this is; none stays none. */
export function helpWith(help: string, remark: string): string {
  return help === '' ? '' : `${help} (${remark})`
}
