import { callback, checkOptions, type OptionRules, oneOf, text } from '../../options.ts'
import type { LeftOut } from '../exposition/options.ts'
import type { LeafWindow } from '../leaves/leaves.ts'
import { type LeafNames, namesRule, vocabularies } from '../leaves/vocabulary.ts'
import type { WalkOptions } from '../leaves/walk.ts'
import { graphiteNode, nodeStyle, tagStyle } from './escape.ts'

/** Options of the Graphite formats. */
export interface GraphiteOptions {
  /** What stands in front of all names, with a dot behind it; empty for nothing. @default '' */
  readonly prefix?: string
  /**
   * `nodes`: the values of the labels are parts of the name, in declared order. `tags`: they are tags, `;route=/cart`, for
   * Graphite 1.1 and later and for VictoriaMetrics.
   * @default 'nodes'
   */
  readonly labels?: 'nodes' | 'tags'
  /** Whose names statistics have: `scales` and `tapes` are those of the Python libraries. @default 'plimsoll' */
  readonly names?: LeafNames
  /**
   * What distributions are described over: `1m`, `5m`, or `start` for all since the process began. Before the first tick, and
   * where no process lives, there is no last minute, and only count and sum are sent.
   * @default '1m'
   */
  readonly window?: LeafWindow
  /** Whether a number is sent, by its path as declared, `web/latency/GET/p99`, and its value. @default all are */
  readonly accepts?: (path: string, value: number) => boolean
  /** Takes what is left out: labels that are too long, and series whose names come out like those of others. */
  readonly onLeftOut?: (leftOut: LeftOut) => void
}

const rules: OptionRules<GraphiteOptions> = {
  prefix: text,
  labels: oneOf('nodes', 'tags'),
  names: namesRule,
  window: oneOf('1m', '5m', 'start'),
  accepts: callback,
  onLeftOut: callback,
}

/** carbon closes the connection at a line above 16,384 bytes, and loses what follows. */
const maxLine = 4096

/** @throws PlimsollError `PLIMSOLL_OPTION_UNKNOWN` or `PLIMSOLL_OPTION_INVALID`. */
export function graphiteWalk(where: string, options: GraphiteOptions): WalkOptions {
  checkOptions(where, options, rules)
  const { prefix = '', labels, names = 'plimsoll', window = '1m', accepts, onLeftOut = () => {} } = options
  const nodes = prefix.split('.').filter((node) => node !== '')
  return {
    words: vocabularies[names],
    window,
    prefix: nodes.map((node) => `${graphiteNode(node)}.`).join(''),
    labels: labels === 'tags' ? tagStyle : nodeStyle,
    escapeNode: graphiteNode,
    maxLine,
    accepts,
    leaveOut: onLeftOut,
  }
}
