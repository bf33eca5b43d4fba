import { maxLabelBytes } from '../../snapshot/limits.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import { type KnownLabels, type RawSeries, readLabels } from './series-line.ts'

/** What the labels of the next series of a family are read with. */
export interface LabelReading {
  readonly labelNames: readonly string[]
  /** Whether an empty value means that the series does not have the label. */
  readonly sparse: true | undefined
  /** Labels that were read before in this page or others, where it shares them, and the number of those that may be next. */
  readonly knownLabels: KnownLabels | undefined
  nextLabels: number
}

/** The labels that stand in a log; `undefined` for what the family cannot have, or what is too long to be checked here. */
export function labelsInLog(family: LabelReading, log: Buffer, raw: RawSeries): Labels | undefined {
  const { knownLabels, labelNames, sparse } = family
  if (knownLabels?.standsIn(log, raw, family.nextLabels)) return knownLabels.at(family.nextLabels++)
  // JSON is never shorter than the texts in it.
  if (!readLabels(log, raw) || raw.end - raw.labelsFrom > maxLabelBytes) return undefined
  const known = knownLabels?.find(log, raw) ?? -1
  if (known !== -1) {
    family.nextLabels = known + 1
    return knownLabels?.at(known)
  }
  try {
    const labels = toLabels(labelNames, JSON.parse(log.toString('utf8', raw.labelsFrom, raw.end - 1)), sparse)
    if (labels !== undefined) knownLabels?.add(log, raw, labels)
    return labels
  } catch {
    return undefined
  }
}

/** Label values by the names of their family, which may be `sparse`; `undefined` for values that it cannot have. */
export function toLabels(names: readonly string[], values: unknown, sparse = false): Labels | undefined {
  if (!Array.isArray(values) || values.length !== names.length) return undefined
  const labels: Record<string, string> = {}
  for (const [i, name] of names.entries()) {
    if (typeof values[i] !== 'string') return undefined
    if (!sparse || values[i] !== '') labels[name] = values[i]
  }
  return labels
}

/** Whether label values are longer than a series may have. */
export function areTooLong(labels: Labels): boolean {
  let bytes = 0
  for (const name in labels) bytes += Buffer.byteLength(labels[name] as string)
  return bytes > maxLabelBytes
}
