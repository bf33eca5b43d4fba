/** What somebody did on a terminal. */
export type Input =
  /** A character as it is, or the name of a key: `up`, `enter`, `ctrl-c`. */
  | { readonly key: string }
  /** A button of the mouse was pressed, or its wheel turned, at that place, from 0. */
  | { readonly mouse: 'left' | 'wheelUp' | 'wheelDown'; readonly x: number; readonly y: number }

const named: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u001a': 'ctrl-z',
}

/** By the end of the sequence: `ESC [ A`, `ESC O A`, `ESC [ 5 ~`. */
const sequences: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'backtab',
  '1~': 'home',
  '4~': 'end',
  '5~': 'pageup',
  '6~': 'pagedown',
  '7~': 'home',
  '8~': 'end',
  '3~': 'delete',
}

const buttons: Readonly<Record<string, 'left' | 'wheelUp' | 'wheelDown'>> = {
  0: 'left',
  64: 'wheelUp',
  65: 'wheelDown',
}
/** What is longer is no sequence of a key. */
const maxSequence = 32

/** What a terminal sends, as what was done. A sequence may come in several pieces. */
export class InputParser {
  #rest = ''

  /** Whether a sequence has begun that is not over: an Escape alone, if no more comes soon. */
  get isPending(): boolean {
    return this.#rest !== ''
  }

  /** Takes a piece of text. */
  add(text: string): Input[] {
    const inputs: Input[] = []
    let left = this.#rest + text
    this.#rest = ''
    while (left !== '') {
      const [input, length] = first(left)
      if (length === 0) {
        this.#rest = left
        break
      }
      if (input !== undefined) inputs.push(input)
      left = left.slice(length)
    }
    return inputs
  }

  /** No more came: an Escape was that key. */
  flush(): Input[] {
    const isEscape = this.#rest === '\u001b'
    this.#rest = ''
    return isEscape ? [{ key: 'escape' }] : []
  }
}

/** What the text begins with, and its length; 0 where more must come first. */
function first(text: string): readonly [Input | undefined, number] {
  if (!text.startsWith('\u001b')) {
    const [character = ''] = text
    const key = named[character] ?? (character < ' ' ? undefined : character)
    return [key === undefined ? undefined : { key }, character.length]
  }
  const rest = text.slice(1)
  const [mouse, code = '', x = '', y = '', end = ''] = /^\[<(\d+);(\d+);(\d+)([Mm])/.exec(rest) ?? []
  if (mouse !== undefined) {
    const button = end === 'M' ? buttons[code] : undefined
    return [button && { mouse: button, x: Number(x) - 1, y: Number(y) - 1 }, mouse.length + 1]
  }
  const [sequence, numbers = '', final = ''] = /^(?:\[([\d;<]*)|O)([@-~])/.exec(rest) ?? []
  if (sequence !== undefined) {
    const key = sequences[final === '~' ? `${numbers.split(';')[0]}~` : final]
    return [key === undefined ? undefined : { key }, sequence.length + 1]
  }
  const isBegun = /^(?:\[[\d;<]*|O)?$/.test(rest) && text.length < maxSequence
  return isBegun ? [undefined, 0] : [{ key: 'escape' }, 1]
}
