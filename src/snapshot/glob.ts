type Token = string | ((character: string) => boolean)

/** One part of a glob: an escaped character, a class such as `[a-z]` or `[!0-9]`, or any other character. */
const parts = /\\.|\[(?:!|(?!!))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]|[\s\S]/gs

/**
 * The test of a glob, as `fnmatch` has it: `*` is any text, `?` any character, `[a-z]` one of these and `[!a-z]` any other one,
 * and a backslash makes the next character plain. A `[` that no `]` closes is plain, and so is a `]` that is the first in its
 * class. One walk that goes back to the last `*` only, so no pattern takes longer than text times pattern.
 */
export function globTest(glob: string): (text: string) => boolean {
  const tokens = (glob.match(parts) ?? []).map(tokenOf)
  return (text) => {
    let at = 0
    let next = 0
    let star = -1
    let resume = 0
    while (at < text.length) {
      const token = tokens[next]
      if (token === '*') {
        star = next++
        resume = at
      } else if (token !== undefined && fits(token, text[at] as string)) {
        next++
        at++
      } else if (star >= 0) {
        next = star + 1
        at = ++resume
      } else {
        return false
      }
    }
    return tokens.slice(next).every((token) => token === '*')
  }
}

function fits(token: Token, character: string): boolean {
  if (typeof token === 'function') return token(character)
  return token === '?' || token.at(-1) === character
}

function tokenOf(part: string): Token {
  return part.length > 2 ? classTest(part.slice(1, -1)) : part
}

function classTest(written: string): (character: string) => boolean {
  const isNegated = written.startsWith('!')
  const members = written.slice(isNegated ? 1 : 0).match(/\\.|[\s\S]/gs) ?? []
  const ranges: (readonly [string, string])[] = []
  for (let i = 0; i < members.length; i++) {
    const first = members[i]?.at(-1) as string
    const last = members[i + 1] === '-' ? members[i + 2]?.at(-1) : undefined
    ranges.push([first, last ?? first])
    if (last !== undefined) i += 2
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== isNegated
}
