import type { Recording } from '../../recording/recording.ts'
import { pageOf } from '../select/page-snapshots.ts'
import { timeIn } from '../select/recorded.ts'
import type { Selection } from '../select/selection.ts'
import type { Moment, TopSource, Wanted } from './moment.ts'
import { listSelection } from './overview.ts'
import { keyOf } from './process-row.ts'

/** The moments of a recording, one after the other. */
export class RecordedSource implements TopSource {
  readonly range: { readonly from: number; readonly to: number }
  readonly #selection: Selection
  readonly #recording: Recording
  /** Whether the moment at which the recording stands was not given yet. */
  #isFresh = true

  constructor(selection: Selection, recording: Recording) {
    this.#selection = selection
    this.#recording = recording
    this.range = { from: recording.from, to: recording.to }
  }

  next({ whole, isWhole }: Wanted): Moment | undefined {
    if (!this.#isFresh && this.#recording.next() === undefined) return undefined
    this.#isFresh = false
    const { snapshots, failures } = this.#selection.read(isWhole ? undefined : listSelection)
    // Read again as a whole only where something is open.
    const all = whole.size === 0 || isWhole ? [] : this.#selection.read().snapshots
    const open = new Map(all.map((one) => [keyOf(pageOf(one)), one]))
    return {
      time: this.#recording.time,
      now: this.#recording.now,
      snapshots: snapshots.map((one) => {
        const key = keyOf(pageOf(one))
        return whole.has(key) ? (open.get(key) ?? one) : one
      }),
      ended: this.#selection.ended,
      failures,
    }
  }

  seek(time: number): void {
    this.#recording.at(time)
    this.#isFresh = true
  }

  timeOf(text: string): number | undefined {
    return timeIn(this.range, text)
  }

  close(): void {
    this.#selection.close()
  }
}
