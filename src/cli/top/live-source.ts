import type { Clock } from '../../clock.ts'
import type { Selection } from '../select/selection.ts'
import type { Moment, TopSource, Wanted } from './moment.ts'

/** The pages of this machine, now. */
export class LiveSource implements TopSource {
  readonly #selection: Selection
  readonly #clock: Clock

  constructor(selection: Selection, clock: Clock) {
    this.#selection = selection
    this.#clock = clock
  }

  next(_: Wanted): Moment {
    const { snapshots, failures } = this.#selection.read()
    const { ended } = this.#selection
    return { time: this.#clock.unixTime(), now: this.#clock.now() / 1000, snapshots, ended, failures }
  }

  close(): void {
    this.#selection.close()
  }
}
