import { fill, h, name, setText } from './dom.ts'
import { isDark } from './palette.ts'
import { ranges } from './view-state.ts'

/** What the bar does. */
export interface ToolbarActions {
  setRange(seconds: number): void
  pause(): void
  explore(): void
  retheme(): void
}

export type Status = 'connecting' | 'live' | 'recording' | 'paused' | 'lost'

const statusTexts: Readonly<Record<Status, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  recording: 'Recording',
  paused: 'PAUSED',
  lost: 'No connection',
}
const themeKey = 'plimsoll-theme'
const keys: readonly (readonly [string, string])[] = [
  ['/', 'find a metric, app or process by name'],
  ['p', 'pause, and go on'],
  ['t', 'dark or light'],
  ['Backspace', 'to the app, then to all apps'],
  ['Esc', 'close what is open'],
  ['?', 'these keys'],
]

/** The bar at the top, and the list of keys. */
export class Toolbar {
  readonly element: HTMLElement
  readonly help: HTMLDialogElement
  readonly #actions: ToolbarActions
  readonly #place = h('nav', { 'aria-label': 'Place' })
  readonly #status: HTMLButtonElement
  readonly #time = h('time')
  readonly #ranges: readonly HTMLButtonElement[]

  constructor(actions: ToolbarActions) {
    this.#actions = actions
    this.#status = h(
      'button',
      { type: 'button', class: 'status connecting', onclick: actions.pause },
      statusTexts.connecting,
    )
    this.#ranges = ranges.map(([seconds, label]) =>
      h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => actions.setRange(seconds) }, label),
    )
    const button = (label: string, sign: string, onclick: () => void): HTMLElement =>
      h('button', { type: 'button', 'aria-label': label, title: label, onclick }, sign)
    this.element = h(
      'header',
      { class: 'bar' },
      this.#place,
      h('div', { class: 'tabs', role: 'group', 'aria-label': 'Time that charts show' }, ...this.#ranges),
      h(
        'div',
        { class: 'tools' },
        this.#time,
        this.#status,
        h('button', { type: 'button', class: 'find', onclick: actions.explore }, 'Find ', h('kbd', {}, '/')),
        button('Dark or light', '◐', () => this.switchTheme()),
        button('Keys', '?', () => this.openHelp()),
      ),
    )
    const rows = keys.map(([key, text]) => h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)))
    const close = h('button', { type: 'button', onclick: () => this.help.close() }, 'Close')
    this.help = h(
      'dialog',
      { class: 'help', 'aria-label': 'Keys' },
      h('h2', {}, 'Keys'),
      h('dl', {}, ...rows),
      h('p', { class: 'quiet' }, 'Drag over a chart to see what changed in that time.'),
      close,
    )
    const chosen = readTheme()
    if (chosen !== undefined) document.documentElement.dataset.theme = chosen
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => actions.retheme())
  }

  setPlace(app: string | undefined, process: string | undefined, link: (app?: string) => string): void {
    const step = (href: string, text: string, isLast: boolean): HTMLElement =>
      h('a', { href, 'data-link': true, 'aria-current': isLast ? 'page' : undefined }, name(text))
    fill(
      this.#place,
      h('h1', {}, step(link(), 'plimsoll', app === undefined)),
      app !== undefined && step(link(app), app, process === undefined),
      process !== undefined && step(location.href, process, true),
    )
  }

  setRange(range: number): void {
    for (const [i, button] of this.#ranges.entries())
      button.setAttribute('aria-pressed', String(ranges[i]?.[0] === range))
  }

  setStatus(status: Status): void {
    if (this.#status.classList.contains(status)) return
    this.#status.className = `status ${status}`
    setText(this.#status, statusTexts[status])
    this.#status.title = status === 'paused' ? 'Go on' : 'Pause'
  }

  setTime(text: string): void {
    setText(this.#time, text)
  }

  openHelp(): void {
    if (!this.help.open) this.help.showModal()
  }

  switchTheme(): void {
    const theme = isDark() ? 'light' : 'dark'
    document.documentElement.dataset.theme = theme
    try {
      localStorage.setItem(themeKey, theme)
    } catch {
      // Then it is for this page only.
    }
    this.#actions.retheme()
  }
}

function readTheme(): string | undefined {
  try {
    return localStorage.getItem(themeKey) ?? undefined
  } catch {
    return undefined
  }
}
