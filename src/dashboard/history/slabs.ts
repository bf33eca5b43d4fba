/** Room for the points of one track. */
export interface Room {
  readonly floats: Float32Array
  /** Where it begins. */
  readonly at: number
}

/** Tracks of one piece of memory: arrays of their own would keep the garbage collector busy. */
const tracksAtOnce = 512

/** Hands out room for points in bounded memory. */
export class Slabs {
  readonly #size: number
  readonly #most: number
  readonly #free: Room[] = []
  #made = 0
  #used = 0

  /** @param size floats of one track. @param most tracks that have room at most. */
  constructor(size: number, most: number) {
    this.#size = size
    this.#most = most
  }

  /** How many tracks have room. */
  get used(): number {
    return this.#used
  }

  /** Room full of NaN; `undefined` where all is used. */
  take(): Room | undefined {
    if (this.#used >= this.#most) return undefined
    if (this.#free.length === 0) this.#make(Math.min(tracksAtOnce, this.#most - this.#made))
    const room = this.#free.pop()
    if (room === undefined) return undefined
    this.#used++
    room.floats.fill(Number.NaN, room.at, room.at + this.#size)
    return room
  }

  giveBack(room: Room): void {
    this.#used--
    this.#free.push(room)
  }

  #make(tracks: number): void {
    const floats = new Float32Array(tracks * this.#size)
    this.#made += tracks
    for (let i = tracks - 1; i >= 0; i--) this.#free.push({ floats, at: i * this.#size })
  }
}
