import type { ProcessRow } from './process-row.ts'
import type { Reading, Readings } from './readings.ts'

/** All that `top` knows of one time. */
export interface Frame {
  /** Unix time in seconds. */
  readonly time: number
  /** In the order of apps, processes and threads. */
  readonly rows: readonly ProcessRow[]
  /** Of the pages that are looked at as a whole, by their keys. */
  readonly details: ReadonlyMap<string, Readings>
  /** Why pages could not be read. */
  readonly failures: readonly string[]
  /** The words of the command line that no page is named by, and what to say of each. */
  readonly notFound: readonly { readonly given: string; readonly message: string }[]
}

/** So many frames are kept: five minutes at one a second. */
const maxFrames = 300
/** Weight of the readings of all frames together: those of large pages are kept for a shorter time. */
const maxWeight = 300_000
/** A distribution takes so many times the memory of a number. */
const distributionWeight = 30

/** What was seen lately, the newest last. */
export class History {
  readonly frames: Frame[] = []
  readonly #weights: number[] = []

  add(frame: Frame): void {
    this.frames.push(frame)
    this.#weights.push(weightOf(frame))
    let weight = this.#weights.reduce((sum, each) => sum + each, 0)
    while (this.frames.length > maxFrames || (weight > maxWeight && this.frames.length > 1)) {
      this.frames.shift()
      weight -= this.#weights.shift() ?? 0
    }
  }

  clear(): void {
    this.frames.length = 0
    this.#weights.length = 0
  }

  /** A number of a process at each time up to frame `at`, at most `count` of them. */
  ofRow(
    key: string,
    at: number,
    count: number,
    value: (row: ProcessRow) => number | undefined,
  ): (number | undefined)[] {
    const first = Math.max(0, at + 1 - count)
    const values = new Array<number | undefined>(Math.max(0, at + 1 - first))
    // Mostly a row is where it was in the frame after.
    let place = 0
    for (let i = values.length - 1; i >= 0; i--) {
      const { rows } = this.frames[first + i] as Frame
      if (rows[place]?.key !== key) place = rows.findIndex((row) => row.key === key)
      const row = rows[place]
      values[i] = row && value(row)
    }
    return values
  }

  /** The same of a reading of a page. */
  ofReading(
    page: string,
    reading: string,
    at: number,
    count: number,
    value: (reading: Reading) => number | string | undefined = (one) => one.value,
  ): (number | undefined)[] {
    return this.frames.slice(Math.max(0, at + 1 - count), at + 1).map(({ details }) => {
      const found = details.get(page)?.get(reading)
      const number = found && value(found)
      return typeof number === 'number' ? number : undefined
    })
  }
}

function weightOf({ details }: Frame): number {
  let weight = 0
  for (const readings of details.values()) {
    for (const { distribution } of readings.values()) weight += distribution === undefined ? 1 : distributionWeight
  }
  return weight
}
