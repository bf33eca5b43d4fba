import type { FamilySnapshot } from '../../snapshot/snapshot.ts'

/** Families that are shown together: most processes serve no HTTP, or request nothing. */
const httpParts = ['http.server.', 'http.client.']

/** Whether a family is one of plimsoll's own error counters, and 0. */
export function isIdleOwn(family: FamilySnapshot): boolean {
  return family.name.startsWith('plimsoll.') && family.kind === 'counter' && isZero(family)
}

/** Families without plimsoll's own error counters that are 0, and without those of HTTP servers or clients that did nothing. */
export function withoutIdle(families: readonly FamilySnapshot[]): FamilySnapshot[] {
  const unused = httpParts.filter((part) => families.every((one) => !one.name.startsWith(part) || isZero(one)))
  return families.filter((family) => !isIdleOwn(family) && !unused.some((part) => family.name.startsWith(part)))
}

function isZero({ kind, series }: FamilySnapshot): boolean {
  return (kind === 'counter' || kind === 'gauge') && series.every(({ value }) => value === 0)
}
