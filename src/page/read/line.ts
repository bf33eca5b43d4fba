/** A line of the log, as JSON was parsed. */
export type Line = Readonly<Record<string, unknown>>

export function areTexts(labels: unknown): boolean {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false
  return Object.values(labels).every((value) => typeof value === 'string')
}

export function areCounts(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.every(isCount)
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** JSON of arrays in arrays in arrays is read without end, but not written. */
export function textOf(line: Line): string {
  try {
    return JSON.stringify(line)
  } catch {
    return 'a line too deep to show'
  }
}
