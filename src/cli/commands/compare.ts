import { statSync } from 'node:fs'
import { type Comparison, compare as compareSnapshots } from '../../compare/compare.ts'
import { formatComparison } from '../../compare/comparison-table.ts'
import { readSnapshots } from '../../compare/read-snapshots.ts'
import { type CompareRule, type Computation, isQuantile } from '../../compare/rule.ts'
import { PlimsollError } from '../../errors.ts'
import { durationText } from '../../formats/table/durations.ts'
import { idleLabel } from '../../snapshot/idle-label.ts'
import { formatSelector, parseSelectors } from '../../snapshot/selector.ts'
import { findFamilies, type Names } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { Kind, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { labelsUnknown } from '../select/check-fields.ts'
import { joinPages } from '../select/join-pages.ts'
import { workerName } from '../select/names.ts'
import { isIdleOwn } from '../select/own-metrics.ts'
import { grouped } from '../select/page-snapshots.ts'
import { selectionOf } from '../select/selection.ts'
import { similarMetric } from '../select/similar-metric.ts'
import { hasNoSuchLabels } from '../select/unmatched-labels.ts'
import { safeLines } from '../view/terminal.ts'

const computations = ['sum', 'average', 'min', 'max', 'sorted', 'inverse', 'count', 'quantiles'] as const

const compareOptions: Options = {
  sum: { value: '<metric>', help: 'total of all sources' },
  average: { value: '<metric>', help: 'mean; a mean of means is weighted by number of values' },
  min: { value: '<metric>', help: 'source with the smallest value' },
  max: { value: '<metric>', help: 'source with the largest value' },
  sorted: { value: '<metric>', help: 'all sources, largest value first' },
  inverse: { value: '<metric>', help: 'sources by value: of versions, texts, states' },
  count: { value: '<metric>', help: 'number of sources that have the metric' },
  quantiles: { value: '<metric>', help: 'p50, p90 and p99 of the values of all sources combined' },
  by: { value: '<label>', help: 'one result for each value of a label; may be repeated' },
  json: { help: 'print one line of JSON' },
  ...recordingOptions,
  dir: dirOrMmstatsOption,
}

/** `plimsoll compare`. */
export const compareCommand: Command = {
  usage: [
    '[<folder>|<file>.json]... [--<computation> <metric>]... [options]',
    '[<pid>|<app>|<file>]... [--<computation> <metric>]... [options]',
  ],
  examples: [
    'plimsoll compare servers',
    'plimsoll compare servers --max http.latency.p99 --inverse app.version',
    "plimsoll compare servers --sum 'http.requests{status=5*}' --by route",
    'plimsoll compare shop --sorted queue.length',
    'ssh web-1 plimsoll show shop --json > servers/web-1.json',
  ],
  about: `
A .json file contains the output of "plimsoll show --json" on one server and is
one source, named after the file; a folder stands for all its .json files.
Without files, each process and thread of this machine is a source. Without a
computation, an overview of all metrics is printed. Computations are the options
with a metric, and may be repeated.

Metrics:
  http.requests                as declared
  'http.requests{status=5*}'   only series with these labels, also != =~ !~
  'http.*.errors'              each matching metric: * any text, ? any character
  http.latency.p99             distribution: .count .sum .mean .stddev .min .max
                               .p0 to .p100, or .1m.p99 and others of recent
                               minutes; meter or timer: .m1 .m5 .m15`,
  options: compareOptions,
  complete: 'file',
  run: compare,
}

/** What an overview has of each kind. */
const overviews: Readonly<Record<Kind, readonly (Pick<CompareRule, 'compute'> & { readonly of?: string })[]>> = {
  counter: [{ compute: ['sum', 'max'] }],
  meter: [{ compute: ['sum', 'max'] }],
  gauge: [{ compute: ['min', 'average', 'max'] }],
  average: [{ compute: ['average', 'max'] }],
  histogram: [{ compute: 'quantiles' }, { compute: 'max', of: 'p99' }],
  timer: [{ compute: 'quantiles' }, { compute: 'max', of: 'p99' }],
  state: [{ compute: 'inverse' }],
  text: [{ compute: 'inverse' }],
  info: [{ compute: 'inverse' }],
}

/** Runs `plimsoll compare`. */
function compare(args: Arguments, context: Context): Result {
  const { snapshots, errors } = sourcesOf(args, context)
  const by = args.values.get('by') ?? []
  const names = new Set([...snapshots.values()].flatMap(({ families }) => families.map(({ name }) => name)))
  const wanted = computations.flatMap((computation) => {
    const texts = args.values.get(computation) ?? []
    return texts.flatMap((text) => parseMetrics(computation, text, names))
  })
  const rules = wanted.length > 0 ? wanted.map((one) => ({ ...one, by })) : overviewOf(snapshots, by)
  const comparison = compareSnapshots(snapshots, rules)
  const unmatched = new Set(comparison.unmatched)
  const without = snapshots.size === 0 ? [] : wanted.filter((_, i) => unmatched.has(i))
  const messages = [...errors, ...without.map((each) => noResult(each, names, snapshots)), ...staleness(comparison)]
  if (snapshots.size === 0 && errors.length === 0) messages.push('there is nothing to compare.')
  return result(textOf(comparison, args, context), messages)
}

function textOf(comparison: Comparison, { flags }: Arguments, { columns, color }: Context): string {
  if (!flags.has('json')) return formatComparison(comparison, { width: columns ?? Number.MAX_SAFE_INTEGER, color })
  return safeLines(`${JSON.stringify(comparison, null, columns === undefined ? 0 : 2)}\n`, columns)
}

interface Sources {
  readonly snapshots: ReadonlyMap<string, Snapshot>
  readonly errors: readonly PlimsollError[]
}

/** Words that are folders or end in `.json` are files of snapshots, all others choose pages; no word means all pages. */
function sourcesOf(args: Arguments, { clock }: Context): Sources {
  const files = args.words.filter(isSnapshotFile)
  const read = readSnapshots(...files)
  const errors = read.failures.map(({ error }) => error)
  const targets = args.words.filter((word) => !files.includes(word))
  if (files.length > 0 && targets.length === 0) return { snapshots: read.snapshots, errors }
  const selection = selectionOf(args, targets, clock)
  const { snapshots, failures } = selection.read()
  selection.close()
  // Pages of one process, such as those of several registries, are one source.
  const sources = [...grouped(snapshots, workerName)].map(([name, pages]) => [name, oneSource(pages)] as const)
  return {
    snapshots: new Map([...read.snapshots, ...sources]),
    errors: [...errors, ...failures.map(({ error }) => error)],
  }
}

function oneSource(pages: readonly Snapshot[]): Snapshot {
  const [first] = pages as [Snapshot]
  return pages.length === 1 ? first : joinPages(pages, true)
}

function isSnapshotFile(word: string): boolean {
  return word.endsWith('.json') || statSync(word, { throwIfNoEntry: false })?.isDirectory() === true
}

/** A rule or two for each metric, as its kind suggests; plimsoll's own only where they are not 0. Time is not added to time that was idle. */
function overviewOf(snapshots: ReadonlyMap<string, Snapshot>, by: readonly string[]): CompareRule[] {
  const kinds = new Map<string, Set<Kind>>()
  const apart = new Map<string, string>()
  for (const { families } of snapshots.values()) {
    for (const family of families) {
      if (isIdleOwn(family)) continue
      kinds.set(family.name, (kinds.get(family.name) ?? new Set()).add(family.kind))
      const label = idleLabel(family)
      if (label !== undefined && !by.includes(label)) apart.set(family.name, label)
    }
  }
  return [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, found]) => {
      const label = apart.get(name)
      const labels = label === undefined ? [] : [label]
      return [...found].flatMap((kind) =>
        overviews[kind].map(({ compute, of: statistic = '' }) => {
          return { compute, metric: { family: name, labels: [], statistic }, by: [...by, ...labels] }
        }),
      )
    })
}

/** A computation over what a selector chooses. */
interface Wanted {
  readonly compute: Computation
  readonly metric: Selector
}

function parseMetrics(compute: Computation, text: string, names: Names): Wanted[] {
  const command = 'plimsoll compare'
  return parseSelectors(text, command, `--${compute}`).map((metric) => {
    const {
      families: [family = metric.family],
      statistic,
    } = findFamilies(metric, names) ?? { families: [], ...metric }
    if (metric.comparison !== undefined)
      throw invalidOption(command, compute, `"${text}"`, 'a metric without a comparison')
    if (isQuantile(statistic) && (compute === 'sum' || compute === 'average')) {
      const { statistic: _, ...whole } = { ...metric, family }
      const expected = `--quantiles ${formatSelector(whole)}, as quantiles of several sources cannot be added or averaged`
      throw invalidOption(command, compute, `"${text}"`, expected)
    }
    return { compute, metric }
  })
}

/** Why there is no result: no source has the metric, none has it any more, or its kind does not have the statistic. */
function noResult(
  { compute, metric }: Wanted,
  names: Names,
  snapshots: ReadonlyMap<string, Snapshot>,
): PlimsollError | string {
  const text = formatSelector(metric)
  const [found] = compareSnapshots(snapshots, [{ metric, compute: 'count' }]).results
  if (found === undefined) {
    if (findFamilies(metric, names) !== undefined && metric.labels.length === 0)
      return `"${text}" is about the present, and all processes that had it are gone.`
    const families = [...snapshots.values()].flatMap((one) => one.families)
    if (hasNoSuchLabels(metric, families)) return labelsUnknown(text, metric, families)
    return new PlimsollError('PLIMSOLL_FIELD_UNKNOWN', {
      given: text,
      noApp: '',
      suggestion: similarMetric(metric, [...names.keys()]),
    })
  }
  const { metric: name, kind } = found
  const isText = overviews[kind][0]?.compute === 'inverse'
  const expected = isText ? '--inverse or --count' : 'a computation and a statistic for its kind'
  return invalidOption('plimsoll compare', compute, `"${text}"`, `${expected} for "${name}" (kind: ${kind})`)
}

const staleSeconds = 60

/** A file that is not renewed would go on being counted; the oldest one is reported. */
function staleness({ sources }: Comparison): string[] {
  const newest = Math.max(...sources.map(({ takenAt }) => takenAt))
  const stale = sources.filter(({ takenAt }) => newest - takenAt > staleSeconds).sort((a, b) => a.takenAt - b.takenAt)
  const [oldest] = stale
  if (oldest === undefined) return []
  const others = stale.length === 1 ? '' : `, and ${stale.length - 1} more are old`
  return [`${oldest.name} is ${durationText(newest - oldest.takenAt)} older than the newest${others}.`]
}
