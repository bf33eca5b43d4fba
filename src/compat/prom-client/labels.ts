import { inspect } from 'node:util'

/** Labels as a caller passes them. */
export type GivenLabels = Readonly<Record<string, unknown>>

/** Whether it can have labels. */
export function isLabels(given: unknown): given is GivenLabels {
  return typeof given === 'object' && given !== null
}

/** Throws where a label was not declared. */
export function checkLabels(names: readonly string[], labels: GivenLabels): void {
  for (const label in labels) {
    if (names.includes(label)) continue
    throw new Error(`Added label "${label}" is not included in initial labelset: ${inspect(names)}`)
  }
}

/** The labels that the arguments of `labels()` or `remove()` are: an object, or one value for each name. */
export function labelsOf(names: readonly string[], given: readonly unknown[]): GivenLabels {
  const [first] = given
  // Without values, and for `null`, there is nothing that could have a label.
  if (typeof first === 'object') return (first ?? {}) as GivenLabels
  if (names.length !== given.length) {
    const passed = `Invalid number of arguments (${given.length}): "${given.join(', ')}"`
    throw new Error(`${passed} for label names (${names.length}): "${names.join(', ')}".`)
  }
  return Object.fromEntries(names.map((name, i) => [name, given[i]]))
}

/** Identifies a series: the texts of the labels that it has. A label that is `undefined` is not there. */
export function seriesKey(names: readonly string[], labels: GivenLabels): string {
  let key = ''
  for (const [i, name] of names.entries()) {
    const value = labels[name]
    if (value !== undefined) key += `${i}\0${value}\0`
  }
  return key
}
