import type { OptionRule, OptionRules } from '../options.ts'
import { globTest } from '../snapshot/glob.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../snapshot/snapshot.ts'
import { defaultStatistic, statisticReader } from '../snapshot/statistics.ts'
import { mapFamilies } from '../snapshot/totals.ts'

/**
 * A glob, or a function, on the path of what is sent: the parts of the name and the label values, joined by `/`, as in
 * `http/requests/GET`; where a sink sends statistics one by one, followed by the statistic, as in `http/latency/GET/p99`. In a
 * glob `*` is any text, also with `/` in it, `?` any character, `[a-z]` one of these, `[!a-z]` any other one, and `\` makes the
 * next character plain.
 */
export type PathRule = string | ((path: string, value: number | string | undefined) => boolean)

/** One rule; of several that fit, the last one decides. */
export type SendRule =
  | {
      /** What is sent. */
      readonly allow: PathRule
    }
  | {
      /** What is not sent. */
      readonly forbid: PathRule
    }

/** What of a snapshot a sink sends. A function that throws does not fit. */
export interface RuleOptions {
  /** Sends what fits. */
  readonly allow?: PathRule | readonly PathRule[]
  /** Does not send what fits, even where it is allowed by `allow`. */
  readonly forbid?: PathRule | readonly PathRule[]
  /** Rules in an order of your own, after those of `allow` and `forbid`: the last one that fits decides. */
  readonly rules?: readonly SendRule[]
  /** What becomes of what no rule fits. Default: `forbid` where all rules allow, else `allow`. */
  readonly unmatched?: 'allow' | 'forbid'
  /** Takes series away before anything of them is computed: those whose path, or a part of it from its beginning, fits. */
  readonly prune?: PathPrune | readonly PathPrune[]
}

/** A glob, or a function, on a path or its beginning, such as `http` or `http/requests`. */
export type PathPrune = string | ((path: string) => boolean)

type Series = FamilySnapshot['series'][number]
interface Test {
  readonly isAllowed: boolean
  readonly fits: (path: string, value: number | string | undefined) => boolean
}

/** The path of a series, without a statistic. */
export function pathOf(family: Pick<FamilySnapshot, 'name' | 'labelNames'>, labels: Labels): string {
  let path = family.name.replaceAll('.', '/')
  for (const name in labels) {
    // Labels that the family did not declare are those of plimsoll: `overflow=true`.
    path += family.labelNames.includes(name) ? `/${labels[name]}` : `/${name}=${labels[name]}`
  }
  return path
}

/** What of a snapshot is sent. */
export class Rules {
  /** Whether everything is sent. */
  readonly isEmpty: boolean
  readonly #tests: readonly Test[]
  readonly #isUnmatchedAllowed: boolean
  readonly #prunes: readonly ((path: string) => boolean)[]

  constructor({ allow, forbid, rules = [], unmatched, prune }: RuleOptions) {
    const given = [
      ...listOf(allow).map((rule) => ({ allow: rule })),
      ...listOf(forbid).map((rule) => ({ forbid: rule })),
      ...rules,
    ]
    this.#tests = given.map(testOf).reverse()
    const isAllAllowed = this.#tests.length > 0 && this.#tests.every(({ isAllowed }) => isAllowed)
    this.#isUnmatchedAllowed = (unmatched ?? (isAllAllowed ? 'forbid' : 'allow')) === 'allow'
    this.#prunes = listOf(prune).map((one) => (typeof one === 'string' ? globTest(one) : guarded(one)))
    this.isEmpty = this.#tests.length === 0 && this.#isUnmatchedAllowed && this.#prunes.length === 0
  }

  /** Whether a statistic of a series is sent. */
  allows(path: string, value: number | string | undefined): boolean {
    for (const { isAllowed, fits } of this.#tests) if (fits(path, value)) return isAllowed
    return this.#isUnmatchedAllowed
  }

  /** A snapshot without what is pruned, for sinks that ask `allows()` about each statistic. */
  prune(snapshot: Snapshot): Snapshot {
    if (this.#prunes.length === 0) return snapshot
    return withSeries(snapshot, (family) => (series) => !this.#isPruned(pathOf(family, series.labels)))
  }

  /** A snapshot with the series that are sent, for sinks that send series as a whole. */
  select(snapshot: Snapshot): Snapshot {
    if (this.isEmpty) return snapshot
    return withSeries(snapshot, (family) => {
      const reader = statisticReader(family, defaultStatistic(family.kind))
      return (series) => {
        const path = pathOf(family, series.labels)
        return !this.#isPruned(path) && this.allows(path, reader?.read(series))
      }
    })
  }

  #isPruned(path: string): boolean {
    if (this.#prunes.length === 0) return false
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const branch = path.slice(0, end)
      if (this.#prunes.some((fits) => fits(branch))) return true
    }
    return this.#prunes.some((fits) => fits(path))
  }
}

function withSeries(snapshot: Snapshot, test: (family: FamilySnapshot) => (series: Series) => boolean): Snapshot {
  return mapFamilies(snapshot, (family) => {
    const series = (family.series as readonly Series[]).filter(test(family))
    return series.length === 0 ? undefined : ({ ...family, series } as FamilySnapshot)
  })
}

function testOf(rule: SendRule): Test {
  const isAllowed = 'allow' in rule
  const given = isAllowed ? rule.allow : rule.forbid
  return { isAllowed, fits: typeof given === 'string' ? globTest(given) : guarded(given) }
}

/** A function of the app, which must not stop what is sent. */
function guarded<A extends readonly unknown[]>(fits: (...args: A) => boolean): (...args: A) => boolean {
  return (...args) => {
    try {
      return fits(...args) === true
    } catch {
      return false
    }
  }
}

function listOf<T>(given: T | readonly T[] | undefined): readonly T[] {
  return given === undefined ? [] : Array.isArray(given) ? given : [given as T]
}

function isPath(given: unknown): boolean {
  return typeof given === 'function' || (typeof given === 'string' && given !== '')
}

function isRule(given: unknown): boolean {
  const entries = Object.entries(Object(given))
  return entries.length === 1 && entries.every(([key, path]) => (key === 'allow' || key === 'forbid') && isPath(path))
}

const paths: OptionRule = [
  (given) => (Array.isArray(given) ? given.every(isPath) : isPath(given)),
  'a glob such as "http/*", a function, or an array of these',
]

/** Which values of {@link RuleOptions} are valid, for the options of a sink. */
export const ruleRules: OptionRules<RuleOptions> = {
  allow: paths,
  forbid: paths,
  rules: [
    (given) => Array.isArray(given) && given.every(isRule),
    'an array of { allow: <glob or function> } and { forbid: <glob or function> }',
  ],
  unmatched: [(given) => given === 'allow' || given === 'forbid', '"allow" or "forbid"'],
  prune: paths,
}
