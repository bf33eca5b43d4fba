/** What stands in place of single characters. */
export type AsciiGlyphs = ReadonlyMap<string, string>

const blocks = '▁▂▃▄▅▆▇█'
const asciiBlocks = '..::-=+#'

/** For terminals whose locale has ASCII only. */
const ascii: AsciiGlyphs = new Map([
  ...Array.from(blocks, (block, i) => [block, asciiBlocks[i] as string] as const),
  ...[...'▏▎▍▌▋▊▉'].map((block) => [block, '#'] as const),
  ['▲', '!'],
  ['✖', 'x'],
  ['●', '*'],
  ['○', 'o'],
  ['─', '-'],
  ['│', '|'],
  ['┤', '|'],
  ['└', '+'],
  ['…', '~'],
  ['▸', '>'],
  ['▾', 'v'],
  ['←', '<'],
  ['→', '>'],
  ['µ', 'u'],
  ['·', '.'],
  ['–', '-'],
])

/** The character, or what stands for it. */
export function asciiOf(character: string, glyphs: AsciiGlyphs): string {
  if (character.charCodeAt(0) < 0x7f) return character
  const known = glyphs.get(character)
  if (known !== undefined) return known
  return /^[\u2800-\u28ff]$/.test(character) ? (character === '\u2800' ? ' ' : '*') : '?'
}

/** `undefined` where the locale is one of UTF-8, or says nothing. */
export function asciiGlyphs({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): AsciiGlyphs | undefined {
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  return locale === '' || /utf-?8/i.test(locale) ? undefined : ascii
}

/**
 * Values as a line of blocks, the newest at its end, of at most `width` columns; a value that is missing is a blank. From 0, or
 * from the smallest value where `isFromZero` is false, to the largest one.
 */
export function sparkline(values: readonly (number | undefined)[], width: number, isFromZero = true): string {
  let low = isFromZero ? 0 : Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  const first = Math.max(0, values.length - width)
  for (let i = first; i < values.length; i++) {
    const value = values[i]
    if (value === undefined || !Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  let text = ' '.repeat(width - (values.length - first))
  for (let i = first; i < values.length; i++) text += blockOf(values[i], low, high - low)
  return text
}

function blockOf(value: number | undefined, low: number, range: number): string {
  if (value === undefined || !Number.isFinite(value)) return ' '
  return blocks[range > 0 ? Math.min(7, Math.floor(((value - low) / range) * 8)) : 0] as string
}
