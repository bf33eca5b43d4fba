import { printable } from '../../formats/table/printable.ts'
import { suggestion } from '../../nearest.ts'
import { findFamilies, labelTest } from '../../snapshot/selector-match.ts'
import type { LabelMatcher, Selector } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'

const maxValues = 5
const maxValueLength = 40

/** Whether metrics of this name are there, but none of their series has the labels of the selector. */
export function hasNoSuchLabels(selector: Selector, families: readonly FamilySnapshot[], isLoose = false): boolean {
  if (selector.labels.length === 0) return false
  const chosen = chosenOf(selector, families, isLoose)
  return chosen.length > 0 && !labelsOf(chosen).some(labelTest(selector.labels))
}

/** `Did you mean "route=/cart"? ` or `Values of "status": 200, 404. `, of a selector with labels that no series has. */
export function similarLabels(selector: Selector, families: readonly FamilySnapshot[], isLoose = false): string {
  const chosen = chosenOf(selector, families, isLoose)
  const all = labelsOf(chosen)
  const names = [...new Set([...chosen.flatMap(({ labelNames }) => labelNames), ...all.flatMap(Object.keys)])]
  const wrong = selector.labels.find((one) => !all.some(labelTest([one])))
  if (wrong === undefined) return ''
  if (!names.includes(wrong.name)) return suggestion(wrong.name, names) || listOf('Labels', names)
  const values = [
    ...new Set(all.flatMap((labels) => (Object.hasOwn(labels, wrong.name) ? [labels[wrong.name] as string] : []))),
  ]
  return similarValue(wrong, values) || listOf(`Values of "${wrong.name}"`, values)
}

/** Numbers such as 418 and 410 differ little in their text and much in what they mean: they have no nearest one. */
function similarValue({ name, operator, value, isGlob }: LabelMatcher, values: readonly string[]): string {
  if (operator !== '=' || isGlob || value === '' || !Number.isNaN(Number(value))) return ''
  return suggestion(value, values.filter((one) => one !== '' && one.length <= maxValueLength).map(printable)).replace(
    'Did you mean "',
    () => `Did you mean "${name}=`,
  )
}

function listOf(what: string, texts: readonly string[]): string {
  if (texts.length === 0) return ''
  const shown = texts
    .toSorted()
    .slice(0, maxValues)
    .map((text) => printable(text.slice(0, maxValueLength)) || '(none)')
  const others = texts.length - shown.length
  return `${what}: ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}. `
}

function chosenOf(selector: Selector, families: readonly FamilySnapshot[], isLoose: boolean): FamilySnapshot[] {
  const names = new Set(families.map(({ name }) => name))
  const wanted = new Set(findFamilies(selector, names, isLoose)?.families)
  return families.filter(({ name }) => wanted.has(name))
}

function labelsOf(families: readonly FamilySnapshot[]): Labels[] {
  return families.flatMap(({ series }) =>
    (series as readonly { readonly labels: Labels }[]).map(({ labels }) => labels),
  )
}
