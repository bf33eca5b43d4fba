import type { Exemplar } from '../../snapshot/snapshot.ts'
import type { Ladder } from './bucket-bounds.ts'
import { numberText } from './exposition-dialect.ts'
import { labelWriter } from './exposition-labels.ts'

/** Most characters that the label names and values of an exemplar may have together: OpenMetrics 1.0, "Exemplars". */
const longestExemplar = 128

/**
 * What follows the value of a line, from the `#` on: labels, value and time. Empty for an exemplar whose labels are longer
 * than the standard allows: half a trace id would lead nowhere.
 */
export function exemplarText({ labels, value, time }: Exemplar): string {
  const writer = labelWriter('', Object.keys(labels))
  const open = writer.open(labels)
  const set = open === '' ? '{}' : `${open}"}`
  if (lettersIn(set) > longestExemplar || !Number.isFinite(value) || !Number.isFinite(time)) return ''
  return ` # ${set} ${numberText(value)} ${numberText(time)}`
}

/** Code points of the names and values of a written label set. */
function lettersIn(set: string): number {
  const pairs = [...set.matchAll(/([A-Za-z0-9_]+)="((?:[^"\\]|\\.)*)"/g)]
  return pairs.reduce(
    (sum, [, name = '', value = '']) => sum + name.length + [...value.replace(/\\(.)/g, '$1')].length,
    0,
  )
}

/** For each bound of `ladder`, and one last for `+Inf`, what follows the count: the newest exemplar in that bucket. */
export function bucketExemplars(exemplars: readonly Exemplar[], ladder: Ladder): string[] {
  const bounds = [...ladder.texts.map((text) => Number(text.slice('le="'.length, -'"} '.length))), Infinity]
  const newest: (Exemplar | undefined)[] = bounds.map(() => undefined)
  for (const one of exemplars) {
    const place = bounds.findIndex((bound) => one.value <= bound)
    if (!(one.time < (newest[place]?.time ?? -Infinity))) newest[place] = one
  }
  return newest.map((one) => (one === undefined ? '' : exemplarText(one)))
}
