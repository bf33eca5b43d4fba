import { type AsciiGlyphs, asciiOf } from './glyphs.ts'
import type { Screen } from './screen.ts'
import { type ColorDepth, codesOf, type Style } from './styles.ts'

/** Terminals that know mode 2026 show what stands between these at once; all others pass over them. */
const beginFrame = '\u001b[?2026h'
const endFrame = '\u001b[?2026l'

/** What a painter needs to know of its terminal. */
export interface PaintOptions {
  readonly depth: ColorDepth
  /** What stands in place of characters that the terminal does not have; `undefined` where it has all. */
  readonly ascii?: AsciiGlyphs | undefined
}

/**
 * What turns one screen into the next on a terminal, in one piece: only the characters that differ are written. All of them
 * where the screen before is not known, or had another size. Empty where nothing differs.
 */
export function paint(before: Screen | undefined, after: Screen, { depth, ascii }: PaintOptions): string {
  const known = before?.columns === after.columns && before.rows === after.rows ? before : undefined
  const codes = codesOf(depth)
  let text = ''
  let style: Style | undefined
  for (let y = 0; y < after.rows; y++) {
    let next = -1
    for (let x = 0; x < after.columns; x++) {
      const at = y * after.columns + x
      const character = after.texts[at] as string
      if (character === '' || (known !== undefined && isSame(known, after, at))) continue
      if (x !== next) text += `\u001b[${y + 1};${x + 1}H`
      const wanted = after.styles[at] as Style
      if (wanted !== style) text += `\u001b[${codes[wanted]}m`
      style = wanted
      text += ascii === undefined ? character : asciiOf(character, ascii)
      // Terminals do not agree on the width of all others, so the cursor is placed again behind them.
      next = isNarrow(character) ? x + 1 : -1
    }
  }
  if (text === '' && known !== undefined) return ''
  return `${beginFrame}${known === undefined ? '\u001b[0m\u001b[2J' : ''}${text}\u001b[0m${endFrame}`
}

/** Of a wide character both halves count. */
function isSame(before: Screen, after: Screen, at: number): boolean {
  if (before.texts[at] !== after.texts[at] || before.styles[at] !== after.styles[at]) return false
  return (before.texts[at + 1] === '') === (after.texts[at + 1] === '')
}

/** ASCII, and the lines, blocks and dots that `top` draws. */
function isNarrow(character: string): boolean {
  const code = character.charCodeAt(0)
  return character.length === 1 && (code < 0x7f || (code >= 0x2500 && code < 0x2900))
}
