import type { History } from './protocol.ts'

/** The points of one track, as far as the page has them. */
interface Held {
  times: number[]
  values: (number | null)[]
}

/** What is a second or more old is dropped once it is out of every range. */
const slack = 60

/** Numbers over time, by track: what the server had, and what came since. */
export class TrackData {
  readonly #held = new Map<number, Held>()

  has(track: number): boolean {
    return this.#held.has(track)
  }

  /** Puts what the server had in place of what is here; what came while the answer was on its way stays. */
  load(history: History['tracks']): void {
    for (const [id, { times, values }] of Object.entries(history)) {
      const held = this.#held.get(Number(id))
      const last = times.at(-1) ?? 0
      const newer = held === undefined ? -1 : held.times.findIndex((time) => time > last)
      if (held !== undefined && newer !== -1) {
        times.push(...held.times.slice(newer))
        values.push(...held.values.slice(newer))
      }
      this.#held.set(Number(id), { times, values })
    }
  }

  add(time: number, values: readonly (readonly [number, number | null])[], range: number): void {
    for (const [id, value] of values) {
      const held = this.#held.get(id)
      if (held === undefined) continue
      if ((held.times.at(-1) ?? 0) < time) {
        held.times.push(time)
        held.values.push(value)
      }
      const old = held.times.findIndex((each) => each >= time - range)
      if (old > slack) {
        held.times.splice(0, old)
        held.values.splice(0, old)
      }
    }
  }

  forget(track: number): void {
    this.#held.delete(track)
  }

  clear(): void {
    this.#held.clear()
  }

  /** The last value of several tracks together. */
  last(tracks: readonly number[]): number | null {
    const values = tracks.map((id) => this.#held.get(id)?.values.at(-1)).filter((value) => typeof value === 'number')
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
  }

  /**
   * Lines as a chart takes them: the times of all of them, then the values of each; `undefined` where it has no point, `null`
   * where there was no value.
   */
  align(
    lines: readonly (readonly number[])[],
    from: number,
    to: number,
  ): [number[], ...(number | null | undefined)[][]] {
    const held = lines.map((tracks) => tracks.flatMap((id) => this.#held.get(id) ?? []))
    const all = new Set<number>()
    for (const { times } of held.flat()) for (const time of times) if (time > from && time <= to) all.add(time)
    const times = [...all].sort((a, b) => a - b)
    const at = new Map(times.map((time, i) => [time, i]))
    return [times, ...held.map((tracks) => summed(tracks, at))]
  }
}

function summed(tracks: readonly Held[], at: ReadonlyMap<number, number>): (number | null | undefined)[] {
  const sums = new Array<number | null | undefined>(at.size).fill(undefined)
  for (const { times, values } of tracks) {
    for (const [i, time] of times.entries()) {
      const place = at.get(time)
      if (place === undefined) continue
      const value = values[i] ?? null
      const sum = sums[place]
      sums[place] = value === null ? (sum ?? null) : (sum ?? 0) + value
    }
  }
  return sums
}

/** The places of values between gaps, which no line is drawn to; `undefined` is no gap. */
export function alonePlaces(values: ArrayLike<number | null | undefined>): number[] {
  const alone: number[] = []
  let candidate: number | undefined
  let isAfterValue = false
  for (let i = 0; i < values.length; i++) {
    if (values[i] === undefined) continue
    if (values[i] === null) {
      if (candidate !== undefined) alone.push(candidate)
      candidate = undefined
      isAfterValue = false
      continue
    }
    candidate = isAfterValue ? undefined : i
    isAfterValue = true
  }
  return candidate === undefined ? alone : [...alone, candidate]
}
