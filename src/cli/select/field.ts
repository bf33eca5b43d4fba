import { PlimsollError } from '../../errors.ts'
import { mergeSnapshots } from '../../snapshot/merge/merge.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'

/** A part of a field: which number of a family a column shows. Empty for the one that its kind suggests. */
export type Statistic = '' | OfValues | OfSeries | `${'1m' | '5m'}.${OfValues}`

/** What can be said of values that came in some time. */
export type OfValues = 'rate' | 'count' | 'mean' | 'stddev' | 'min' | 'max' | `p${string}`

type OfSeries = 'value' | 'total' | 'm1' | 'm5' | 'm15' | 'window' | 'last' | 'users'

/** One column of a live view, as the user wrote it. */
export interface Field {
  readonly text: string
  /** Only series with these label values; none means all. */
  readonly labels: Labels
  /** `http.latency.p99` may be the 99th percentile of one family or a family of that name: the first known one counts. */
  readonly readings: readonly Reading[]
}

/** One way to read a field. */
export interface Reading {
  readonly name: string
  readonly statistic: Statistic
}

const statistics =
  /^(value|total|m1|m5|m15|window|last|users|((1m|5m)\.)?(rate|count|mean|stddev|min|max|p\d{1,2}(\.\d+)?|p100))$/

/**
 * Takes a field apart: `family[{label=value,…}][.statistic]`; `prefix` is put in front of it, but is not in its text.
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function parseField(text: string, prefix = ''): Field {
  const parts = /^([^{}]+)(?:\{(.*)\}(?:\.([^{}]+))?)?$/s.exec(prefix + text)
  const [, path = '', selector, behind = ''] = parts ?? []
  const labels = selector === undefined ? {} : parseLabels(selector)
  if (parts === null || labels === undefined || (behind !== '' && !statistics.test(behind))) {
    const expected =
      'family[{label=value,…}][.statistic], the statistic one of rate, count, total, value, mean, stddev, min, max, ' +
      'p0 to p100, m1, m5, m15, window, last, users, or such as 1m.p99'
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', {
      option: 'field',
      where: 'plimsoll poll',
      given: `"${text}"`,
      expected,
    })
  }
  const name = path.replaceAll('/', '.').replace(/^\./, '')
  if (selector !== undefined) {
    const names = [...new Set([path, name])]
    return { text, labels, readings: names.map((each) => ({ name: each, statistic: behind as Statistic })) }
  }
  // A metric that another program wrote may have a slash in its name.
  return { text, labels, readings: [...(path === name ? [] : readingsOf(path)), ...readingsOf(name)] }
}

/** The fields of a word: they are separated by commas outside of braces. */
export function splitFields(word: string): string[] {
  return word.match(/(?:\{(?:"(?:[^"\\]|\\.)*"|[^}"])*\}|[^,])+/gs) ?? []
}

/** The family of a field among those known, with all its series in one; `undefined` while there is none. */
export function readField(
  { readings, labels }: Field,
  snapshot: Snapshot,
): { family: FamilySnapshot; statistic: Statistic } | undefined {
  for (const { name, statistic } of readings) {
    const families = snapshot.families.filter((family) => family.name === name)
    if (families.length === 0) continue
    const [family] = mergeSnapshots([
      { ...snapshot, pages: [], families: families.map((each) => unlabelled(each, labels)) },
    ]).families
    return family && { family, statistic }
  }
  return undefined
}

/** The families that some field may mean, so that no others need to be looked at. */
export function familiesOf(fields: readonly Field[], snapshot: Snapshot): Snapshot {
  const wanted = new Set(fields.flatMap(({ readings }) => readings.map(({ name }) => name)))
  return { ...snapshot, families: snapshot.families.filter(({ name }) => wanted.has(name)) }
}

/** The whole name, then what is left of it without each ending that is a statistic, the longest ending first. */
function readingsOf(name: string): Reading[] {
  const readings: Reading[] = [{ name, statistic: '' }]
  for (let at = name.indexOf('.', 1); at > 0; at = name.indexOf('.', at + 1)) {
    const ending = name.slice(at + 1)
    if (statistics.test(ending)) readings.push({ name: name.slice(0, at), statistic: ending as Statistic })
  }
  return readings
}

/** `a=b,c="d,e"`; `undefined` when it is anything else. */
function parseLabels(selector: string): Labels | undefined {
  const labels: Record<string, string> = {}
  const pair = /\s*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|[^",]*)\s*(,|$)/sy
  while (pair.lastIndex < selector.length) {
    const [, name, value] = pair.exec(selector) ?? []
    if (name === undefined || value === undefined) return undefined
    labels[name] = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/gs, '$1') : value
  }
  return labels
}

function unlabelled(family: FamilySnapshot, wanted: Labels): FamilySnapshot {
  const conditions = Object.entries(wanted)
  const series = (family.series as readonly { readonly labels: Labels }[])
    .filter(({ labels }) => conditions.every(([name, value]) => labels[name] === value))
    .map((each) => ({ ...each, labels: {} }))
  return { ...family, labelNames: [], series } as unknown as FamilySnapshot
}
