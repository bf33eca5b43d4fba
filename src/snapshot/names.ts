/** What a family may be called: parts of letters, digits, `_` and `-`, joined by dots, the first one a letter. */
export function isFamilyName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= maxNameLength && /^[A-Za-z][\w-]*(\.[\w-]+)*$/.test(name)
}

/** What a label may be called: a letter or `_`, then letters, digits and `_`; not beginning with `__`. */
export function isLabelName(name: unknown): name is string {
  return (
    typeof name === 'string' && name.length <= maxNameLength && /^(?!__)[A-Za-z_]\w*$/.test(name) && !kept.has(name)
  )
}

/** What a label of a family may be called that readers take: names as {@link isLabelName} takes them, joined by dots. */
export function isDottedLabelName(name: unknown): name is string {
  if (typeof name !== 'string' || name.length > maxNameLength) return false
  return /^(?!__)[A-Za-z_]\w*(\.\w+)*$/.test(name) && !kept.has(name)
}

/** Longest name of a family or label, in characters. */
export const maxNameLength = 200

/** Labels with a meaning of their own in the formats, or here. */
const kept: ReadonlySet<string> = new Set(['le', 'quantile', 'overflow', 'evicted'])
