import type { Labels } from '../../snapshot/snapshot.ts'
import { labelSpelling } from '../exposition/labels.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'

const seriesField = { label: 1 } as const
const labelField = { name: 1, value: 2 } as const

/** Bytes that are the same in all series, or the label with a series' own value. */
type Part = Uint8Array | { readonly name: string; readonly own: string }

/** What stands before the label that the format adds, and what behind it. */
interface Plan {
  readonly before: readonly Part[]
  readonly after: readonly Part[]
}

/** Writes the labels of one kind of sample of a family as remote write wants them: sorted, unique and without empty ones. */
export class LabelSets {
  private readonly spell: (name: string) => string
  private readonly declared: readonly string[]
  private readonly fixed: Labels
  private readonly added: string
  private readonly plan: Plan
  private readonly scratch = new ProtobufWriter()
  private last: Labels | undefined
  private before: Uint8Array = new Uint8Array()
  private after: Uint8Array = new Uint8Array()

  /**
   * @param declared the label names of the family, which are spelled alike in each series.
   * @param fixed the labels of all series. A label of a series with one of these names becomes `exported_…`.
   * @param added the name of the label that the format adds, `le` or that of a state; empty for none.
   */
  constructor(sample: string, declared: readonly string[], fixed: Labels, added = '') {
    this.spell = labelSpelling(declared, { kept: added, fixed })
    this.declared = declared
    this.fixed = { __name__: sample, ...fixed }
    this.added = Object.hasOwn(fixed, added) ? `exported_${added}` : added
    this.plan = this.planOf(declared)
  }

  /** @param value that of the label that the format adds. */
  write(writer: ProtobufWriter, labels: Labels, value = ''): void {
    if (this.added === '') {
      writeParts(writer, this.planFor(labels).before, labels)
      return
    }
    // The samples of a series follow on each other.
    if (labels !== this.last) {
      const { before, after } = this.planFor(labels)
      this.last = labels
      writeParts(this.scratch, before, labels)
      this.before = this.scratch.finish()
      writeParts(this.scratch, after, labels)
      this.after = this.scratch.finish()
    }
    writer.raw(this.before)
    if (value !== '') writeLabel(writer, this.added, value)
    writer.raw(this.after)
  }

  /** Some series lack declared labels and have others: what is past a limit, or was evicted. */
  private planFor(labels: Labels): Plan {
    for (const name of this.declared) if (typeof labels[name] !== 'string') return this.planOf(Object.keys(labels))
    return this.plan
  }

  private planOf(names: readonly string[]): Plan {
    const own = names.map((name) => ({ name: this.spell(name), own: name }))
    const all = [...own, ...Object.keys(this.fixed).map((name) => ({ name, own: undefined }))]
    const sorted = all.sort((a, b) => (a.name < b.name ? -1 : 1))
    const split = this.added === '' ? sorted.length : sorted.findIndex(({ name }) => name > this.added)
    const end = split < 0 ? sorted.length : split
    return { before: this.partsOf(sorted.slice(0, end)), after: this.partsOf(sorted.slice(end)) }
  }

  private partsOf(labels: readonly { readonly name: string; readonly own: string | undefined }[]): Part[] {
    const parts: Part[] = []
    const writer = new ProtobufWriter()
    for (const { name, own } of labels) {
      if (own === undefined) {
        const value = this.fixed[name] as string
        if (value !== '') writeLabel(writer, name, value)
        continue
      }
      if (writer.length > 0) parts.push(writer.finish())
      parts.push({ name, own })
    }
    return writer.length > 0 ? [...parts, writer.finish()] : parts
  }
}

function writeParts(writer: ProtobufWriter, parts: readonly Part[], labels: Labels): void {
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      writer.raw(part)
      continue
    }
    const value = labels[part.own] as string
    if (value !== '') writeLabel(writer, part.name, value)
  }
}

function writeLabel(writer: ProtobufWriter, name: string, value: string): void {
  const label = writer.begin(seriesField.label)
  writer.text(labelField.name, name)
  writer.text(labelField.value, value)
  writer.end(label)
}
