import { characterWidth, printable } from '../../formats/table/printable.ts'
import type { Style } from './styles.ts'

/** A letter may have so many combining marks; more would draw over other lines. */
const maxMarks = 2

/** What a terminal is to show: a grid of characters with their styles. */
export class Screen {
  readonly columns: number
  readonly rows: number
  /** One for each place; empty for the second half of a wide character. */
  readonly texts: string[]
  readonly styles: Style[]

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.texts = new Array(columns * rows).fill(' ')
    this.styles = new Array(columns * rows).fill('plain')
  }

  /** Empties it, to be drawn on again. */
  clear(): void {
    this.texts.fill(' ')
    this.styles.fill('plain')
  }

  /**
   * Writes text from column `x` of row `y` on, in at most `width` columns; what has no room ends in `…`. Any text will do: what
   * could act on a terminal becomes U+FFFD. Returns the column behind it.
   */
  put(x: number, y: number, text: string, style: Style = 'plain', width: number = this.columns - x): number {
    const room = Math.min(width, this.columns - x)
    if (y < 0 || y >= this.rows || x < 0 || room <= 0) return x
    if (text.length <= room && isPlain(text)) {
      for (let i = 0; i < text.length; i++) this.set(x + i, y, text[i] as string, style)
      return x + text.length
    }
    // A label of 10 kB is not looked at as a whole.
    const characters = charactersOf(text.slice(0, 4 * (room + 1)))
    const isCut = charactersWidth(characters) > room || text.length > 4 * (room + 1)
    const limit = isCut ? room - 1 : room
    let at = 0
    for (const { text: character, columns } of characters) {
      if (at + columns > limit) break
      this.set(x + at, y, character, style)
      if (columns === 2) this.set(x + at + 1, y, '', style)
      at += columns
    }
    if (isCut) this.set(x + at++, y, '…', style)
    return x + at
  }

  /** The same, ending before column `end`. */
  putRight(end: number, y: number, text: string, style: Style = 'plain', width: number = end): void {
    if (text.length <= width && isPlain(text)) {
      this.put(end - text.length, y, text, style, text.length)
      return
    }
    const taken = Math.min(width, charactersWidth(charactersOf(text.slice(0, 4 * (width + 1)))))
    this.put(end - taken, y, text, style, taken)
  }

  /** Fills a part of a row with one style, its text too where `text` is given. */
  fill(x: number, y: number, width: number, style: Style, text?: string): void {
    for (let at = x; at < Math.min(x + width, this.columns); at++) {
      if (text !== undefined) this.texts[y * this.columns + at] = text
      this.styles[y * this.columns + at] = style
    }
  }

  /** The lines as plain text, without blanks at their ends. */
  lines(): string[] {
    return Array.from({ length: this.rows }, (_, y) =>
      this.texts
        .slice(y * this.columns, (y + 1) * this.columns)
        .join('')
        .trimEnd(),
    )
  }

  private set(x: number, y: number, text: string, style: Style): void {
    const at = y * this.columns + x
    this.texts[at] = text
    this.styles[at] = style
  }
}

/** What most texts are, and all that `top` draws: each character takes one column, and nothing acts on a terminal. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7eµ·…✖\u2500-\u25fc\u2800-\u28ff]*$/.test(text)
}

interface Character {
  readonly text: string
  readonly columns: number
}

function charactersOf(text: string): Character[] {
  if (isPlain(text)) return Array.from(text, (each) => ({ text: each, columns: 1 }))
  const characters: { text: string; columns: number; marks: number }[] = []
  for (const each of printable(text)) {
    const columns = characterWidth(each)
    const last = characters.at(-1)
    if (columns > 0) characters.push({ text: each, columns, marks: 0 })
    else if (last !== undefined && last.marks++ < maxMarks) last.text += each
  }
  return characters
}

function charactersWidth(characters: readonly Character[]): number {
  return characters.reduce((sum, { columns }) => sum + columns, 0)
}
