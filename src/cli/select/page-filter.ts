import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { isArchive } from './selection.ts'

/** Chooses pages by what is in them. */
export class PageFilter {
  private readonly tests: readonly ((snapshot: Snapshot) => boolean)[]
  private readonly fitting = new Set<string>()

  /**
   * A pattern is the beginning of the name of a metric or label, or `KEY=VALUE`: a metric of that name whose number or
   * text is VALUE, or a series with that label. One of them must fit; without patterns all pages do.
   */
  constructor(patterns: readonly string[]) {
    this.tests = patterns.map(patternTest)
  }

  /** The pages that fit, or did at an earlier look: a value that changes does not make a page come and go. */
  choose(snapshots: readonly Snapshot[]): readonly Snapshot[] {
    if (this.tests.length === 0) return snapshots
    return snapshots.filter((snapshot) => {
      // A archive has the numbers of all pages, whatever was in them.
      if (isArchive(snapshot)) return false
      const file = snapshot.pages[0]?.file ?? ''
      if (!this.fitting.has(file) && this.tests.some((test) => test(snapshot))) this.fitting.add(file)
      return this.fitting.has(file)
    })
  }
}

function patternTest(pattern: string): (snapshot: Snapshot) => boolean {
  const at = pattern.indexOf('=')
  if (at > 0)
    return ({ families }) => families.some((one) => hasValue(one, pattern.slice(0, at), pattern.slice(at + 1)))
  return ({ families }) =>
    families.some(({ name, labelNames }) => [name, ...labelNames].some((each) => each.startsWith(pattern)))
}

function hasValue(family: FamilySnapshot, key: string, value: string): boolean {
  if (family.labelNames.includes(key) && family.series.some(({ labels }) => labels[key] === value)) return true
  if (family.name !== key) return false
  switch (family.kind) {
    case 'text':
    case 'state':
      return family.series.some((series) => series.value === value)
    case 'counter':
    case 'meter':
      return family.series.some((series) => isNumber(series, value))
    case 'gauge': {
      const given = family.type === 'bool' && /^(true|false)$/.test(value) ? String(Number(value === 'true')) : value
      return family.series.some((series) => isNumber(series, given))
    }
    case 'histogram':
    case 'timer':
    case 'average':
    case 'info':
      return false
    default:
      return family satisfies never
  }
}

function isNumber(series: { readonly value: number; readonly exact?: string }, text: string): boolean {
  return text === series.exact || (text !== '' && Number(text) === series.value)
}
