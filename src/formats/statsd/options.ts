import { optionInvalid } from '../../errors.ts'
import { callback, checkOptions, integer, type OptionRules, oneOf, text } from '../../options.ts'
import type { LeftOut } from '../exposition/options.ts'
import { type LeafNames, namesRule, vocabularies } from '../leaves/vocabulary.ts'
import type { WalkOptions } from '../leaves/walk.ts'
import { type Dialect, dialects, type StatsdDialect } from './dialects.ts'

/** Options of the StatsD format. */
export interface StatsdOptions {
  /** Which server reads the packets: they disagree about signs, types and tags. @default 'etsy' */
  readonly dialect?: StatsdDialect
  /** What stands in front of all names, with a dot behind it; empty for nothing. @default '' */
  readonly prefix?: string
  /**
   * `nodes`: the values of the labels are parts of the name, in declared order. `tags`: they are tags; not with collectd and
   * netdata, which have none.
   * @default 'tags' for datadog, 'nodes' for others
   */
  readonly labels?: 'nodes' | 'tags'
  /** Whose names statistics have: `scales` and `tapes` are those of the Python libraries. @default 'plimsoll' */
  readonly names?: LeafNames
  /**
   * `quantiles`: a distribution is its count and sum as counters, and mean, extremes and quantiles of the interval as gauges.
   * `native`: the server computes them from values that are sent with the frequency of their buckets: distributions of Datadog,
   * timers of Etsy, of which each has at most 100 values then. Not with collectd and netdata.
   * @default 'quantiles'
   */
  readonly timers?: 'quantiles' | 'native'
  /**
   * Bytes of a packet at most, 512 to 65,507. 1,432 pass any Ethernet in one piece; larger ones are lost far more often.
   * @default 1432
   */
  readonly maxPacketBytes?: number
  /** Whether a number is sent, by its path as declared, `web/latency/GET/p99`, and its value. @default all are */
  readonly accepts?: (path: string, value: number) => boolean
  /** Takes what is left out: labels that are too long, and series whose names come out like those of others. */
  readonly onLeftOut?: (leftOut: LeftOut) => void
}

/** Rules of the options that a sink has as well. */
export const sharedRules: OptionRules<Omit<StatsdOptions, 'accepts' | 'onLeftOut'>> = {
  dialect: oneOf(...Object.keys(dialects)),
  prefix: text,
  labels: oneOf('nodes', 'tags'),
  names: namesRule,
  timers: oneOf('quantiles', 'native'),
  maxPacketBytes: integer(512, 65_507),
}

const rules: OptionRules<StatsdOptions> = {
  ...sharedRules,
  accepts: callback,
  onLeftOut: callback,
}

/** What the packets of a snapshot are made by. */
export interface StatsdFormat {
  readonly dialect: Dialect
  readonly hasTags: boolean
  readonly isNative: boolean
  readonly maxBytes: number
  readonly walk: WalkOptions
}

/** A number has at most so many characters, with its type and rate. */
const maxNumber = 400

/** @throws PlimsollError `PLIMSOLL_OPTION_UNKNOWN` or `PLIMSOLL_OPTION_INVALID`. */
export function statsdFormat(where: string, options: StatsdOptions): StatsdFormat {
  checkOptions(where, options, rules)
  const { dialect: server = 'etsy', prefix = '', names = 'plimsoll', timers, maxPacketBytes = 1432 } = options
  const dialect = dialects[server]
  const { labels = server === 'datadog' ? 'tags' : 'nodes' } = options
  if (labels === 'tags' && dialect.tags === undefined) {
    throw optionInvalid('labels', where, labels, `"nodes", as ${server} has no tags`)
  }
  if (timers === 'native' && dialect.native === undefined) {
    throw optionInvalid('timers', where, timers, `"quantiles", as ${server} takes no weights of values`)
  }
  const { escape: escapeNode } = dialect.nodes
  const parts = prefix.split('.').filter((part) => part !== '')
  const words = vocabularies[names]
  // A negative gauge has its path twice in one packet.
  const maxPath = (maxPacketBytes - maxNumber) / (dialect.setsNegative ? 1 : 2)
  return {
    dialect,
    hasTags: labels === 'tags',
    isNative: timers === 'native',
    maxBytes: maxPacketBytes,
    walk: {
      // Where counters are whole numbers, a sum of seconds would be none.
      words: dialect.isWhole ? { ...words, sum: undefined } : words,
      window: 'start',
      prefix: parts.map((part) => `${escapeNode(part)}.`).join(''),
      labels: labels === 'tags' && dialect.tags !== undefined ? dialect.tags : dialect.nodes,
      escapeNode,
      maxLine: Math.min(dialect.maxPath, maxPath),
      accepts: options.accepts,
      leaveOut: options.onLeftOut ?? (() => {}),
    },
  }
}
