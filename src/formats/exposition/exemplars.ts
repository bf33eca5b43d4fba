import type { Exemplar } from '../../snapshot/snapshot.ts'
import type { BucketBounds } from './bucket-bounds.ts'
import { numberText } from './dialect.ts'
import { labelWriter } from './labels.ts'

/** Most characters that the label names and values of an exemplar may have together: OpenMetrics 1.0, "Exemplars". */
const maxExemplarLength = 128

/**
 * What follows the value of a line, from the `#` on: labels, value and time. Empty for an exemplar whose labels are longer
 * than the standard allows: half a trace id would lead nowhere.
 */
export function exemplarText(exemplar: Exemplar): string {
  if (!isExportable(exemplar)) return ''
  const { labels, value, time } = exemplar
  const open = labelWriter('', Object.keys(labels)).open(labels)
  const set = open === '' ? '{}' : `${open}"}`
  return ` # ${set} ${numberText(value)} ${numberText(time)}`
}

/** Prometheus reads a NUL in the label of an exemplar as the end of the text, and drops all of the target. */
export function isExportable({ labels, value, time }: Exemplar): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(time)) return false
  const text = Object.entries(labels).flat().join('')
  return !text.includes('\0') && (text.length <= maxExemplarLength / 2 || [...text].length <= maxExemplarLength)
}

/** For each bound, and one last for `+Inf`, the newest exemplar in that bucket. */
export function newestByBucket(exemplars: readonly Exemplar[], { bounds }: BucketBounds): (Exemplar | undefined)[] {
  const newest: (Exemplar | undefined)[] = new Array(bounds.length + 1).fill(undefined)
  for (const one of exemplars) {
    const at = bounds.findIndex((bound) => one.value <= bound)
    const place = at === -1 ? bounds.length : at
    if (!(one.time < (newest[place]?.time ?? -Infinity)) && isExportable(one)) newest[place] = one
  }
  return newest
}
