import { amountIn } from '../units.ts'
import { checkSnapshot } from './check-snapshot.ts'
import { globTest } from './glob.ts'
import { toSelector } from './selector.ts'
import type { LabelMatcher, Selector, SelectorComparison } from './selector-type.ts'
import type { FamilySnapshot, Labels, Snapshot } from './snapshot.ts'
import { defaultStatistic, isStatistic, statisticReader } from './statistics.ts'
import { mapFamilies } from './totals.ts'

type AnySeries = FamilySnapshot['series'][number]

/** Names of families, as a map by names or a set has them. */
export interface Names {
  has(name: string): boolean
  keys(): Iterable<string>
}

/** One way to read a selector. */
interface Reading {
  readonly family: string
  readonly statistic: string
}

/** The ways to read a selector, the longest name of a family first. */
export function readingsOf({ family, statistic }: Selector): Reading[] {
  if (statistic !== undefined) return [{ family, statistic }]
  const readings: Reading[] = [{ family, statistic: '' }]
  for (let at = family.lastIndexOf('.'); at > 0; at = family.lastIndexOf('.', at - 1)) {
    const ending = family.slice(at + 1)
    if (isStatistic(ending)) readings.push({ family: family.slice(0, at), statistic: ending })
  }
  return readings
}

/**
 * Which of these families a selector chooses, and which statistic (`''`: the default one); `undefined` where it fits none.
 * `isLoose` is for people who search: upper and lower case are the same, and a text without wildcards matches any part of the
 * name.
 */
export function findFamilies(
  selector: Selector,
  names: Names,
  isLoose = false,
): { readonly families: readonly string[]; readonly statistic: string } | undefined {
  for (const { family, statistic } of readingsOf(selector)) {
    const fits = isLoose ? looseTest(family, selector.isGlob) : globTest(family)
    const exact = names.has(family) ? [family] : []
    const families = isLoose || selector.isGlob ? [...names.keys()].filter(fits) : exact
    if (families.length > 0) return { families, statistic }
  }
  return undefined
}

function looseTest(wanted: string, isGlob = false): (name: string) => boolean {
  const text = wanted.toLowerCase()
  const fits = isGlob ? globTest(text) : (name: string) => name.includes(text)
  return (name) => fits(name.toLowerCase())
}

/** Whether the labels of a series match a selector. */
export function labelTest(matchers: readonly LabelMatcher[]): (labels: Labels) => boolean {
  const tests = matchers.map(({ name, operator, value, isGlob }) => {
    const isExpression = operator === '=~' || operator === '!~'
    const expression = new RegExp(`^(?:${isExpression ? value : ''})$`, 'su')
    const fits = isExpression ? (text: string) => expression.test(text) : textTest(value, isGlob)
    const isWanted = operator === '=' || operator === '=~'
    return (labels: Labels) => fits(Object.hasOwn(labels, name) ? (labels[name] as string) : '') === isWanted
  })
  return (labels) => tests.every((test) => test(labels))
}

function textTest(value: string, isGlob = false): (text: string) => boolean {
  return isGlob ? globTest(value) : (text) => text === value
}

/** Whether a value of a family matches a comparison. Numbers with a unit match amounts of a unit of the same dimension only. */
function comparisonTest(
  { operator, value: wanted, isGlob }: SelectorComparison,
  family: FamilySnapshot,
  unit: string,
): (value: number | string, series: AnySeries) => boolean {
  const isText = textTest(wanted, isGlob)
  const isTruth = family.kind === 'gauge' && family.type === 'bool' && /^(true|false)$/.test(wanted)
  const amount = isTruth ? Number(wanted === 'true') : amountIn(unit, wanted)
  return (value, series) => {
    if (typeof value === 'string') return operator === '=' ? isText(value) : operator === '!=' && !isText(value)
    // All digits of a number that is too large for one.
    const isEqual = value === amount || ('exact' in series && series.exact === wanted)
    if (operator === '=') return isEqual
    if (operator === '!=') return !Number.isNaN(amount) && !isEqual
    if (operator === '<' || operator === '<=') return value < amount || (operator === '<=' && isEqual)
    return value > amount || (operator === '>=' && isEqual)
  }
}

/** What a selector chose of a family. */
export interface SelectorMatch {
  /** The family that fits, with all its series. */
  readonly family: FamilySnapshot
  /** Name of the statistic. */
  readonly statistic: string
  /** UCUM unit of the values, or of what they count each second. */
  readonly unit: string
  /** Whether the values are amounts per second. */
  readonly perSecond: boolean
  /** The series that fit; the value is `undefined` where a series does not have it now. */
  readonly series: readonly {
    /** The series. */
    readonly series: AnySeries
    /** The value of the statistic. */
    readonly value: number | string | undefined
  }[]
}

/**
 * The series of a snapshot that a selector chooses, with their values, by family. Families of kinds that do not have the
 * statistic are left out, and so is what a comparison does not fit. Linear in the number of families and series.
 *
 *     for (const { family, series } of matchSelector('http.latency.p99 > 500ms', registry.read())) alert(family.name, series)
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for what is not one selector, or no snapshot.
 */
export function matchSelector(selector: string | Selector, snapshot: Snapshot): SelectorMatch[] {
  checkSnapshot('matchSelector()', snapshot)
  return matches(toSelector(selector, 'matchSelector()'), snapshot, false)
}

function matches(selector: Selector, snapshot: Snapshot, isLoose: boolean): SelectorMatch[] {
  const found = findFamilies(selector, new Set(snapshot.families.map(({ name }) => name)), isLoose)
  const wanted = new Set(found?.families)
  const hasLabels = labelTest(selector.labels)
  return snapshot.families.flatMap((family) => {
    if (found === undefined || !wanted.has(family.name)) return []
    const statistic = found.statistic || defaultStatistic(family.kind)
    const reader = statisticReader(family, statistic)
    if (reader === undefined) return []
    const { unit, perSecond } = reader
    const fits = selector.comparison && comparisonTest(selector.comparison, family, unit)
    const series = (family.series as readonly AnySeries[])
      .filter(({ labels }) => hasLabels(labels))
      .map((one) => ({ series: one, value: reader.read(one) }))
      .filter(({ series: one, value }) => fits === undefined || (value !== undefined && fits(value, one)))
    const isEmpty = series.length === 0 && (family.series.length > 0 || fits !== undefined)
    return isEmpty ? [] : [{ family, statistic, unit, perSecond, series }]
  })
}

/** A snapshot with only the families and series that one of the selectors chooses, as people search; all without selectors. */
export function filterSnapshot(snapshot: Snapshot, selectors: readonly Selector[]): Snapshot {
  if (selectors.length === 0) return snapshot
  const all = [...snapshot.families, ...(snapshot.conflicts ?? []).map(({ family }) => family)]
  const kept = new Map<FamilySnapshot, Set<AnySeries>>()
  for (const selector of selectors) {
    for (const { family, series } of matches(selector, { ...snapshot, families: all }, true)) {
      const known = kept.get(family) ?? new Set()
      for (const one of series) known.add(one.series)
      kept.set(family, known)
    }
  }
  return mapFamilies(snapshot, (family) => {
    const found = kept.get(family)
    if (found === undefined) return undefined
    const series = (family.series as readonly AnySeries[]).filter((one) => found.has(one))
    return { ...family, series } as FamilySnapshot
  })
}
