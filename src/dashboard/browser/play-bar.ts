import { h, name, setText } from './dom.ts'
import { formatTime } from './format.ts'
import type { Hello } from './protocol.ts'

/** Where a recording stands: a slider over all of its time, and whether it goes on. */
export class PlayBar {
  readonly element: HTMLElement
  readonly #slider: HTMLInputElement
  readonly #play: HTMLButtonElement
  readonly #file = h('span', { class: 'count' })
  readonly #time = h('time')
  #isPlaying = false
  #isHeld = false

  constructor() {
    this.#slider = h('input', {
      type: 'range',
      step: 1,
      'aria-label': 'Moment of the recording',
      oninput: () => {
        this.#isHeld = true
        setText(this.#time, formatTime(this.#slider.valueAsNumber))
      },
      onchange: () => {
        this.#isHeld = false
        void post(`time=${this.#slider.valueAsNumber}`)
      },
    })
    this.#play = h('button', { type: 'button', onclick: () => void post(`on=${this.#isPlaying ? 0 : 1}`) }, 'Play')
    this.element = h('div', { class: 'play', hidden: true }, this.#play, this.#slider, this.#time, this.#file)
  }

  setRecording(recording: Hello['recording']): void {
    this.element.hidden = recording === undefined
    if (recording === undefined) return
    this.#slider.min = String(Math.floor(recording.from))
    this.#slider.max = String(Math.floor(recording.to))
    this.#file.replaceChildren(name(recording.file))
  }

  setTime(time: number, isPlaying: boolean): void {
    this.#isPlaying = isPlaying
    setText(this.#play, isPlaying ? 'Stop' : 'Play')
    if (this.#isHeld) return
    this.#slider.value = String(time)
    setText(this.#time, formatTime(time))
  }
}

async function post(query: string): Promise<void> {
  try {
    await fetch(`/play?${query}`, { method: 'POST' })
  } catch {
    // The bar at the top says that there is no connection.
  }
}
