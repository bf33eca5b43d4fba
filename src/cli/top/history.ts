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
  readonly failures: readonly string[]
}

/** So many frames are kept: five minutes at one a second. */
const maxFrames = 300
/** Readings of all frames together: frames of large pages are kept for a shorter time. */
const maxReadings = 300_000

/** What was seen lately, the newest last. */
export class History {
  readonly frames: Frame[] = []

  add(frame: Frame): void {
    // What charts and bars need of distributions in the past is in the numbers beside them.
    const last = this.frames.pop()
    if (last !== undefined) this.frames.push(withoutBuckets(last))
    this.frames.push(frame)
    let readings = 0
    let first = this.frames.length
    while (first > 0 && this.frames.length - first < maxFrames && readings <= maxReadings) {
      first--
      for (const each of this.frames[first]?.details.values() ?? []) readings += each.size
    }
    this.frames.splice(0, first)
  }

  clear(): void {
    this.frames.length = 0
  }

  /** A number of a process at each time up to frame `at`, at most `count` of them. */
  ofRow(
    key: string,
    at: number,
    count: number,
    value: (row: ProcessRow) => number | undefined,
  ): (number | undefined)[] {
    return this.frames.slice(Math.max(0, at + 1 - count), at + 1).map(({ rows }) => {
      const row = rows.find((one) => one.key === key)
      return row && value(row)
    })
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

function withoutBuckets(frame: Frame): Frame {
  const details = new Map(
    [...frame.details].map(([page, readings]) => {
      const kept = [...readings].map(([key, { distribution: _, ...rest }]) => [key, rest] as const)
      return [page, new Map(kept)] as const
    }),
  )
  return { ...frame, details }
}
