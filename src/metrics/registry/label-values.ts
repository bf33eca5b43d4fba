import { maxLabelLength } from '../../snapshot/limits.ts'

/** What a label may be given; numbers and booleans become their text, `undefined` the empty one. */
export type LabelValue = string | number | boolean | undefined

/** Stands for the value of a label that was not given at all: it may be misspelt. */
const missing = Symbol('missing')

/**
 * The text of a label value, or `undefined` for an invalid one (`null`, objects, functions,
 * symbols): its series then carries the empty text, so that nothing is lost.
 */
export function labelText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length <= maxLabelLength ? value : undefined
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return undefined
  }
}

/** What stands for a value that {@link labelText} refused: long text cut at a whole code point, else the empty text. */
function replacementText(value: unknown): string {
  if (typeof value !== 'string') return ''
  const splitsPair = /[\uD800-\uDBFF]/.test(value.charAt(maxLabelLength - 1))
  const cut = value.slice(0, splitsPair ? maxLabelLength - 1 : maxLabelLength)
  // To V8 a slice is a view of the whole text, which would stay in memory as long as its series; this makes a copy.
  return JSON.parse(JSON.stringify(cut)) as string
}

/** The values of these labels, as they were given. */
export function givenValues(names: readonly string[], values: unknown): unknown[] {
  return names.map((name) => givenValue(values, name))
}

/** The value of a label, as it was given, or that it is missing. */
export function givenValue(values: unknown, name: string): unknown {
  const value = (values as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  if (value !== undefined) return value
  return typeof values === 'object' && values !== null && name in values ? '' : missing
}

/** Their texts; calls `reject` for each value that has none, and for each that is missing. */
export function labelTexts(given: readonly unknown[], reject: (reason: 'label' | 'missing_label') => void): string[] {
  return given.map((value) => {
    const text = labelText(value)
    if (text === undefined) reject(value === missing ? 'missing_label' : 'label')
    return text ?? replacementText(value)
  })
}
