import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  InfoFamilySnapshot,
  StateFamilySnapshot,
  StateSeries,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import type { Dialect } from './exposition-dialect.ts'
import { numberText } from './exposition-dialect.ts'
import { escapeLabelValue, labelWriter } from './exposition-labels.ts'
import type { ExposedFamily } from './exposition-names.ts'
import { helpWith } from './exposition-numbers.ts'

/**
 * Four families, each with lines for each series:
 * the states that some process is in are 1, all others 0, under the name of the state family itself, which is also the name
 * of the label that has the state, as OpenMetrics wants it; how many processes are in each, `…_processes`; the time spent in
 * each, `…_seconds_total`; and how many holders there are, `…_users`, also while there are none: a gap would be no 0.
 */
export function stateLines({ name }: ExposedFamily, family: StateFamilySnapshot, dialect: Dialect): string {
  const { help } = family
  const { created } = dialect
  const seconds = `${name}_seconds`
  const header = (ending: string, type: 'gauge' | 'counter', unit: string, remark: string): string =>
    dialect.header({ name: name + ending, type, unit, help: helpWith(help, remark) })
  return (
    dialect.header({ name, type: 'stateset', unit: '', help }) +
    perState(name, family, name, ({ processes }, state) => (ofState(processes, state) > 0 ? '1' : '0')) +
    header('_processes', 'gauge', '', 'processes in each state') +
    perState(`${name}_processes`, family, 'state', ({ processes }, state) => numberText(ofState(processes, state))) +
    header('_seconds', 'counter', 'seconds', 'time in each state') +
    perState(`${seconds}_total`, family, 'state', ({ seconds: spent }, state) => numberText(ofState(spent, state))) +
    (created === '' ? '' : perState(`${seconds}_created`, family, 'state', () => created)) +
    header('_users', 'gauge', '', 'holders of the state') +
    userLines(`${name}_users`, family)
  )
}

function perState(
  name: string,
  { labelNames, states, series }: StateFamilySnapshot,
  label: string,
  write: (one: StateSeries, state: string) => string,
): string {
  const writer = labelWriter(name, labelNames, label)
  const ends = states.map((state) => `${label}="${escapeLabelValue(state)}"} `)
  let out = ''
  for (const one of series) {
    const open = writer.open(one.labels)
    const before = open + (open === name ? '{' : '",')
    for (const [i, state] of states.entries()) out += `${before}${ends[i] as string}${write(one, state)}\n`
  }
  return out
}

function userLines(name: string, { labelNames, series }: StateFamilySnapshot): string {
  const writer = labelWriter(name, labelNames)
  let out = ''
  for (const { labels, users } of series) {
    const open = writer.open(labels)
    out += `${open}${open === name ? ' ' : '"} '}${users}\n`
  }
  return out
}

/** The label that carries a text. */
const textLabel = 'value'
/** Label values make an index grow; longer texts than this are cut. */
const longestText = 1024

/** Texts that come out alike, being the same up to the cut, are one line. */
export function textLines({ name }: ExposedFamily, family: TextFamilySnapshot, dialect: Dialect): string {
  const sample = `${name}_info`
  const writer = labelWriter(sample, family.labelNames, textLabel)
  const lines = new Set<string>()
  for (const { labels, value } of family.series) {
    const open = writer.open(labels)
    lines.add(`${open}${open === sample ? '{' : '",'}${textLabel}="${escapeLabelValue(cutText(value))}"} 1\n`)
  }
  return dialect.header({ name, type: 'info', unit: '', help: family.help }) + [...lines].join('')
}

/** At most {@link longestText} UTF-16 units and `…`, without half a surrogate pair at the cut. */
function cutText(text: string): string {
  if (text.length <= longestText) return text
  return `${text.slice(0, longestText).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Constants are labels already. */
export function infoLines({ name }: ExposedFamily, family: InfoFamilySnapshot, dialect: Dialect): string {
  const sample = `${name}_info`
  const writer = labelWriter(sample, family.labelNames)
  let out = dialect.header({ name, type: 'info', unit: '', help: family.help })
  for (const { labels } of family.series) {
    const open = writer.open(labels)
    out += `${open}${open === sample ? ' ' : '"} '}1\n`
  }
  return out
}
