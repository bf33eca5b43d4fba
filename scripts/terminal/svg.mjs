/** Draws lines of a terminal as an SVG: no script, no font and no request to anywhere. */
const fontSize = 14
const columnWidth = 8.43
const lineHeight = 19
const padding = 18

const style = `
text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d4d8de }
.b { font-weight: bold; fill: #fff }
.d { fill: #8b949e }
.g { fill: #56d364 }
.r { fill: #ff7b72 }
.y { fill: #e3b341 }
.i { fill: #0d1117 }
.c { fill: #79c0ff }`

/** The picture of lines with escape sequences for bold, dim, inverse and 16 colours. */
export function renderTerminal(lines, title) {
  const cells = lines.map(parseLine)
  const columns = Math.max(...cells.map((line) => line.length))
  const width = Math.ceil(columns * columnWidth + 2 * padding)
  const height = lines.length * lineHeight + 2 * padding
  const rows = cells.flatMap((line, row) => [...bars(line, row), ...wordsOf(line).map((word) => drawn(word, row))])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${style}\n</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

/** The characters of a line, each with its style. */
function parseLine(line) {
  const [plain = '', ...styled] = line.split('\u001b[')
  let current = ''
  let isInverse = false
  return [...[...plain].map((text) => ({ text, style: '' })), ...styled.flatMap(spans)]

  function spans(piece) {
    const end = piece.indexOf('m')
    for (const code of piece.slice(0, end).split(';')) {
      current = styleAfter(code, current)
      isInverse = code === '7' || (isInverse && !['', '0', '27'].includes(code))
    }
    const style = isInverse ? 'i' : current
    return [...piece.slice(end + 1)].map((text) => ({ text, style }))
  }
}

function styleAfter(code, current) {
  const styles = { '': '', 0: '', 1: 'b', 2: 'd', 22: '', 31: 'r', 32: 'g', 33: 'y', 36: 'c', 39: '' }
  return styles[code] ?? current
}

/** What stands behind inverse text. */
function bars(line, row) {
  const from = line.findIndex(({ style }) => style === 'i')
  if (from === -1) return []
  const columns = line.findLastIndex(({ style }) => style === 'i') + 1 - from
  const x = (padding + from * columnWidth).toFixed(1)
  const place = `x="${x}" y="${padding + row * lineHeight}" width="${(columns * columnWidth).toFixed(1)}" height="${lineHeight}"`
  return [`<rect ${place} fill="#d4d8de"/>`]
}

/** Runs of one style without a gap of two blanks, so that columns stand where they are in any font. */
function wordsOf(line) {
  const words = []
  for (const [column, { text, style }] of line.entries()) {
    const last = words.at(-1)
    const gap = last === undefined ? 1 : column - last.column - [...last.text].length
    if (text === ' ') continue
    if (last !== undefined && last.style === style && gap <= 1) last.text += ' '.repeat(gap) + text
    else words.push({ column, text, style })
  }
  return words
}

function drawn({ column, text, style }, row) {
  const x = (padding + column * columnWidth).toFixed(1)
  const y = padding + row * lineHeight + fontSize
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const kind = text.startsWith('#') ? 'c' : style
  return `<text x="${x}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${escaped}</text>`
}
