import type { FamilySnapshot } from '../../snapshot/snapshot.ts'

/** Whether a family is one of plimsoll's own error counters, and 0. */
export function isIdleOwn(family: FamilySnapshot): boolean {
  return (
    family.name.startsWith('plimsoll.') && family.kind === 'counter' && family.series.every(({ value }) => value === 0)
  )
}
