import type ts from 'typescript'

/** Something that was not translated, or needs a look. */
export interface Note {
  readonly line: number
  readonly text: string
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The text of a file, and what is to change in it. */
export class SourceText {
  readonly source: ts.SourceFile
  readonly notes: Note[] = []
  private readonly edits: Edit[] = []

  constructor(source: ts.SourceFile) {
    this.source = source
  }

  /** Puts a text in place of a node, or of what lies between two places. */
  replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text })
  }

  textOf(node: ts.Node): string {
    return node.getText(this.source)
  }

  startOf(node: ts.Node): number {
    return node.getStart(this.source)
  }

  /** Notes something about the line where a node begins. */
  note(node: ts.Node, text: string): void {
    this.notes.push({ line: this.source.getLineAndCharacterOfPosition(this.startOf(node)).line + 1, text })
  }

  /** Takes elements of a list away, with the commas between them and the others. */
  removeFrom(list: ts.NodeArray<ts.Node>, removed: ReadonlySet<ts.Node>): void {
    let kept: ts.Node | undefined
    for (const [i, node] of list.entries()) {
      const next = list[i + 1]
      if (!removed.has(node)) kept = node
      else if (kept !== undefined) this.replace(kept.end, node.end, '')
      else this.replace(this.startOf(node), next === undefined ? node.end : this.startOf(next), '')
    }
  }

  /** The text with all changes. What is taken away twice is taken away once. */
  apply(): string {
    const { text } = this.source
    let result = ''
    let at = 0
    for (const edit of this.edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      result += text.slice(at, Math.max(at, edit.start)) + edit.text
      at = Math.max(at, edit.end)
    }
    return result + text.slice(at)
  }
}
