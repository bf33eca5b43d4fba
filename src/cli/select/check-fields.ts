import { optionInvalid, PlimsollError } from '../../errors.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { findFamilies } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { statisticNames, statisticReader } from '../../snapshot/statistics.ts'
import { type Field, readField } from './field.ts'
import { writersOf } from './field-value.ts'
import type { UnknownWords } from './poll-words.ts'
import { similarMetric } from './similar-metric.ts'
import { hasNoSuchLabels, similarLabels } from './unmatched-labels.ts'

/**
 * What is wrong with fields as far as pages have their metrics now, those of a group added up; a metric may still come. A field
 * may be meant as the name of an app.
 */
export function checkFields(
  fields: readonly Field[],
  groups: Iterable<readonly Snapshot[]>,
  words?: UnknownWords,
): PlimsollError[] {
  const apps = [...groups].map(mergeSnapshots)
  const names = [...new Set(apps.flatMap(({ families }) => families.map(({ name }) => name)))]
  return fields.flatMap((field) => {
    const found = apps.map((app) => readField(field, app)).find((each) => each !== undefined)
    if (found === undefined) return [unknownField(field, names, words)]
    const { family, statistic } = found
    if (family.kind !== 'info' && statisticReader(family, statistic) !== undefined) return severalTexts(field, apps)
    return [optionInvalid('field', 'plimsoll poll', field.text, expectedOf(family))]
  })
}

/**
 * What is wrong with the labels of fields, as far as pages have such series now. A pattern is right if one of the metrics that it
 * fits has such a series.
 */
export function checkLabels(fields: readonly Field[], snapshots: readonly Snapshot[]): PlimsollError[] {
  const families = snapshots.flatMap((one) => one.families)
  const names = new Set(families.map(({ name }) => name))
  return fields.flatMap(({ text, selectors }) => {
    const selector = selectors.find((one) => findFamilies(one, names) !== undefined)
    if (selector === undefined || !hasNoSuchLabels(selector, families)) return []
    return [labelsUnknown(text, selector, families)]
  })
}

/** The error for a selector with labels that no series of its metric has. */
export function labelsUnknown(given: string, selector: Selector, families: readonly FamilySnapshot[]): PlimsollError {
  const metric = selector.isGlob ? `'${selector.family}'` : selector.family
  return new PlimsollError('PLIMSOLL_LABELS_UNKNOWN', { given, metric, suggestion: similarLabels(selector, families) })
}

function unknownField(
  { text, selectors }: Field,
  metrics: readonly string[],
  words: UnknownWords | undefined,
): PlimsollError {
  const app = words?.asApp(text, metrics)
  if (app !== undefined) return app
  const similar = selectors.map((one) => similarMetric(one, metrics)).findLast((one) => one !== '') ?? ''
  const noApp = similar === '' && words?.mayBeApp(text) ? ', and no app has this name' : ''
  return new PlimsollError('PLIMSOLL_FIELD_UNKNOWN', { given: text, noApp, suggestion: similar })
}

function expectedOf({ kind, name }: FamilySnapshot): string {
  if (kind === 'info') return 'another metric: use "plimsoll show" for constants'
  return `"${name}" alone or with one of ${statisticNames(kind).join(', ')} (kind: ${kind})`
}

/** Texts cannot be added up, so a column has room for that of one process only. */
function severalTexts(field: Field, apps: readonly Snapshot[]): PlimsollError[] {
  const counts = apps.map((app) => {
    const family = readField(field, app)?.family
    return family?.kind === 'text' ? writersOf(family) : 0
  })
  const count = Math.max(0, ...counts)
  return count > 1 ? [new PlimsollError('PLIMSOLL_FIELD_TEXTS', { given: field.text, count })] : []
}
