/**
 * The test of a glob: `*` is any text, `?` any character, and a backslash makes the next character plain. One walk that goes
 * back to the last `*` only, so no pattern takes longer than text times pattern.
 */
export function globTest(glob: string): (text: string) => boolean {
  const tokens = glob.match(/\\.|[\s\S]/gs) ?? []
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
      } else if (token !== undefined && (token === '?' || token.at(-1) === text[at])) {
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
