/**
 * Text that is safe on a terminal: control characters, those that turn the direction of writing or have no width,
 * line separators and lone surrogates become U+FFFD. So nothing that came from a page can move the cursor, colour or hide text.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** Columns that printable text takes in a terminal; wide East Asian characters and emoji take two, combining marks none. */
export function printedWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const c of text) width += characterWidth(c)
  return width
}

/** Text of at most `width` columns; what had to go is `…`. */
export function cut(text: string, width: number): string {
  if (printedWidth(text) <= width) return text
  let kept = ''
  let room = width - 1
  for (const c of text) {
    room -= characterWidth(c)
    if (room < 0) break
    kept += c
  }
  return `${kept}…`
}

/** Text of at most `width` columns that keeps its end too, as labels often differ there only. */
export function cutMiddle(text: string, width: number): string {
  if (printedWidth(text) <= width) return text
  let end = ''
  let room = Math.floor(width / 3)
  for (const c of [...text].reverse()) {
    room -= characterWidth(c)
    if (room < 0) break
    end = c + end
  }
  return cut(text, width - printedWidth(end)) + end
}

/** Text with blanks behind it, up to `width` columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - printedWidth(text)))
}

/** Columns that one printable character takes. */
export function characterWidth(c: string): number {
  if (/^\p{M}$/u.test(c)) return 0
  return /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$|^\p{Emoji_Presentation}$|^[\u{20000}-\u{3fffd}]$/u.test(
    c,
  )
    ? 2
    : 1
}
