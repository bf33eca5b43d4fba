import { knownUnit } from '../units.ts'
import type { FamilySnapshot } from './snapshot.ts'

/**
 * The label of a family that counts time by what something was doing, idle among it: the sum over it is all the time that passed,
 * which says nothing. `undefined` for all other families, such as the processor time of a process, which may be added up.
 */
export function idleLabel({ kind, unit, series }: FamilySnapshot): string | undefined {
  if (kind !== 'counter' || knownUnit(unit)?.dimension !== 'time') return undefined
  for (const { labels } of series) {
    const found = Object.keys(labels).find((name) => labels[name] === 'idle')
    if (found !== undefined) return found
  }
  return undefined
}
