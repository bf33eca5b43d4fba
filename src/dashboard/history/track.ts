import type { Room } from './slabs.ts'

/** How many points are kept by the second, and how many by ten seconds. */
export const finePoints = 300
export const coarseSeconds = 10
export const coarsePoints = 360
/** What the points of a track take once it changes. */
export const trackFloats: number = finePoints + coarsePoints
export const trackBytes: number = trackFloats * Float32Array.BYTES_PER_ELEMENT

/** How the points of ten seconds become one: spikes of a quantile must not be averaged away. */
export type Coarsening = 'mean' | 'max'

/** Numbers over time: those of each second for five minutes, and of each ten seconds for an hour. */
export interface Points {
  readonly times: number[]
  readonly values: (number | null)[]
}

/** Up to which tick numbers stay what they are: one for all that rest in a family. */
export interface Rest {
  tick: number
}

/**
 * One number over time. A tick is a Unix second. Most numbers of a process never change, and one of these takes no memory for
 * points: `claim` is asked for room at the first change, and where there is none, only the present value is kept.
 */
export class Track {
  readonly #coarsening: Coarsening
  readonly #claim: () => Room | undefined
  #room: Room | undefined
  #first = -1
  #last = -1
  #value = Number.NaN
  /** Of the ten seconds under way. */
  #gathered = Number.NaN
  #count = 0
  #rest: Rest | undefined

  constructor(coarsening: Coarsening, claim: () => Room | undefined) {
    this.#coarsening = coarsening
    this.#claim = claim
  }

  /** The value now; NaN for none. */
  get value(): number {
    return this.#value
  }

  /** The tick of the last value; -1 for none. */
  get last(): number {
    return Math.max(this.#last, this.#rest?.tick ?? -1)
  }

  /** The value where it has never changed; `undefined` where it has, or there is none. */
  get flat(): number | undefined {
    return this.#room === undefined && this.#last >= 0 && !Number.isNaN(this.#value) ? this.#value : undefined
  }

  /**
   * Notes the value since the tick `from`: what is read each five seconds stands for all five. False for a tick that is not
   * after the last one.
   */
  note(tick: number, value: number, from: number = tick - 1): boolean {
    this.wake()
    if (tick <= this.#last) return false
    if (this.#room === undefined && this.#first >= 0 && !Object.is(value, this.#value)) this.#allocate()
    if (this.#first < 0) this.#first = tick
    const begin = Math.max(this.#last + 1, tick - finePoints + 1)
    for (let at = this.#last < 0 ? tick : begin; at <= tick; at++) this.#put(at, at > from ? value : Number.NaN)
    this.#last = tick
    this.#value = value
    return true
  }

  /** Nothing is known of this second. What has never changed stays what it is. */
  gap(tick: number): void {
    if (this.#room !== undefined) this.note(tick, Number.NaN)
  }

  /** The value stays what it is as far as `rest` reaches, until it is noted again: most numbers rest most of the time. */
  rest(rest: Rest): void {
    this.#rest = rest
  }

  /** Ends that. */
  wake(): void {
    this.#fill()
    this.#rest = undefined
  }

  /** Notes the value for as long as it has rested. */
  #fill(): void {
    const tick = this.#rest?.tick ?? -1
    if (tick <= this.#last || this.#last < 0) return
    const oldest = tick - coarsePoints * coarseSeconds
    if (this.#room !== undefined)
      for (let at = Math.max(this.#last, oldest) + 1; at <= tick; at++) this.#put(at, this.#value)
    this.#last = tick
  }

  /** The points after a Unix time, in the finest tier that reaches back so far. */
  since(from: number): Points {
    this.#fill()
    const oldestFine = this.#last - finePoints
    const times: number[] = []
    const values: (number | null)[] = []
    const add = (time: number, value: number): void => {
      times.push(time)
      values.push(Number.isNaN(value) ? null : shortened(value))
    }
    if (this.#first < 0) return { times, values }
    if (from < oldestFine) {
      const begin = Math.max(from, this.#first, this.#last - coarsePoints * coarseSeconds)
      for (let slot = Math.floor(begin / coarseSeconds); slot * coarseSeconds < oldestFine; slot++)
        add((slot + 1) * coarseSeconds, this.#coarseAt(slot))
    }
    for (let tick = Math.max(from + 1, oldestFine + 1, this.#first); tick <= this.#last; tick++)
      add(tick, this.#fineAt(tick))
    return { times, values }
  }

  /** Returns the room of the points, if there is any; only the present value stays. */
  leave(): Room | undefined {
    this.#fill()
    const room = this.#room
    this.#room = undefined
    this.#first = this.#last
    return room
  }

  #fineAt(tick: number): number {
    return this.#room === undefined ? this.#value : (this.#room.floats[this.#room.at + (tick % finePoints)] as number)
  }

  #coarseAt(slot: number): number {
    const place = finePoints + (slot % coarsePoints)
    return this.#room === undefined ? this.#value : (this.#room.floats[this.#room.at + place] as number)
  }

  #allocate(): void {
    const room = this.#claim()
    if (room === undefined) {
      this.#first = -1
      this.#last = -1
      return
    }
    this.#room = room
    const { floats, at } = room
    const value = this.#value
    const begin = Math.max(this.#first, this.#last - finePoints + 1)
    for (let tick = begin; tick <= this.#last; tick++) floats[at + (tick % finePoints)] = value
    const slot = Math.floor(this.#last / coarseSeconds)
    const oldest = Math.max(Math.floor(this.#first / coarseSeconds), slot - coarsePoints + 1)
    for (let each = oldest; each < slot; each++) floats[at + finePoints + (each % coarsePoints)] = value
    this.#gathered = value
    this.#count = this.#last - slot * coarseSeconds + 1
  }

  #put(tick: number, value: number): void {
    if (this.#room === undefined) return
    const { floats, at } = this.#room
    floats[at + (tick % finePoints)] = value
    const coarse = at + finePoints + (Math.floor(tick / coarseSeconds) % coarsePoints)
    if (tick % coarseSeconds === 0) this.#count = 0
    if (Number.isNaN(value)) {
      if (this.#count === 0) floats[coarse] = Number.NaN
      return
    }
    const before = this.#count === 0 ? value : this.#gathered
    this.#count++
    this.#gathered = this.#coarsening === 'max' ? Math.max(before, value) : before + (value - before) / this.#count
    floats[coarse] = this.#gathered
  }
}

/** With the digits that a Float32 has, so that JSON is short. */
export function shortened(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6))
}
