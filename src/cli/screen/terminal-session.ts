import type { ReadStream, WriteStream } from 'node:tty'
import { asciiGlyphs } from './glyphs.ts'
import { type Input, InputParser } from './input.ts'
import { type PaintOptions, paint } from './paint.ts'
import { Screen } from './screen.ts'
import type { ColorDepth } from './styles.ts'

// The other screen, no cursor, no line wrap, presses of the mouse and its wheel as SGR sequences.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?1000h\u001b[?1006h'
const leave = '\u001b[?2026l\u001b[0m\u001b[?1006l\u001b[?1000l\u001b[?7h\u001b[?25h\u001b[?1049l'

/** An Escape is that key alone when no more of a sequence comes within this time. */
const escapeMs = 50

/** A terminal to draw on and to be typed at. */
export interface TerminalStreams {
  /** `undefined` where nobody can type. */
  readonly input: ReadStream | undefined
  readonly output: WriteStream
  readonly env: NodeJS.ProcessEnv
}

/** What happens on a terminal. */
export interface TerminalEvents {
  onInput(input: Input): void
  /** It has another size, or came back from being suspended: draw again. */
  onRedraw(): void
  /** It is gone. */
  onEnd(): void
}

/**
 * A terminal as long as a program has all of it. Whatever ends the process gives it back as it was: an exit, an error, a
 * signal, and Ctrl-Z until the process goes on.
 */
export class TerminalSession {
  readonly #streams: TerminalStreams
  readonly #events: TerminalEvents
  readonly #options: PaintOptions
  readonly #parser = new InputParser()
  #shown: Screen | undefined
  /** What was shown before that. */
  #spare: Screen | undefined
  #escape: NodeJS.Timeout | undefined
  #isEntered = false

  constructor(streams: TerminalStreams, color: boolean, events: TerminalEvents) {
    const { env, output } = streams
    this.#streams = streams
    this.#events = events
    this.#options = { depth: color ? (output.getColorDepth(env) as ColorDepth) : 1, ascii: asciiGlyphs(env) }
  }

  get columns(): number {
    return this.#streams.output.columns || 80
  }

  get rows(): number {
    return this.#streams.output.rows || 24
  }

  open(): void {
    const { input, output } = this.#streams
    process.on('exit', this.#leave).on('uncaughtExceptionMonitor', this.#leave)
    process.on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume)
    output.on('resize', this.#redraw)
    input?.setEncoding('utf8').on('data', this.#take).on('end', this.#end).on('error', this.#end)
    this.#enter()
  }

  close(): void {
    const { input, output } = this.#streams
    this.#leave()
    clearTimeout(this.#escape)
    process.off('exit', this.#leave).off('uncaughtExceptionMonitor', this.#leave)
    process.off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume)
    output.off('resize', this.#redraw)
    input?.off('data', this.#take).off('end', this.#end).off('error', this.#end).pause()
  }

  /** An empty screen of the size of the terminal, to draw on until it is shown. */
  blank(): Screen {
    const { columns, rows } = this
    const spare = this.#spare
    if (spare?.columns !== columns || spare.rows !== rows) return new Screen(columns, rows)
    spare.clear()
    return spare
  }

  /** Shows a screen; the one that was shown before may be drawn on again. */
  draw(screen: Screen): void {
    if (!this.#isEntered) return
    const text = paint(this.#shown, screen, this.#options)
    this.#spare = this.#shown
    this.#shown = screen
    if (text !== '') this.#streams.output.write(text)
  }

  /** Draws everything again with the next screen, as something else may have written to the terminal. */
  forget(): void {
    this.#shown = undefined
  }

  readonly #redraw = (): void => this.#events.onRedraw()
  readonly #end = (): void => this.#events.onEnd()

  #enter(): void {
    if (this.#isEntered) return
    this.#isEntered = true
    this.#shown = undefined
    this.#streams.input?.setRawMode(true)
    this.#streams.output.write(enter)
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return
    this.#isEntered = false
    this.#streams.output.write(leave)
    this.#streams.input?.setRawMode(false)
  }

  readonly #suspend = (): void => {
    this.#leave()
    process.kill(process.pid, 'SIGSTOP')
  }

  readonly #resume = (): void => {
    this.#enter()
    this.#events.onRedraw()
  }

  readonly #take = (text: string): void => {
    clearTimeout(this.#escape)
    this.#pass(this.#parser.add(text))
    if (this.#parser.isPending) this.#escape = setTimeout(() => this.#pass(this.#parser.flush()), escapeMs)
  }

  #pass(inputs: readonly Input[]): void {
    for (const input of inputs) {
      // In raw mode the terminal sends no signal; the job of the shell is the whole group.
      if ('key' in input && input.key === 'ctrl-z') process.kill(0, 'SIGTSTP')
      else this.#events.onInput(input)
    }
  }
}
