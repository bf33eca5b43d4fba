import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'

/**
 * The families whose name fits one of the patterns; all when there is none. A pattern with `*` (any text) or `?` (one
 * character) must fit the whole name, any other is looked for inside it. Upper and lower case are the same.
 */
export function filterFamilies(snapshot: Snapshot, patterns: readonly string[]): Snapshot {
  if (patterns.length === 0) return snapshot
  const tests = patterns.map(nameTest)
  return {
    ...snapshot,
    families: snapshot.families.filter(({ name }) => tests.some((test) => test(name.toLowerCase()))),
  }
}

/** Without plimsoll's own counters of trouble, as long as there was none. */
export function withoutIdleOwn(snapshot: Snapshot): Snapshot {
  const idle = (family: FamilySnapshot): boolean =>
    family.name.startsWith('plimsoll.') && family.kind === 'counter' && family.series.every(({ value }) => value === 0)
  return { ...snapshot, families: snapshot.families.filter((family) => !idle(family)) }
}

function nameTest(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase()
  return /[*?]/.test(wanted) ? (name) => fitsGlob(name, wanted) : (name) => name.includes(wanted)
}

/** One walk that goes back to the last `*` only, so no pattern takes longer than name times pattern. */
function fitsGlob(text: string, glob: string): boolean {
  let at = 0
  let next = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (glob[next] === '*') {
      star = next++
      resume = at
    } else if (glob[next] === '?' || (next < glob.length && glob[next] === text[at])) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++resume
    } else {
      return false
    }
  }
  return [...glob.slice(next)].every((c) => c === '*')
}
