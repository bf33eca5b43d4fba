import type { FamilySnapshot, Labels, PageInfo } from '../../snapshot/snapshot.ts'
import { createdAt } from '../exposition/created.ts'

/** Since when series count, in Unix seconds: the same for all of a family, or by their labels. */
export type Start = number | ((labels: Labels) => number)

/** The start of the series of a family. */
export type StartOf = (family: FamilySnapshot) => Start

/** Labels by which a series may be that of one of several pages. */
const pageLabels: ReadonlySet<string> = new Set(['pid', 'tid', 'worker', 'app', 'host'])

/**
 * The start of what pages count: the earliest of all, the archive included; of a series that says whose it is, that of its
 * own pages. 0 without pages.
 */
export function startsOf(pages: readonly PageInfo[]): StartOf {
  const ofLabels = createdAt(pages)
  const earliest = ofLabels({}) ?? 0
  return ({ labelNames }) => {
    if (pages.length < 2 || !labelNames.some((name) => pageLabels.has(name))) return earliest
    return (labels) => ofLabels(labels) ?? earliest
  }
}
