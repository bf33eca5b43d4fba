/** A sample line as it was read back. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Only in OpenMetrics, on counters and buckets. */
  readonly exemplar?: {
    readonly labels: Readonly<Record<string, string>>
    readonly value: number
    readonly time: number
  }
}

/** A family as it was read back: its metadata lines, then its samples. */
export interface ParsedFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly unit: string
  readonly samples: Sample[]
}

type Format = 'prometheus' | 'openmetrics'

const endings: Readonly<Record<string, readonly string[]>> = {
  'prometheus counter': [''],
  'openmetrics counter': ['_total', '_created'],
  'prometheus gauge': [''],
  'openmetrics gauge': [''],
  'openmetrics info': ['_info'],
  'openmetrics stateset': [''],
  'prometheus summary': ['_sum', '_count'],
  'openmetrics summary': ['_sum', '_count', '_created'],
  'prometheus histogram': ['_bucket', '_sum', '_count'],
  'openmetrics histogram': ['_bucket', '_sum', '_count', '_created'],
}

/**
 * Reads either text strictly: throws at the first thing that the standards forbid, also at what real parsers let pass:
 * a second header or line of the same name and labels, samples apart from their header, names that clash,
 * buckets that fall or do not end in the count.
 */
export function parseExposition(text: string, format: Format): ParsedFamily[] {
  if (/[\ud800-\udfff]/u.test(text)) throw new Error('no UTF-8: lone surrogate')
  const families: ParsedFamily[] = []
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('the last line has no end')
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('no # EOF at the end')
  const seen = new Set<string>()
  const order = format === 'openmetrics' ? ['TYPE', 'UNIT', 'HELP'] : ['HELP', 'TYPE']
  let open: { name: string; TYPE?: string; UNIT?: string; HELP?: string } | undefined
  let at = -1
  let family: ParsedFamily | undefined
  let lastSet = ''
  for (const line of lines) {
    if (format === 'prometheus' && line.startsWith('# plimsoll: ')) continue
    if (line.startsWith('#')) {
      const [, word = '', name = '', rest = ''] =
        /^# ([A-Z]+) ([a-zA-Z_:][a-zA-Z0-9_:]*) ?(.*)$/su.exec(line) ?? fail(line)
      const place = order.indexOf(word)
      if (place < 0) fail(line)
      if (open === undefined || open.name !== name || place <= at) {
        open = { name }
        family = undefined
      }
      at = place
      open[word as 'TYPE'] = rest
      if (seen.has(`${word} ${name}`)) throw new Error(`twice: ${line}`)
      seen.add(`${word} ${name}`)
      continue
    }
    if (open === undefined) throw new Error(`no header before ${line}`)
    if (family === undefined) {
      family = readHeader(open, format)
      families.push(family)
    }
    const sample = readSample(line, format)
    const fits = endings[`${format} ${family.type}`]?.some((ending) => sample.name === open?.name + ending)
    if (fits !== true) throw new Error(`${line} stands under ${family.name}`)
    const set = JSON.stringify(Object.entries(sample.labels).sort())
    const key = `${sample.name} ${set}`
    // OpenMetrics: all samples of a label set stand together.
    if (format === 'openmetrics' && sample.name.endsWith('_created')) {
      if (lastSet !== withoutBound(set)) throw new Error(`apart from its label set: ${line}`)
    }
    lastSet = withoutBound(set)
    if (seen.has(key)) throw new Error(`twice: ${line}`)
    seen.add(key)
    family.samples.push(sample)
  }
  checkClashes(families)
  for (const each of families) {
    if (each.type === 'histogram') checkHistogram(each, boundForms[format])
    if (each.type === 'stateset') checkStates(each)
  }
  return families
}

function withoutBound(set: string): string {
  return set.replace(/\["le","[^"]*"\],?/, '').replace(/,\]$/, ']')
}

function fail(line: string): never {
  throw new Error(`cannot be read: ${JSON.stringify(line)}`)
}

function readHeader(open: { name: string; TYPE?: string; UNIT?: string; HELP?: string }, format: Format): ParsedFamily {
  const { name, TYPE: type = fail(name), UNIT: unit = '', HELP: help = '' } = open
  if (endings[`${format} ${type}`] === undefined) throw new Error(`unknown type ${type}`)
  if (unit !== '' && !name.endsWith(`_${unit}`)) throw new Error(`${name} does not end in ${unit}`)
  if (format === 'openmetrics' && /(?<!\\)(\\\\)*"/.test(help)) fail(help)
  return { name, type, unit, help: unescaped(help), samples: [] }
}

const setOf = String.raw`\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}`
const sampleLine = new RegExp(`^([a-zA-Z_][a-zA-Z0-9_]*)(?:${setOf})? (\\S+)(?: # ${setOf} (\\S+) (\\S+))?$`, 'su')

function readSample(line: string, format: Format): Sample {
  const [, name = '', set, number = '', exemplar, value = '', time = ''] = sampleLine.exec(line) ?? fail(line)
  const sample = { name, labels: readLabels(set ?? '', line), value: readNumber(number) }
  if (exemplar === undefined) return sample
  if (format === 'prometheus' || !/_(total|bucket)$/.test(name)) throw new Error(`no place for an exemplar: ${line}`)
  const labels = readLabels(exemplar, line)
  if ([...Object.entries(labels).flat().join('')].length > 128) throw new Error(`exemplar too long: ${line}`)
  return { ...sample, exemplar: { labels, value: readNumber(value), time: readNumber(time) } }
}

function readLabels(set: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = set
  while (rest !== '') {
    const [all, label = '', value = '', comma] =
      /^([a-zA-Z][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,(?=.)|$)/su.exec(rest) ?? fail(line)
    if (Object.hasOwn(labels, label)) throw new Error(`label twice: ${line}`)
    Object.defineProperty(labels, label, { value: unescaped(value), enumerable: true })
    rest = rest.slice(all.length)
    if (comma === '' && rest !== '') fail(line)
  }
  return labels
}

function readNumber(text: string): number {
  if (text === '+Inf') return Infinity
  if (text === '-Inf') return -Infinity
  if (text === 'NaN') return Number.NaN
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`)
  return Number(text)
}

function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c))
}

function checkClashes(families: readonly ParsedFamily[]): void {
  const taken = new Set<string>()
  for (const { name, type } of families) {
    const own =
      type === 'histogram'
        ? ['', '_bucket', '_sum', '_count', '_created']
        : type === 'summary'
          ? ['', '_sum', '_count', '_created']
          : type === 'counter'
            ? ['', '_total', '_created']
            : type === 'info'
              ? ['', '_info']
              : ['']
    const base = type === 'counter' ? name.replace(/_total$/, '') : name
    for (const ending of own) {
      if (taken.has(base + ending)) throw new Error(`${name} clashes at ${base + ending}`)
      taken.add(base + ending)
    }
  }
}

/** Each state is 0 or 1, the label with its name is named like the family, and there is no unit. */
function checkStates({ name, unit, samples }: ParsedFamily): void {
  if (unit !== '') throw new Error(`${name} has the unit ${unit}`)
  for (const { labels, value } of samples) {
    if (labels[name] === undefined || (value !== 0 && value !== 1)) throw new Error(`${name}: no state`)
  }
}

const boundForms: Readonly<Record<Format, RegExp>> = {
  prometheus: /^(-?(\d+(\.\d+)?|\d(\.\d+)?e[+-]\d+)|\+Inf)$/,
  openmetrics: /^([+-]?(\d+\.\d+|\d(\.\d+)?e[+-]\d\d+)|\+Inf)$/,
}

function checkHistogram({ name, samples }: ParsedFamily, boundForm: RegExp): void {
  let last = { bound: -Infinity, count: 0, key: '' }
  for (const { name: sample, labels, value, exemplar } of samples) {
    const { le, ...others } = labels
    const key = JSON.stringify(others)
    if (sample === `${name}_bucket`) {
      if (le === undefined || !boundForm.test(le)) throw new Error(`le is ${le}`)
      const bound = readNumber(le)
      if (key === last.key && last.bound < Infinity && !(bound > last.bound && value >= last.count))
        throw new Error(`${name} falls`)
      if (key !== last.key && last.bound !== Infinity && last.key !== '') throw new Error(`${name} has no +Inf`)
      const from = key === last.key ? last.bound : -Infinity
      if (exemplar !== undefined && !(exemplar.value > from && exemplar.value <= bound))
        throw new Error(`${name}: exemplar`)
      last = { bound, count: value, key }
    }
    if (sample === `${name}_count` && (last.bound !== Infinity || value !== last.count))
      throw new Error(`${name}: ${value}`)
  }
}
