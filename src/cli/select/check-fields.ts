import { PlimsollError } from '../../errors.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { type Field, readField } from './field.ts'
import { writersOf } from './field-value.ts'
import { nearest } from './nearest.ts'
import { hasStatistic, statisticsOf } from './statistics.ts'

/** What is wrong with fields as far as the pages tell now, those that are added up together; a metric may still come. */
export function checkFields(fields: readonly Field[], groups: Iterable<readonly Snapshot[]>): PlimsollError[] {
  const families = new Map<string, FamilySnapshot>()
  const apps = [...groups].map(mergeSnapshots)
  for (const snapshot of apps) for (const family of snapshot.families) families.set(family.name, family)
  return fields.flatMap((field) => {
    const { text, readings } = field
    const reading = readings.find(({ name }) => families.has(name))
    const family = families.get(reading?.name ?? '')
    if (reading === undefined || family === undefined) {
      const given = { given: text, nearest: nearest(readings[0]?.name ?? text, [...families.keys()]) }
      return [new PlimsollError('PLIMSOLL_FIELD_UNKNOWN', given)]
    }
    if (hasStatistic(family.kind, reading.statistic)) return severalTexts(field, apps)
    const values = { option: 'field', where: 'plimsoll poll', given: `"${text}"`, expected: expectedOf(family) }
    return [new PlimsollError('PLIMSOLL_OPTION_INVALID', values)]
  })
}

function expectedOf({ kind, name }: FamilySnapshot): string {
  const known = statisticsOf[kind]
  if (known.length === 0) return 'another metric: constants are shown by plimsoll show'
  return `"${name}" alone or with ${known.join(', ')}: it is of the kind ${kind}`
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
