/**
 * The word among `known` that begins with `given`, else the one that takes the fewest typed characters to reach from it; empty
 * when none is known.
 */
export function nearest(given: string, known: readonly string[]): string {
  const begun = known.find((word) => namesOf(word).some((name) => isBeginning(given, name)))
  if (begun !== undefined) return begun
  let best = ''
  let least = Infinity
  for (const word of known) {
    const distance = distanceOf(given, word)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
}

/** One letter, with or without dashes, is the beginning of too many. */
function isBeginning(given: string, word: string): boolean {
  return given.replace(/^-+/, '').length > 1 && word.toLowerCase().startsWith(given.toLowerCase())
}

/** A name with a scope is also known without: `mail` for `@acme/mail`. */
function namesOf(word: string): string[] {
  const [, name] = /^@[^/]+\/(.+)$/.exec(word) ?? []
  return name === undefined ? [word] : [word, name]
}

function distanceOf(given: string, word: string): number {
  return Math.min(...namesOf(word).map((name) => editDistance(given.toLowerCase(), name.toLowerCase())))
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

/** `Did you mean "x"? `, or nothing where no known word is similar. */
export function suggestion(given: string, known: readonly string[]): string {
  const word = nearest(given, known)
  if (word === '') return ''
  const isSimilar =
    namesOf(word).some((name) => isBeginning(given, name)) || distanceOf(given, word) <= Math.max(2, given.length / 2)
  return isSimilar ? `Did you mean "${word}"? ` : ''
}
