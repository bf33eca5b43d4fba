import type { LabelStyle } from '../leaves/label-texts.ts'
import { plainTest } from '../leaves/plain.ts'

/** Which server reads the packets. They disagree about signs, types and tags. */
export type StatsdDialect = 'etsy' | 'datadog' | 'collectd' | 'netdata'

/** What a server makes of lines. */
export interface Dialect {
  /** Whether `g:-7` sets a gauge, and does not lower it by 7. */
  readonly setsNegative: boolean
  /** How tags are written; `undefined` where the server refuses them, or makes one series of all. */
  readonly tags: LabelStyle | undefined
  readonly nodes: LabelStyle
  /** How whole distributions can be sent: as values with a weight, or as so many values with the same weight. */
  readonly native: 'weights' | 'samples' | undefined
  /** Whether counters are whole numbers. */
  readonly isWhole: boolean
  /** Bytes of a name with its labels that the server keeps apart from others. */
  readonly maxPath: number
}

/** A part of a name: white space and dots become `-`, all else but letters, digits, `_` and `-` becomes `_`. */
function statsdNode(value: string): string {
  const node = value
    .trim()
    .replace(/[\s\p{Cc}.]/gu, '-')
    .replace(/[^\w-]/gu, '_')
  return node === '' ? '_' : node
}

/** Datadog makes `_` of a `-` as well: two names must not come out alike there. */
function datadogNode(value: string): string {
  return statsdNode(value).replaceAll('-', '_')
}

const maxValue = 250

const nodes: LabelStyle = {
  first: '.',
  next: '.',
  equals: undefined,
  nodeEquals: '=',
  isPlain: plainTest(/[\w-]/, maxValue),
  escape: statsdNode,
  maxBytes: maxValue,
}

// The server makes `name;route=_cart` of this, which is how its Graphite backend writes tags.
const etsyTags: LabelStyle = {
  first: '|#',
  next: ',',
  equals: ':',
  nodeEquals: '=',
  isPlain: plainTest(/[\w.-]/, maxValue),
  escape: (value) => value.replace(/[\s\p{Cc}]/gu, '-').replace(/[^\w.-]/gu, '_'),
  maxBytes: maxValue,
}

const datadogTags: LabelStyle = {
  first: '|#',
  next: ',',
  equals: ':',
  nodeEquals: '=',
  isPlain: plainTest(/[\w./:-]/, maxValue),
  escape: (value) => value.replace(/[\s\p{Cc}|,]|\p{Cs}/gu, '_'),
  maxBytes: maxValue,
}

export const dialects: Readonly<Record<StatsdDialect, Dialect>> = {
  etsy: { setsNegative: false, tags: etsyTags, nodes, native: 'samples', isWhole: false, maxPath: Infinity },
  datadog: {
    setsNegative: true,
    tags: datadogTags,
    nodes: { ...nodes, isPlain: plainTest(/\w/, maxValue), escape: datadogNode },
    native: 'weights',
    isWhole: false,
    maxPath: Infinity,
  },
  // It divides the values of timers by their rate, and cuts names.
  collectd: { setsNegative: false, tags: undefined, nodes, native: undefined, isWhole: false, maxPath: 120 },
  // It reads tags for chart titles only, no rate below 0.01, and what is behind a `=` as the value.
  netdata: {
    setsNegative: false,
    tags: undefined,
    nodes: { ...nodes, nodeEquals: '_' },
    native: undefined,
    isWhole: true,
    maxPath: Infinity,
  },
}
