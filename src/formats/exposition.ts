import type {
  AverageSeries,
  CounterSeries,
  DistributionFamilySnapshot,
  DistributionSeries,
  GaugeSeries,
  InfoSeries,
  Snapshot,
  StateFamilySnapshot,
  TextSeries,
} from '../snapshot/snapshot.ts'
import { escapeLabelValue, labelWriter } from './exposition-labels.ts'
import type { BucketsPerOctave, Ladder } from './exposition-ladder.ts'
import { cumulativeCounts, ladderOf } from './exposition-ladder.ts'
import type { ExposedFamily } from './exposition-names.ts'
import { exposedFamilies } from './exposition-names.ts'

/** What both Prometheus formats leave to the caller. */
export interface ExpositionOptions {
  /**
   * How many `le` bounds exponential buckets get to each doubling of the value: 1, 2, 4, 8, 16 or 32.
   * More make quantiles in queries finer and the text longer; above 64 bounds a family gets fewer by itself.
   * @default 2
   */
  readonly bucketsPerOctave?: BucketsPerOctave
}

/** Where the two formats differ. */
export interface Dialect {
  /** The metadata lines of a family. */
  header(exposed: ExposedFamily): string
  /** Value of `_created` lines as text; empty for no such lines. */
  readonly created: string
  /** Whether NaN and sinking values are refused where only rising ones make sense, and sums below 0. */
  readonly strict: boolean
  readonly bucketsPerOctave: BucketsPerOctave
}

// Strings are put together with += throughout: V8 keeps the pieces and copies each once, at the end. Arrays of lines
// with a join took twice as long.

/** The text of all families of a snapshot, without an end mark. */
export function exposition(snapshot: Snapshot, dialect: Dialect): string {
  let out = ''
  for (const exposed of exposedFamilies(snapshot.families)) {
    const { family, name } = exposed
    out += dialect.header(exposed)
    switch (family.kind) {
      case 'counter':
      case 'meter':
        out += counterLines(name, family.labelNames, family.series, dialect)
        break
      case 'gauge':
        out += gaugeLines(name, family.labelNames, family.series)
        break
      case 'histogram':
      case 'timer':
        out += distributionLines(name, family, dialect)
        break
      case 'text':
        out += textLines(`${name}_info`, family.labelNames, family.series)
        break
      case 'average':
        out += averageLines(name, family.labelNames, family.series, dialect)
        break
      case 'state':
        out += stateLines(name, family)
        break
      case 'info':
        out += infoLines(`${name}_info`, family.labelNames, family.series)
        break
      default:
        family satisfies never
    }
  }
  return out
}

function counterLines(
  name: string,
  labelNames: readonly string[],
  series: readonly CounterSeries[],
  dialect: Dialect,
): string {
  const { created, strict } = dialect
  const total = `${name}_total`
  const writer = labelWriter(total, labelNames)
  let out = ''
  for (const { labels, value } of series) {
    if (strict && !(value >= 0)) continue
    const open = writer.open(labels)
    const close = open === total ? ' ' : '"} '
    out += open
    out += close + numberLine(value)
    if (created !== '') out += `${name}_created${open.slice(total.length)}${close}${created}\n`
  }
  return out
}

function gaugeLines(name: string, labelNames: readonly string[], series: readonly GaugeSeries[]): string {
  const writer = labelWriter(name, labelNames)
  let out = ''
  for (const { labels, value } of series) {
    const open = writer.open(labels)
    out += open
    out += (open === name ? ' ' : '"} ') + numberLine(value)
  }
  return out
}

function averageLines(
  name: string,
  labelNames: readonly string[],
  series: readonly AverageSeries[],
  { created, strict }: Dialect,
): string {
  const writer = labelWriter('', labelNames)
  let out = ''
  for (const { labels, count, sum } of series) {
    const open = writer.open(labels)
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum that could sink.
    if (!strict || sum >= 0) out += `${name}_sum${set}${numberLine(sum)}`
    out += `${name}_count${set}${numberLine(count)}`
    if (created !== '') out += `${name}_created${set}${created}\n`
  }
  return out
}

/** One line for each state, labelled with it by the name of the family, as OpenMetrics has it. */
function stateLines(name: string, { labelNames, states, series }: StateFamilySnapshot): string {
  const writer = labelWriter(name, labelNames, name)
  let out = ''
  for (const { labels, value } of series) {
    const open = writer.open(labels)
    for (const state of states) {
      const label = `${name}="${escapeLabelValue(state)}"`
      out += `${open}${open === name ? '{' : '",'}${label}} ${state === value ? 1 : 0}\n`
    }
  }
  return out
}

function infoLines(name: string, labelNames: readonly string[], series: readonly InfoSeries[]): string {
  const writer = labelWriter(name, labelNames)
  let out = ''
  for (const { labels } of series) {
    const open = writer.open(labels)
    out += `${open}${open === name ? ' ' : '"} '}1\n`
  }
  return out
}

/** The label that carries a text. */
const textLabel = 'value'
/** Label values make an index grow; longer texts than this are cut. */
const longestText = 1024

/** Texts that come out alike, being the same up to the cut, are one line. */
function textLines(name: string, labelNames: readonly string[], series: readonly TextSeries[]): string {
  const writer = labelWriter(name, labelNames, textLabel)
  const lines = new Set<string>()
  for (const { labels, value } of series) {
    const open = writer.open(labels)
    lines.add(`${open}${open === name ? '{' : '",'}${textLabel}="${escapeLabelValue(cutText(value))}"} 1\n`)
  }
  return [...lines].join('')
}

/** At most {@link longestText} UTF-16 units and `…`, without half a surrogate pair at the cut. */
function cutText(text: string): string {
  if (text.length <= longestText) return text
  return `${text.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')}…`
}

function distributionLines(name: string, family: DistributionFamilySnapshot, dialect: Dialect): string {
  const { created, strict } = dialect
  const ladder = ladderOf(family.series, dialect.bucketsPerOctave)
  const writer = labelWriter('', family.labelNames)
  const negative = ladder.texts[0]?.startsWith('le="-') === true
  let out = ''
  for (const series of family.series) {
    const open = writer.open(series.labels)
    out += bucketLines(`${name}_bucket${open}${open === '' ? '{' : '",'}`, series, ladder)
    const set = open === '' ? ' ' : `${open}"} `
    // OpenMetrics: no sum that could sink, and a count only beside a sum.
    if (!strict || (series.sum >= 0 && !negative)) {
      out += `${name}_sum${set}${numberLine(series.sum)}${name}_count${set}${numberLine(series.count)}`
    }
    if (created !== '') out += `${name}_created${set}${created}\n`
  }
  return out
}

function bucketLines(head: string, series: DistributionSeries, ladder: Ladder): string {
  // Looking at a character makes V8 join the pieces of `head` once, not again in each line.
  head.charCodeAt(0)
  const cumulative = cumulativeCounts(series, ladder)
  let out = ''
  for (let i = 0; i < cumulative.length; i++) {
    out += head
    out += ladder.texts[i] as string
    out += `${cumulative[i] as number}\n`
  }
  return `${out}${head}le="+Inf"} ${series.count}\n`
}

/** A number as both formats take it, JavaScript's shortest exact text or `+Inf`, `-Inf`, `NaN`, and the line's end. */
function numberLine(value: number): string {
  if (value - value === 0) return `${value}\n`
  return value === Infinity ? '+Inf\n' : value === -Infinity ? '-Inf\n' : 'NaN\n'
}
