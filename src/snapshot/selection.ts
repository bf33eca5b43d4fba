import { checkOptions, flag, type OptionRules } from '../options.ts'
import { selectDistribution } from './buckets/select-distribution.ts'
import { checkSnapshot } from './check-snapshot.ts'
import { allParts, type Parts, type WindowName } from './kinds/parts.ts'
import { parseSelectors, toSelector } from './selector.ts'
import { findFamilies, labelTest, type Names } from './selector-match.ts'
import type { Selection, Selector } from './selector-type.ts'
import type { FamilySnapshot, GaugeSeries, Labels, Snapshot } from './snapshot.ts'
import { mapFamilies } from './totals.ts'

const windowNames: readonly WindowName[] = ['1m', '5m']

function isShare(given: unknown): boolean {
  return typeof given === 'number' && given >= 0 && given <= 1
}

function areSelectors(given: unknown): boolean {
  return Array.isArray(given) && given.every((one) => toSelector(one, 'read()', 'families') !== undefined)
}

function areWindows(given: unknown): boolean {
  return Array.isArray(given) && given.every((name) => windowNames.includes(name))
}

const rules: OptionRules<Selection> = {
  families: [areSelectors, 'an array of selectors'],
  buckets: [(given) => typeof given === 'boolean' || given === 'recent', 'true, false or "recent"'],
  recent: [areWindows, 'an array of "1m" and "5m"'],
  quantiles: [(given) => Array.isArray(given) && given.every(isShare), 'an array of numbers from 0 to 1'],
  exemplars: flag,
}

/** What a selection means, worked out once. */
interface Meaning {
  readonly parts: Parts
  readonly selectors: readonly Selector[] | undefined
}

const everything: Meaning = { parts: allParts, selectors: undefined }
const meanings = new WeakMap<Selection, Meaning>()

function meaningOf(selection: Selection | undefined): Meaning {
  if (selection === undefined) return everything
  let meaning = meanings.get(selection)
  if (meaning === undefined) {
    checkOptions('read()', selection, rules)
    const { families, buckets = false, recent = [], quantiles = [], exemplars = false } = selection
    // Shares that differ by rounding, as 99.9 / 100 and 0.999 do, are the same.
    const shares = new Set(quantiles.map((q) => Number(q.toPrecision(12))))
    meaning = {
      parts: {
        buckets: buckets === true,
        inCells: false,
        recentBuckets: buckets !== false,
        recent,
        quantiles: [...shares].sort((a, b) => a - b),
        exemplars,
      },
      selectors: families?.map((one) => toSelector(one, 'read()', 'families')),
    }
    meanings.set(selection, meaning)
  }
  return meaning
}

/** The parts of series that a selection asks for. Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
export function partsOf(selection: Selection | undefined): Parts {
  return meaningOf(selection).parts
}

/**
 * Has a selection mean that the exponential buckets of pages are left in their cells, for those who take them before the next
 * read. Returns it.
 */
export function leftInCells(selection: Selection): Selection {
  const { parts, selectors } = meaningOf(selection)
  meanings.set(selection, { parts: { ...parts, inCells: true }, selectors })
  return selection
}

/** Whether series with these labels are chosen. */
export type LabelsTest = (labels: Labels) => boolean

/** The families of these names that are chosen, with a test where not all of their series are; `undefined` for all. */
export function chosenFamilies(
  selection: Selection | undefined,
  names: Names,
): ReadonlyMap<string, LabelsTest | undefined> | undefined {
  const { selectors } = meaningOf(selection)
  if (selectors === undefined) return undefined
  const chosen = new Map<string, LabelsTest | undefined>()
  for (const selector of selectors) {
    const test = selector.labels.length === 0 ? undefined : labelTest(selector.labels)
    for (const name of findFamilies(selector, names)?.families ?? []) {
      const other = chosen.get(name)
      const either =
        test !== undefined && other !== undefined ? (labels: Labels) => other(labels) || test(labels) : undefined
      chosen.set(name, chosen.has(name) ? either : test)
    }
  }
  return chosen
}

/**
 * The snapshot with no more than what is selected; quantiles are computed from the buckets where there are some. The input is
 * not changed. Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. Linear in the number of families and chosen series.
 */
export function selectSnapshot(snapshot: Snapshot, selection: Selection | undefined): Snapshot {
  checkSnapshot('selectSnapshot()', snapshot)
  if (selection === undefined) return snapshot
  const parts = partsOf(selection)
  const conflicts = snapshot.conflicts ?? []
  const names = new Set([...snapshot.families, ...conflicts.map(({ family }) => family)].map(({ name }) => name))
  const chosen = chosenFamilies(selection, names)
  return mapFamilies(snapshot, (family) => {
    if (chosen?.has(family.name) === false) return undefined
    return selectSeries(family, chosen?.get(family.name), parts)
  })
}

function selectSeries(family: FamilySnapshot, test: LabelsTest | undefined, parts: Parts): FamilySnapshot {
  const all = family.series as readonly FamilySnapshot['series'][number][]
  const series = test === undefined ? all : all.filter(({ labels }) => test(labels))
  const mapped = series.map((one) => {
    if ('buckets' in one) return selectDistribution(one, parts)
    const { extremes, exemplars, ...rest } = one as GaugeSeries & { exemplars?: unknown }
    const hasExtremes = extremes !== undefined && parts.recent.length > 0
    const hasExemplars = exemplars !== undefined && parts.exemplars
    if ((extremes === undefined || hasExtremes) && (exemplars === undefined || hasExemplars)) return one
    return { ...rest, ...(hasExtremes && { extremes }), ...(hasExemplars && { exemplars }) }
  })
  return { ...family, series: mapped } as FamilySnapshot
}

/**
 * What to ask the parts of a sum for, so that the sum has what is selected: quantiles do not add up, buckets do, and labels may
 * be added when parts are joined.
 */
export function selectionOfParts(selection: Selection): Selection {
  let ofParts = partSelections.get(selection)
  if (ofParts === undefined) {
    const { parts, selectors } = meaningOf(selection)
    const { buckets, recentBuckets, quantiles, recent, exemplars } = parts
    ofParts = {
      buckets: buckets || quantiles.length > 0 || (recentBuckets && 'recent'),
      recent,
      exemplars,
      ...(selectors && { families: selectors.map((one) => ({ ...one, labels: [] })) }),
    }
    partSelections.set(selection, ofParts)
  }
  return ofParts
}

const partSelections = new WeakMap<Selection, Selection>()

/**
 * The selection that has what these selectors need for their statistics: `selectionFor('http.latency.1m.p99 > 500ms')` is the
 * family, with the window of a minute and the share 0.99 of it. Throws PLIMSOLL_OPTION_INVALID.
 */
export function selectionFor(selectors: string | readonly Selector[]): Selection {
  const families = typeof selectors === 'string' ? parseSelectors(selectors, 'selectionFor()', 'selectors') : selectors
  const endings = families.map(({ family, statistic }) => (statistic === undefined ? `.${family}` : `.${statistic}`))
  const recent = windowNames.filter((name) => endings.some((ending) => ending.includes(`.${name}.`)))
  const shares = endings.flatMap((ending) => {
    const [, percentile] = /\.p(\d{1,2}(?:\.\d+)?|100)$/.exec(ending) ?? []
    return percentile === undefined ? [] : [Number(percentile) / 100]
  })
  return {
    families,
    ...(recent.length > 0 && { recent }),
    ...(shares.length > 0 && { quantiles: shares }),
    ...(endings.some((ending) => ending.endsWith('.stddev')) && { buckets: true }),
  }
}
