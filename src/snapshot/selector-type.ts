import type { WindowName } from './kinds/parts.ts'

/** A condition on the value of a label. A label that a series does not have is the empty text, as in Prometheus. */
export interface LabelMatcher {
  /** Name of the label. */
  readonly name: string
  /** `=~` and `!~` take regular expressions, which must fit the whole value. */
  readonly operator: '=' | '!=' | '=~' | '!~'
  /** The value that the label is compared with, or the regular expression. */
  readonly value: string
  /** Whether `*`, `?` and `[a-z]` stand for other text in the value. */
  readonly isGlob?: true
}

/** A condition on the value of a statistic. */
export interface SelectorComparison {
  /** How the statistic is compared with the value. */
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='
  /** A number, with or without the symbol of a unit (`0.5`, `500ms`, `10kB`), `true` or `false`, or a text. */
  readonly value: string
  /** Whether `*`, `?` and `[a-z]` stand for other text in the value. */
  readonly isGlob?: true
}

/**
 * Chooses metrics, series and a statistic of them: `http.latency{route=/cart}.p99 > 500ms`. Plain data. Where `isGlob` is set,
 * `*` stands for any text, `?` for any character and `[a-z]` for one of some characters, unless a backslash is before it.
 */
export interface Selector {
  /** Name of the family. */
  readonly family: string
  /** Whether `*`, `?` and `[a-z]` stand for other text in the name. */
  readonly isGlob?: true
  /** What the labels of a series must be; empty for all series. */
  readonly labels: readonly LabelMatcher[]
  /** Name of the statistic, `''` for the default one. Absent: `family` may end in one, and the longest family name wins. */
  readonly statistic?: string
  /** The condition on the statistic; absent for none. */
  readonly comparison?: SelectorComparison
}

/**
 * What of a source is wanted: some families, and of distributions only what is named here, as their buckets and recent windows
 * are most of the cost of a read. Plain data, which must not be changed once it was used: sources remember what it means to
 * them.
 *
 * A source may return more than that, never less; `selectSnapshot` removes the rest. Quantiles are read with
 * `quantile()`, or as a statistic, whether the source has computed them or has sent the buckets.
 */
export interface Selection {
  /**
   * Families, and with labels series, by selectors: `http.*`, `http.requests{status=5*}`. The text is one selector, as
   * `parseSelectors` reads it; its statistic and comparison do not matter. Default: all.
   */
  readonly families?: readonly (string | Selector)[]
  /**
   * Whether distributions have the counts of their buckets: `'recent'` for those of the windows in `recent` only, which is half
   * of the cost. Default: false. Those left out are all 0, whatever `count` is.
   */
  readonly buckets?: boolean | 'recent'
  /** The recent windows of distributions and of gauges with `extremes`. Default: none. */
  readonly recent?: readonly WindowName[]
  /** Shares, 0 to 1, of which quantiles are computed: of distributions, and of each window in `recent`. Default: none. */
  readonly quantiles?: readonly number[]
  /** Whether exemplars are wanted. Default: false. */
  readonly exemplars?: boolean
}
