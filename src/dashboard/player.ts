import { coarsePoints, coarseSeconds, finePoints } from './history/track.ts'
import type { PlayedRecording } from './pages.ts'

/** So far ahead nothing is forgotten. */
const maxStep = 60
/** Reads until others have their turn. */
const readsAtOnce = 20

/** What a player moves. */
export interface PlayerActions {
  /** Forgets all that was read. */
  forget(): void
  /** Reads the recording where it stands now. */
  sample(tick: number): void
  /** Shows the moment. */
  show(tick: number): void
}

/** Where a recording stands, and whether it goes on by itself, a second each second. */
export class Player {
  readonly #recording: PlayedRecording
  readonly #actions: PlayerActions
  #time = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  /** The last place that was asked for: an earlier one is given up. */
  #wanted = 0

  constructor(recording: PlayedRecording, actions: PlayerActions) {
    this.#recording = recording
    this.#actions = actions
  }

  get isPlaying(): boolean {
    return this.#timer !== undefined
  }

  /** Goes to a Unix time, and reads what the charts of that moment show. */
  async seek(time: number): Promise<void> {
    const { from, to } = this.#recording
    const target = Math.floor(Math.min(Math.max(time, from), to))
    const wanted = ++this.#wanted
    const isAhead = target >= this.#time && target - this.#time <= maxStep
    if (!isAhead) this.#actions.forget()
    const begin = isAhead ? this.#time + 1 : Math.max(Math.floor(from), target - coarsePoints * coarseSeconds)
    let reads = 0
    for (let tick = begin; tick <= target; tick += tick < target - finePoints ? coarseSeconds : 1) {
      this.#recording.at(tick + 1)
      this.#actions.sample(tick)
      this.#time = tick
      if (++reads % readsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
      if (wanted !== this.#wanted) return
    }
    this.#actions.show(this.#time)
  }

  /** Goes on a second each second, to the end, or stops; from the end it goes on from the beginning. */
  play(on: boolean): void {
    this.stop()
    if (on) {
      this.#timer = setInterval(() => {
        if (this.#isAtEnd()) this.play(false)
        else void this.seek(this.#time + 1)
      }, 1000)
      if (this.#isAtEnd()) {
        void this.seek(this.#recording.from)
        return
      }
    }
    this.#actions.show(this.#time)
  }

  #isAtEnd(): boolean {
    return this.#time + 1 > this.#recording.to
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
