import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import { maxSize } from '../layout.ts'

/** The name of the family and the label values, joined by dots. */
export function seriesLabel({ name, labelNames }: FamilySnapshot, labels: Labels): string {
  if (labelNames.length === 0) return name
  // The series past the limit, and the one for what was removed, have no values of their own.
  const values = labelNames.map((each) => labels[each])
  if (values.some((value) => value === undefined))
    return `${name}.${labels.evicted === undefined ? '%overflow' : '%evicted'}`
  return [name, ...values.map((value) => part(value as string))].join('.')
}

/** Letters, digits, `_` and `-` stand for themselves, all other bytes are %XX; so no two values are alike. */
export function part(value: string): string {
  if (value === '') return '%'
  return value.replace(/[^\w-]/gu, (character) => {
    return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}

/**
 * The fields with a prefix, each with a label of its own that old readers can read: a label whose length would end the
 * file for them gets a `_`, one that is taken already `_` and a number. What is longer than the format can say is left out.
 */
export function withGoodLabels<Field extends { readonly label: string }>(
  fields: readonly Field[],
  prefix: string,
): Field[] {
  const taken = new Set<string>()
  const good: Field[] = []
  for (const field of fields) {
    const wanted = prefix + field.label
    let label = fitting(wanted)
    for (let n = 2; taken.has(label); n++) label = fitting(`${wanted}_${n}`)
    if (Buffer.byteLength(label) > maxSize) continue
    taken.add(label)
    good.push({ ...field, label })
  }
  return good
}

function fitting(label: string): string {
  return Buffer.byteLength(label) % 256 === 0 ? `${label}_` : label
}
