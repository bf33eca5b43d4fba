import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import { labelSpelling } from '../exposition/labels.ts'

/** How a protocol writes labels. */
export interface LabelStyle {
  /** Before the first label, and before each other one. */
  readonly first: string
  readonly next: string
  /** Between the name of a label and its value; `undefined` where labels are nodes of a path, which have no names. */
  readonly equals: string | undefined
  /** The same in nodes, for labels that the family did not declare, such as `overflow`. `=`: no escaped value contains it. */
  readonly nodeEquals: '=' | '_'
  /** Whether a value may stand as it is: fast, and false only if {@link escape} may change it. */
  isPlain(value: string): boolean
  /** A value as the protocol takes it. `''` leaves the label out. */
  escape(value: string): string
  /** Bytes of an escaped value; a longer one has no place at the receiver. */
  readonly maxBytes: number
}

type Escaped = ReadonlyMap<string, string | undefined>

/** The labels of each series of a family as a text. */
export class LabelTexts {
  /** Whether two values of one label come out alike, so that two series may. */
  readonly areAmbiguous: boolean
  readonly #names: readonly string[]
  readonly #style: LabelStyle
  readonly #openings: readonly string[]
  /** Values that are not plain, as they are written, by label. `undefined`: too long. */
  readonly #escaped: readonly Escaped[]
  readonly #spell: (name: string) => string

  constructor({ labelNames, series }: FamilySnapshot, style: LabelStyle) {
    this.#names = labelNames
    this.#spell = labelSpelling(labelNames, { kept: 'name' })
    this.#style = style
    this.#openings = labelNames.map((name) => (style.equals === undefined ? '' : this.#spell(name) + style.equals))
    this.#escaped = labelNames.map((name) => new Map(escapedValues(series, name, style)))
    const isSparse = ({ labels }: { readonly labels: Labels }) =>
      labelNames.some((name) => typeof labels[name] !== 'string')
    this.areAmbiguous =
      labelNames.some((name, i) => isAmbiguous(this.#escaped[i] as Escaped, name, series)) ||
      (style.nodeEquals !== '=' && series.some(isSparse))
  }

  /** `undefined` where a value is too long. */
  of(labels: Labels): string | undefined {
    const { first, next } = this.#style
    let text = ''
    for (let i = 0; i < this.#names.length; i++) {
      const value = labels[this.#names[i] as string]
      if (typeof value !== 'string') return this.#sparse(labels)
      const known = this.#escaped[i] as Escaped
      const written = known.size > 0 && known.has(value) ? known.get(value) : value
      if (written === undefined) return undefined
      if (written !== '') text += (text === '' ? first : next) + (this.#openings[i] as string) + written
    }
    return this.#names.length === 0 ? this.#sparse(labels) : text
  }

  /** A series that lacks declared labels, such as the one for the overflow: as nodes its labels have their names, too. */
  #sparse(labels: Labels): string | undefined {
    const { first, next, equals, nodeEquals, maxBytes } = this.#style
    let text = ''
    for (const [name, value] of Object.entries(labels)) {
      const written = escapeOne(this.#style, value)
      if (written === undefined || name.length > maxBytes) return undefined
      const opening = this.#spell(name) + (equals ?? nodeEquals)
      if (written !== '') text += (text === '' ? first : next) + opening + written
    }
    return text
  }
}

function* escapedValues(
  series: FamilySnapshot['series'],
  name: string,
  style: LabelStyle,
): Generator<[string, string | undefined]> {
  let before: string | undefined
  for (const { labels } of series) {
    const value = labels[name]
    if (value === before || typeof value !== 'string' || style.isPlain(value)) continue
    before = value
    yield [value, escapeOne(style, value)]
  }
}

function escapeOne(style: LabelStyle, value: string): string | undefined {
  if (value.length > style.maxBytes) return undefined
  const written = style.escape(value)
  return written.length * 3 > style.maxBytes && utf8Length(written) > style.maxBytes ? undefined : written
}

function isAmbiguous(escaped: Escaped, name: string, series: FamilySnapshot['series']): boolean {
  if (escaped.size === 0) return false
  const written = new Set(escaped.values())
  if (written.size < escaped.size) return true
  return series.some(({ labels: { [name]: value } }) => written.has(value) && !escaped.has(value as string))
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0x80) bytes += c >= 0x800 && (c < 0xd800 || c > 0xdfff) ? 2 : 1
  }
  return bytes
}
