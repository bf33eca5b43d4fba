/** The word among `known` that takes the fewest typed characters to reach from `given`; empty when none is known. */
export function nearest(given: string, known: readonly string[]): string {
  let best = ''
  let least = Infinity
  for (const word of known) {
    const distance = editDistance(given.toLowerCase(), word.toLowerCase())
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
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
  const isSimilar = editDistance(given.toLowerCase(), word.toLowerCase()) <= Math.max(2, given.length / 2)
  return isSimilar ? `Did you mean "${word}"? ` : ''
}
