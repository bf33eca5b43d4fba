import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import { conflictReasons } from '../../snapshot/conflicts.ts'
import type { Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { createdAt } from './created.ts'
import type { Dialect } from './dialect.ts'
import { averageText, distributionText } from './distributions.ts'
import { type ExposedFamily, exposedFamilies } from './names.ts'
import { checkExpositionOptions, type ExpositionOptions, type LeftOut } from './options.ts'
import { withPromClientNames } from './prom-client-names.ts'
import { maxTextLength } from './room.ts'
import { sampleFamilies } from './samples.ts'
import { sampleText } from './text.ts'

/** The input of a format: the families that have a name, and the options. */
export interface Export {
  readonly families: readonly ExposedFamily[]
  readonly createdAt: Dialect['createdAt']
  readonly fixed: Dialect['fixed']
  readonly leaveOut: (leftOut: LeftOut) => void
  /** What was left out so far. */
  readonly leftOut: readonly LeftOut[]
}

/** @throws PlimsollError `PLIMSOLL_OPTION_INVALID`. */
export function exportOf(where: string, snapshot: Snapshot, options: ExpositionOptions): Export {
  checkSnapshot(where, snapshot)
  checkExpositionOptions(options, where)
  const leftOut: LeftOut[] = []
  const leaveOut = (one: LeftOut): void => {
    leftOut.push(one)
    options.onLeftOut?.(one)
  }
  for (const conflict of conflictReasons(snapshot)) leaveOut(conflict)
  const { pages, families } = snapshot
  const { defaultLabels: fixed } = options
  const startOf = createdAt(pages)
  const createdAtOf = options.created === true ? (labels: Labels) => startOf({ ...labels, ...fixed }) : undefined
  const named = options.names === 'prom-client' ? withPromClientNames(families) : families
  return { families: exposedFamilies(named, leaveOut), createdAt: createdAtOf, fixed, leaveOut, leftOut }
}

/** The text of all families, without an end mark. */
export function textOf(
  { families, createdAt, fixed, leaveOut }: Export,
  dialect: Omit<Dialect, 'createdAt' | 'fixed' | 'leaveOut'>,
): string {
  const whole = { ...dialect, createdAt, fixed, leaveOut }
  let out = ''
  for (const exposed of families) {
    const text = familyText(exposed, whole)
    const { name, series } = exposed.family
    if (out.length + text.length <= maxTextLength) out += text
    else leaveOut({ name, series: series.length, reason: 'the text of all metrics would be too long' })
  }
  return out
}

function familyText(exposed: ExposedFamily, dialect: Dialect): string {
  const { family } = exposed
  if (family.kind === 'histogram' || family.kind === 'timer') return distributionText(exposed, family, dialect)
  if (family.kind === 'average') return averageText(exposed, family, dialect)
  let out = ''
  for (const samples of sampleFamilies(exposed)) out += sampleText(samples, dialect)
  return out
}
