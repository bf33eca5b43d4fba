import { FileCopy } from './file-copy.ts'
import type { FilesMessage, SentFile } from './message.ts'

/** What a file takes besides its bytes, about. */
const overheadBytes = 1024

/** The files of a publisher as its messages have left them, by its numbers for them. */
export class FileCopies {
  private files = new Map<number, FileCopy>()

  get(number: number): FileCopy | undefined {
    return this.files.get(number)
  }

  [Symbol.iterator](): IterableIterator<[number, FileCopy]> {
    return this.files.entries()
  }

  get size(): number {
    return this.files.size
  }

  /** About how much memory they take. */
  get bytes(): number {
    let bytes = 0
    for (const copy of this.files.values()) bytes += overheadBytes + copy.size()
    return bytes
  }

  clear(): void {
    this.files.clear()
  }

  /** All of them, as a full message has them. */
  whole(): SentFile[] {
    return [...this.files].map(([number, copy]) => {
      return { number, kind: copy.kind, isHeld: copy.isHeld(), name: copy.name, ...copy.whole() }
    })
  }

  /** Takes a message in; false, and then with an unknown part of it, where it does not follow what was there. */
  apply({ isFull, files }: Pick<FilesMessage, 'isFull' | 'files'>): boolean {
    const next = new Map<number, FileCopy>()
    for (const { number, kind, name, isHeld, ...changes } of files) {
      const copy = (isFull ? undefined : this.files.get(number)) ?? new FileCopy(kind, name)
      if (next.has(number) || !copy.apply(changes, isHeld)) return false
      next.set(number, copy)
    }
    this.files = next
    return true
  }
}
