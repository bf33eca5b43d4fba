/** Gives each page a turn once in so many reads, but not all of them in the same one, and a page that is new at once. */
export class Turns {
  readonly #every: number
  #read = 0
  /** Of each page, the read of its turn, and that of the next one. */
  #before = new Map<string, readonly [turn: number, next: number]>()
  #known = new Map<string, readonly [turn: number, next: number]>()
  #fresh = 0

  constructor(every: number) {
    this.#every = every
  }

  /** Begins a read; pages that nobody asked about in the one before are forgotten. */
  begin(): void {
    this.#read++
    this.#before = this.#known
    this.#known = new Map()
  }

  /** Whether it is the turn of a page: the same answer for all of a read. */
  isDue(file: string): boolean {
    const known = this.#known.get(file) ?? this.#before.get(file)
    if (known === undefined) {
      // Pages that came together have their next turns one after the other.
      this.#known.set(file, [this.#read, this.#read + 1 + (this.#fresh++ % this.#every)])
      return true
    }
    const isDue = known[1] <= this.#read
    this.#known.set(file, isDue ? [this.#read, this.#read + this.#every] : known)
    return isDue || known[0] === this.#read
  }
}
