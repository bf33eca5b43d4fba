import xterm from '@xterm/headless'
import { paint } from '#src/cli/screen/paint.ts'
import type { Screen } from '#src/cli/screen/screen.ts'
import type { ColorDepth } from '#src/cli/screen/styles.ts'

/** A terminal in this process, which shows what is painted. */
export class Emulator {
  readonly terminal: xterm.Terminal
  #before: Screen | undefined
  readonly #depth: ColorDepth

  constructor(columns: number, rows: number, depth: ColorDepth = 24) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
    this.#depth = depth
  }

  /** Paints a screen over the one before; returns what was written. */
  async show(screen: Screen): Promise<string> {
    if (screen.columns !== this.terminal.cols || screen.rows !== this.terminal.rows)
      this.terminal.resize(screen.columns, screen.rows)
    const text = paint(this.#before, screen, { depth: this.#depth })
    this.#before = screen
    await this.write(text)
    return text
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(text, resolve))
  }

  /** The character at a place. */
  at(x: number, y: number): string {
    const { active } = this.terminal.buffer
    return (
      active
        .getLine(active.viewportY + y)
        ?.getCell(x)
        ?.getChars() || ' '
    )
  }

  /** The lines that it shows, without blanks at their ends. */
  lines(): string[] {
    const { active } = this.terminal.buffer
    return Array.from(
      { length: this.terminal.rows },
      (_, y) =>
        active
          .getLine(active.viewportY + y)
          ?.translateToString(true)
          .trimEnd() ?? '',
    )
  }
}

/** What is painted without the sequences of the painter itself. */
export function withoutSequences(painted: string): string {
  const [first = '', ...pieces] = painted.split('\u001b[')
  return first + pieces.map((piece) => piece.replace(/^[?\d;]*[HJhlm]/, '')).join('')
}
