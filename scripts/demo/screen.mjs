/** The terminal: frames drawn in place, on a screen of their own that is gone afterwards. */
import { stdin, stdout } from 'node:process'

const enter = '\u001b[?1049h\u001b[?25l'
const leave = '\u001b[?25h\u001b[?1049l'

/** Whether frames make sense here; else lines are written. */
export function canDraw() {
  return stdout.isTTY === true && !process.env.CI && process.env.TERM !== 'dumb'
}

/** Takes the terminal. `onKey` gets each key pressed; `onResize` asks for a new frame. */
export function openScreen({ onKey, onResize }) {
  let open = true
  stdout.write(enter)
  const keys = (bytes) => {
    for (const key of bytes.toString('latin1')) onKey(key)
  }
  if (stdin.isTTY) stdin.setRawMode(true).on('data', keys).resume()
  stdout.on('resize', onResize)
  return {
    /** Draws sections of lines, cut to the terminal; one write, without clearing first, so nothing flickers. */
    draw(sections) {
      if (!open) return
      // Some terminals do not know their size and say 0.
      const columns = stdout.columns || 80
      const rows = stdout.rows || 24
      const text = fit(sections, rows).map((line) => `${cut(line, columns)}\u001b[K`)
      stdout.write(`\u001b[H${text.join('\r\n')}\u001b[J`)
    },
    /** Gives the terminal back as it was; a second call does nothing. */
    close() {
      if (!open) return
      open = false
      stdout.off('resize', onResize).write(leave)
      if (!stdin.isTTY) return
      stdin.off('data', keys).pause()
      try {
        stdin.setRawMode(false)
      } catch {
        // The terminal itself is gone, and its modes with it.
      }
    },
  }
}

/** The lines of all sections, with as many blank lines between them as there is room for. */
function fit(sections, rows) {
  const filled = sections.filter((lines) => lines.length > 0)
  let gaps = rows - filled.flat().length
  const spaced = filled.flatMap((lines, i) => (i < filled.length - 1 && gaps-- > 0 ? [...lines, ''] : lines))
  return spaced.slice(0, rows)
}

/** Text of at most `columns` characters; style sequences, such as ESC[1m, take none. */
function cut(text, columns) {
  let room = columns
  const pieces = text.split('\u001b[').map((piece, i) => {
    const from = i === 0 ? 0 : piece.indexOf('m') + 1
    const shown = [...piece.slice(from)].slice(0, room)
    room -= shown.length
    return piece.slice(0, from) + shown.join('')
  })
  return pieces.join('\u001b[')
}
