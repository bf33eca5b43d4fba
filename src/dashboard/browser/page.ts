import { AppView } from './app-view.ts'
import { fill, h, name } from './dom.ts'
import { Explore } from './explore.ts'
import { formatTime } from './format.ts'
import type { FromHub, ToHub } from './hub.ts'
import { connect, getPoints, sameShown } from './link.ts'
import { Overview } from './overview.ts'
import { PlayBar } from './play-bar.ts'
import type { FindingLine, Hello, Mark, ProcessRow, Shown, Tick } from './protocol.ts'
import { Targets } from './targets.ts'
import { Toolbar } from './toolbar.ts'
import { TrackData } from './track-data.ts'
import { beginOf, formatState, parseState, type ViewState } from './view-state.ts'

const maxMarks = 1000
const longest = 3600

export function startPage(): void {
  const page = new Page()
  page.start()
}

/** The page: what is looked at, and what comes from the server. */
class Page {
  readonly #data = new TrackData()
  readonly #main = h('main', { id: 'main' })
  readonly #messages = h('ul', { class: 'messages', role: 'status', hidden: true })
  readonly #targets = new Targets({
    view: () => this.#view,
    processes: () => this.#processes,
    goTo: (app, process) => this.#goTo(this.#link(app, process)),
    pin: (metric) => this.#change({ pins: [...new Set([...this.#state.pins, metric])] }),
  })
  readonly #explore = new Explore(
    () => this.#targets.all(),
    () => this.#targets.load(),
  )
  readonly #toolbar: Toolbar
  readonly #playBar = new PlayBar()
  readonly #overview = new Overview(this.#data, (app, process) => this.#link(app, process))
  #state = parseState(location.search)
  #view: AppView | undefined
  #hello: Hello | undefined
  #marks: readonly Mark[] = []
  #processes: readonly ProcessRow[] = []
  #findings: readonly FindingLine[] = []
  #versions: Tick['catalogs'] = {}
  #now = Date.now() / 1000
  #isPaused = false
  #shown: Shown = { all: false, apps: [], tracks: [] }
  /** Counts up whenever points that are on their way are not wanted any more. */
  #requests = 0
  #send: (message: ToHub) => void = () => {}

  constructor() {
    this.#toolbar = new Toolbar({
      setRange: (range) => this.#change({ range }),
      pause: () => this.#pause(),
      explore: () => this.#explore.open(),
      retheme: () => {
        this.#view?.rebuild()
        this.#drawOverview()
      },
    })
    document.body.append(
      this.#toolbar.element,
      this.#playBar.element,
      this.#messages,
      this.#main,
      this.#explore.element,
      this.#toolbar.help,
    )
  }

  start(): void {
    this.#open()
    this.#send = connect((message) => this.#receive(message))
    addEventListener('popstate', () => {
      this.#state = parseState(location.search)
      this.#open()
    })
    addEventListener('resize', () => this.#view?.resize())
    document.addEventListener('click', (event) => this.#click(event))
    document.addEventListener('keydown', (event) => this.#key(event))
  }

  #receive(message: FromHub): void {
    if (message.kind === 'lost') this.#toolbar.setStatus('lost')
    else if (message.kind === 'hello') this.#greet(message.hello)
    else this.#tick(message.tick)
  }

  #greet(hello: Hello): void {
    const isOther = this.#hello !== undefined && this.#hello.run !== hello.run
    this.#hello = hello
    this.#marks = hello.marks
    this.#showStatus()
    this.#playBar.setRecording(hello.recording)
    if (isOther) {
      // Numbers of tracks mean others now.
      this.#data.clear()
      this.#overview.reset()
      this.#forgetShown()
      this.#open()
    } else this.#reload()
  }

  #tick(tick: Tick): void {
    const byId = new Map(this.#marks.map((mark) => [`${mark.process} ${mark.kind} ${mark.time}`, mark]))
    for (const mark of tick.marks) byId.set(`${mark.process} ${mark.kind} ${mark.time}`, mark)
    this.#marks = [...byId.values()].slice(-maxMarks)
    this.#data.add(tick.time, tick.values, longest)
    this.#processes = tick.processes ?? []
    this.#findings = tick.findings ?? []
    this.#versions = tick.catalogs
    fill(this.#messages, ...tick.failures.map((text) => h('li', {}, name(text, 'text'))))
    this.#messages.hidden = tick.failures.length === 0
    this.#playBar.setTime(tick.time, tick.isPlaying === true)
    if (this.#isPaused) return
    this.#now = tick.time
    this.#showStatus()
    this.#toolbar.setTime(formatTime(tick.time))
    this.#update()
  }

  #update(): void {
    this.#view?.update(this.#processes, this.#findings, this.#versions[this.#view.app])
    if (this.#view === undefined) this.#drawOverview()
    this.#showSoon()
  }

  #drawOverview(): void {
    const { range } = this.#state
    this.#overview.update(this.#processes, this.#findings, { from: this.#from(), now: this.#now, range })
  }

  /** The left edge of charts. */
  #from(): number {
    return beginOf(this.#state.range, this.#hello?.recording?.from ?? this.#hello?.since ?? 0, this.#now)
  }

  /** Shows what the state says. */
  #open(): void {
    const { app, process, range } = this.#state
    this.#view?.remove()
    this.#view = undefined
    this.#toolbar.setPlace(app, process, (one) => this.#link(one))
    this.#toolbar.setRange(range)
    document.title = [process, app, 'plimsoll'].filter(Boolean).join(' · ')
    if (app === undefined) fill(this.#main, this.#overview.element)
    else {
      this.#view = new AppView(app, process, {
        data: this.#data,
        marks: () => this.#marks,
        now: () => this.#now,
        from: () => this.#from(),
        state: () => this.#state,
        link: (one, other) => this.#link(one, other),
        change: (changes) => this.#change(changes),
        shown: () => this.#showSoon(),
      })
      fill(this.#main, this.#view.element)
    }
    this.#showSoon()
  }

  /** A part of the state that leaves the page what it is. */
  #change(changes: Partial<ViewState>): void {
    const before = this.#state
    this.#state = { ...before, ...changes }
    history.replaceState(null, '', formatState(this.#state))
    if (before.range !== this.#state.range) {
      this.#toolbar.setRange(this.#state.range)
      this.#reload()
      this.#view?.rebuild()
      if (this.#view === undefined) this.#drawOverview()
    }
    if ('pins' in changes) this.#view?.arrange()
    if (before.window?.join() !== this.#state.window?.join()) this.#view?.changeWindow()
    this.#view?.draw()
  }

  /** Where another app or process is: what is pinned stays. */
  #link(app?: string, process?: string): string {
    const { range, pins, views } = this.#state
    return formatState({ app, process, range, pins, views, window: undefined })
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused
    this.#showStatus()
  }

  #showStatus(): void {
    const running = this.#hello?.recording === undefined ? 'live' : 'recording'
    this.#toolbar.setStatus(this.#isPaused ? 'paused' : running)
  }

  /** Requests the points again: some were missed, or a longer period is shown. */
  #reload(): void {
    for (const id of this.#shown.tracks) this.#data.forget(id)
    this.#forgetShown()
    this.#showSoon()
  }

  /** Answers that were asked for before are too late. */
  #forgetShown(): void {
    this.#shown = { all: false, apps: [], tracks: [] }
    this.#requests++
  }

  #isShowing = false
  #showSoon(): void {
    if (this.#isShowing) return
    this.#isShowing = true
    queueMicrotask(() => {
      this.#isShowing = false
      void this.#show()
    })
  }

  /** Sends the visible tracks to the hub, and requests the points of those that have become visible. */
  async #show(): Promise<void> {
    const { app } = this.#state
    const tracks = this.#view?.tracks() ?? this.#overview.tracks()
    const shown: Shown = {
      all: app === undefined,
      apps: app === undefined ? [] : [app],
      tracks: tracks.toSorted((a, b) => a - b),
    }
    if (sameShown(shown, this.#shown)) return
    const known = new Set(this.#shown.tracks)
    this.#shown = shown
    this.#send({ kind: 'show', shown })
    // What was out of sight has a gap.
    const missing = shown.tracks.filter((id) => !known.has(id))
    if (missing.length === 0) return
    const request = this.#requests
    const points = await getPoints(missing, this.#state.range)
    if (request !== this.#requests) return
    this.#data.load(points)
    this.#view?.draw()
    if (this.#view === undefined) this.#drawOverview()
  }

  #click(event: MouseEvent): void {
    const link = (event.target as Element).closest?.('a[data-link]')
    if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return
    event.preventDefault()
    // What was pinned since the link was made stays.
    const { app, process } = parseState(link.search)
    this.#goTo(this.#link(app, process))
  }

  #goTo(address: string): void {
    history.pushState(null, '', address)
    this.#state = parseState(location.search)
    this.#open()
    this.#update()
    scrollTo(0, 0)
  }

  #key(event: KeyboardEvent): void {
    const isTyping = event.target instanceof Element && event.target.closest('input, dialog') !== null
    if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return
    if (event.key === '/') this.#explore.open()
    else if (event.key === '?') this.#toolbar.openHelp()
    else if (event.key === 'p') this.#pause()
    else if (event.key === 't') this.#toolbar.switchTheme()
    else if (event.key === 'Escape' && this.#state.window !== undefined) this.#change({ window: undefined })
    else if (event.key === 'Backspace' && this.#state.app !== undefined)
      this.#goTo(this.#state.process === undefined ? this.#link() : this.#link(this.#state.app))
    else return
    event.preventDefault()
  }
}
