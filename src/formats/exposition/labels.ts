import type { Labels } from '../../snapshot/snapshot.ts'
import { wellFormedValue } from '../well-formed.ts'

/** Writes the label sets of one family. */
export interface LabelWriter {
  /**
   * The head and then `{a="x",b="y`, left open behind the last value; the bare head when there are no labels.
   * About 50 ns for two plain labels.
   */
  open(labels: Labels): string
}

/** What the labels of a family have besides its own. */
export interface LabelRules {
  /** A name that the format needs for itself; other labels of that name get `label_` in front. */
  readonly kept?: string | undefined
  /** Labels of all series, in front of their own. A label of a series with one of these names becomes `exported_…`. */
  readonly fixed?: Labels | undefined
}

/**
 * Prepares the label names of a family once: characters that no label name may have become `_`; `le`, `quantile`
 * and what begins with `_` or a digit get `label_` in front; names that come out alike get a number.
 *
 * @param head what stands before the labels in each text, the sample's name or nothing.
 */
export function labelWriter(head: string, labelNames: readonly string[], rules: LabelRules = {}): LabelWriter {
  const fixed = spelledLabels(rules)
  const spell = labelSpelling(labelNames, { ...rules, fixed })
  const constant = Object.entries(fixed).map(([name, value]) => `${name}="${escapeLabelValue(value)}`)
  const bare = constant.length === 0 ? head : `${head}{${constant.join('",')}`
  const start = constant.length === 0 ? `${head}{` : `${bare}",`
  // All that stands before each value, with the quote that closes the value before it: the fewer pieces, the faster.
  const openings = labelNames.map((name, i) => `${i === 0 ? start : '",'}${spell(name)}="`)
  const last = openings.length - 1
  // Series that follow on each other mostly differ in their last label only: what stands before is kept.
  const values: (string | undefined)[] = []
  let before = ''
  const isBefore = (labels: Labels): boolean => {
    if (values.length === 0) return false
    for (let i = 0; i < last; i++) if (labels[labelNames[i] as string] !== values[i]) return false
    return true
  }
  const write = (text: string, i: number, value: string): string => {
    return text + (openings[i] as string) + (isPlain(value) ? value : escapeLabelValue(value))
  }
  return {
    open(labels) {
      const value = labels[labelNames[last] as string]
      if (typeof value !== 'string') return sparseText(bare, start, labels, spell)
      if (last > 0 && !isBefore(labels)) {
        before = ''
        for (let i = 0; i < last; i++) {
          const above = labels[labelNames[i] as string]
          values[i] = above
          if (typeof above !== 'string') {
            values.length = 0
            return sparseText(bare, start, labels, spell)
          }
          before = write(before, i, above)
        }
        // Looking at a character makes V8 join the pieces once, not again in each line.
        before.charCodeAt(0)
      }
      return write(before, last, value)
    },
  }
}

/** The labels of all series, with names that are legal and differ. */
export function spelledLabels({ kept, fixed = {} }: LabelRules): Labels {
  const spell = legalSpelling(kept)
  return Object.fromEntries(Object.entries(fixed).map(([name, value]) => [spell(name), value]))
}

/**
 * Spells the label names of one family, each apart from the others and from those of `fixed`, which have legal names.
 *
 * @param declared spelled first, so that they are alike in each series, whatever others some of them have.
 */
export function labelSpelling(
  declared: readonly string[],
  { kept, fixed = {} }: LabelRules = {},
): (name: string) => string {
  const spell = legalSpelling(kept)
  const taken = new Set([...Object.keys(fixed), ...declared.map(spell)])
  const spelt = new Map<string, string>()
  return (name) => {
    const known = spelt.get(name)
    if (known !== undefined) return known
    let own = spell(name)
    if (Object.hasOwn(fixed, own)) while (taken.has(own)) own = `exported_${own}`
    taken.add(own)
    spelt.set(name, own)
    return own
  }
}

function legalSpelling(kept: string | undefined): (name: string) => string {
  const spelt = new Map<string, string>()
  const taken = new Set<string>()
  return (name) => {
    const known = spelt.get(name)
    if (known !== undefined) return known
    const plain = name.replace(/[^A-Za-z0-9_]/g, '_')
    const isKept = plain === 'le' || plain === 'quantile' || plain === kept
    const stem = !/^[A-Za-z]/.test(plain) || isKept ? `label_${plain}` : plain
    let free = stem
    for (let n = 2; taken.has(free); n++) free = `${stem}_${n}`
    taken.add(free)
    spelt.set(name, free)
    return free
  }
}

/** A series that lacks declared labels: the overflow series, or one of a merge of families with different labels. */
function sparseText(bare: string, start: string, labels: Labels, spell: (name: string) => string): string {
  let text = ''
  for (const name of Object.keys(labels)) {
    text += `${text === '' ? start : '",'}${spell(name)}="${escapeLabelValue(labels[name] ?? '')}`
  }
  return text === '' ? bare : text
}

/** Whether a value can be written as it is. */
// A loop over the few characters of a label takes a third of the time of a regular expression.
function isPlain(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (c === 0x0a || c === 0x22 || c === 0x5c || c >= 0xd800) return false
  }
  return true
}

/** Escapes `\`, `"` and line feed. */
export function escapeLabelValue(value: string): string {
  return wellFormedValue(value).replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
}

/** Escapes a help text: `\` and line feed, in OpenMetrics `"` too; lone surrogates become U+FFFD. */
export function escapeHelp(help: string, quotes: boolean): string {
  const escaped = help
    .replace(/[\ud800-\udfff]/gu, '\ufffd')
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
  return quotes ? escaped.replace(/"/g, '\\"') : escaped
}
