import { utf8Length } from '../leaves/label-texts.ts'

/** Packs lines into packets. */
export class Packets {
  readonly #maxBytes: number
  #ready: string[] = []
  #text = ''
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Adds lines that must be in one packet, and end in a line feed. `bytes`: theirs in UTF-8. */
  add(lines: string, bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) this.#end()
    this.#text += lines
    this.#bytes += bytes
  }

  /** The packets since the last call. */
  take(): string[] {
    this.#end()
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #end(): void {
    if (this.#bytes > 0) this.#ready.push(this.#text)
    this.#text = ''
    this.#bytes = 0
  }
}

/** How many bytes a text of labels has more than characters. Those of a series are asked for once for each of its numbers. */
export class ExtraBytes {
  #of = ''
  #extra = 0

  count(labels: string): number {
    if (labels !== this.#of) {
      this.#of = labels
      this.#extra = utf8Length(labels) - labels.length
    }
    return this.#extra
  }
}
