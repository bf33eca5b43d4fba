import { optionInvalid } from '../../errors.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { formatSelector, parseSelectors } from '../../snapshot/selector.ts'
import { findFamilies, labelTest, type Names, readingsOf } from '../../snapshot/selector-match.ts'
import type { LabelMatcher, Selector } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { defaultStatistic } from '../../snapshot/statistics.ts'
import { mapFamilies } from '../../snapshot/totals.ts'

/** One column of a live view. */
export interface Field {
  /** As the user wrote it, without a prefix. */
  readonly text: string
  /** A `/` may stand for a dot of the name, or for itself: the first selector that fits a family counts. */
  readonly selectors: readonly Selector[]
}

/** The fields in a word, each a selector with `prefix` before it. Throws PLIMSOLL_OPTION_INVALID. */
export function parseFields(word: string, prefix = ''): Field[] {
  return parseSelectors(word, 'plimsoll poll', 'field').map((selector, _, { length }) => {
    if (selector.comparison !== undefined)
      throw optionInvalid('field', 'plimsoll poll', word, 'a field without a comparison, which only --filter supports')
    const whole = { ...selector, family: prefix + selector.family }
    const dotted = { ...whole, family: whole.family.replaceAll('/', '.').replace(/^\./, '') }
    const selectors = dotted.family === whole.family ? [whole] : [whole, dotted]
    return { text: length === 1 ? word : formatSelector(selector), selectors }
  })
}

/** Fields with a field for each family that a pattern fits, as far as the families are known. */
export function withoutPatterns(fields: readonly Field[], names: Names): Field[] {
  return fields.flatMap((field) => {
    const [selector] = field.selectors.filter((one) => one.isGlob && findFamilies(one, names) !== undefined)
    if (selector === undefined) return [field]
    const { families = [], statistic = '' } = findFamilies(selector, names) ?? {}
    return families.map((family): Field => {
      const text = formatSelector({ family, labels: selector.labels, statistic }).replace('{}', '')
      return { text, selectors: [{ family, labels: selector.labels, statistic }] }
    })
  })
}

/** The family of a field among those known, with all its series in one; `undefined` while there is none. */
export function readField(
  { selectors }: Field,
  snapshot: Snapshot,
): { family: FamilySnapshot; statistic: string } | undefined {
  const names = new Set(snapshot.families.map(({ name }) => name))
  for (const selector of selectors) {
    const found = findFamilies(selector, names)
    if (found === undefined) continue
    const family = sumOfSeries(snapshot, found.families, selector.labels)
    return family && { family, statistic: found.statistic || defaultStatistic(family.kind, 'overInterval') }
  }
  return undefined
}

/** All series of these families with such labels as one. */
export function sumOfSeries(
  snapshot: Snapshot,
  names: readonly string[],
  labels: readonly LabelMatcher[],
): FamilySnapshot | undefined {
  const families = snapshot.families
    .filter(({ name }) => names.includes(name))
    .map((family) => unlabelled(family, labelTest(labels)))
  return mergeSnapshots([{ version: 1, takenAt: 0, pages: [], families }]).families[0]
}

/** The families that some field may mean, so that no others need to be read. */
export function familiesOf(fields: readonly Field[], snapshot: Snapshot): Snapshot {
  const readings = fields.flatMap(({ selectors }) => selectors.flatMap(readingsOf))
  const wanted = new Set(readings.map(({ family }) => family))
  return mapFamilies(snapshot, (family) => (wanted.has(family.name) ? family : undefined))
}

function unlabelled(family: FamilySnapshot, fits: (labels: Labels) => boolean): FamilySnapshot {
  const series = (family.series as readonly { readonly labels: Labels }[])
    .filter(({ labels }) => fits(labels))
    .map((each) => ({ ...each, labels: {} }))
  return { ...family, labelNames: [], series } as unknown as FamilySnapshot
}
