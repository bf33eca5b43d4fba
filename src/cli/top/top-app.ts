import { matchSelector } from '../../snapshot/selector-match.ts'
import type { Input } from '../screen/input.ts'
import type { Screen } from '../screen/screen.ts'
import { Collector } from './collector.ts'
import { comparedRows } from './compare-view.ts'
import { draw } from './draw.ts'
import { History } from './history.ts'
import { act } from './keys.ts'
import { isCalled, type ListRow, listRows, readFilter } from './list-rows.ts'
import type { Moment, TopSource, Wanted } from './moment.ts'
import { keyOf, type ProcessRow } from './process-row.ts'
import { newState, shownFrame, type TopState, viewOf } from './state.ts'

/** What `top` is started with. */
export interface TopOptions {
  readonly filter?: string | undefined
  /** Of a recording: its name. */
  readonly name?: string | undefined
  /** Said where no process is found. */
  readonly empty: () => string
  /** Shown above the last line. */
  readonly note?: (() => string) | undefined
  /** Finds out what the main thread of a process is doing, in a few words. */
  readonly takeStack: (moment: Moment, key: string) => Promise<string>
  readonly onQuit: () => void
  readonly onRedraw: (isFromScratch: boolean) => void
}

/** So many moments before the one that is gone to are read as well, so that it has its past. */
const secondsBefore = 60

/** The program behind the screen: takes moments and inputs, and has a screen to show. */
export class TopApp {
  readonly state: TopState
  readonly history: History = new History()
  readonly #source: TopSource
  readonly #options: TopOptions
  #collector: Collector
  #latest: Moment | undefined
  #fitting: ReadonlySet<string> = new Set()
  #size: Pick<Screen, 'columns' | 'rows'> = { columns: 80, rows: 24 }

  constructor(source: TopSource, options: TopOptions) {
    this.#source = source
    this.#options = options
    this.#collector = new Collector(source.range === undefined)
    this.state = newState(options.filter)
  }

  /** Begins: with the present, or with the moment at which a recording stands and what was before it. */
  start(): void {
    const { range } = this.#source
    this.advance()
    const time = this.history.frames.at(-1)?.time
    if (range !== undefined && time !== undefined && time > range.from) this.#goTo(time)
  }

  /** Takes the next moment; false at the end of a recording. */
  advance(): boolean {
    const wanted = this.#wanted()
    const moment = this.#source.next(wanted)
    if (moment === undefined) return false
    this.#latest = moment
    this.#fitting = this.#fittingIn(moment)
    this.history.add(this.#collector.add(moment, wanted))
    for (const key of this.state.stacks.keys()) {
      const row = this.history.frames.at(-1)?.rows.find((one) => one.key === key)
      if (row?.page.state !== 'blocked') this.state.stacks.delete(key)
    }
    return true
  }

  /** Draws what is to be seen now on an empty screen, and returns it. */
  drawOn(screen: Screen): Screen {
    this.#size = screen
    const { range } = this.#source
    const list = this.#list()
    const { rows = [], notFound = [] } = this.history.frames.at(-1) ?? {}
    const isEmpty = list.length === 0 && rows.length === 0
    const missing = notFound.map(({ message }) => message).join(' ')
    draw(screen, this.state, this.history, {
      list,
      recording: range && { name: this.#options.name ?? '', ...range },
      empty: isEmpty ? missing || this.#options.empty() : '',
      note: this.#options.note?.() ?? '',
    })
    return screen
  }

  input(input: Input): void {
    act(this.state, input, {
      history: this.history,
      columns: this.#size.columns,
      rows: this.#size.rows,
      list: this.#list(),
      isRecording: this.#source.range !== undefined,
      quit: () => this.#options.onQuit(),
      redraw: () => this.#options.onRedraw(true),
      takeStack: (row) => void this.#takeStack(row),
      move: (by) => this.#move(by),
    })
    this.#readOpened()
  }

  #list(): ListRow[] {
    const frame = this.history.frames[shownFrame(this.state, this.history)]
    const { filter } = this.state
    return listRows(frame, this.state, (row) => filter === '' || isCalled(row, filter) || this.#fitting.has(row.key))
  }

  /** Everything of the pages that are open, and of all where a filter may choose by anything. */
  #wanted(): Wanted {
    const { state, history } = this
    const view = viewOf(state)
    const frame = history.frames.at(-1)
    const whole = new Set(view === 'compare' ? comparedRows(frame, state).map(({ key }) => key) : [])
    if (state.page !== undefined && view !== 'list') whole.add(state.page)
    return { whole, isWhole: state.filter !== '' }
  }

  #fittingIn(moment: Moment): ReadonlySet<string> {
    const { filter } = this.state
    const read = filter === '' ? undefined : readFilter(filter)
    if (read === undefined || 'error' in read) return new Set()
    const fitting = moment.snapshots.filter((one) => read.selectors.some((each) => matchSelector(each, one).length > 0))
    return new Set(fitting.flatMap(({ pages }) => pages.slice(0, 1).map(keyOf)))
  }

  /** What was just opened is read at once; of a recording, with what was before. */
  #readOpened(): void {
    const frame = this.history.frames.at(-1)
    const isKnown = [...this.#wanted().whole].every(
      (key) => frame?.details.has(key) !== false || frame.rows.every((row) => row.key !== key),
    )
    if (frame === undefined || isKnown) return
    if (this.#source.range !== undefined) this.#goTo(frame.time)
    else this.advance()
  }

  async #takeStack(row: ProcessRow): Promise<void> {
    const { state } = this
    try {
      const text = await this.#options.takeStack(this.#latest as Moment, row.key)
      state.message = undefined
      state.stacks.set(row.key, text)
    } catch (error) {
      state.message = (error as Error).message
    }
    this.#options.onRedraw(false)
  }

  /** Goes to another time of a recording: what was before it is read again. */
  #move(by: { readonly seconds: number } | { readonly text: string } | { readonly share: number }): void {
    const { range } = this.#source
    const now = this.history.frames.at(-1)?.time
    if (range === undefined || now === undefined) return
    if ('text' in by) {
      const time = this.#source.timeOf?.(by.text)
      if (time === undefined) this.state.message = `Not a time: ${by.text}. Examples: -90s, 12:30:05.`
      else this.#goTo(time)
    } else if ('share' in by) this.#goTo(range.from + (range.to - range.from) * by.share)
    else if (by.seconds === 1) this.advance()
    else this.#goTo(now + by.seconds)
  }

  #goTo(wanted: number): void {
    const { range } = this.#source
    if (range === undefined) return
    const time = Math.min(range.to, Math.max(range.from, wanted))
    this.#source.seek?.(time - secondsBefore)
    this.#collector = new Collector(false)
    this.history.clear()
    while ((this.history.frames.at(-1)?.time ?? 0) < time && this.advance()) {
      // Each moment up to that time.
    }
  }
}
