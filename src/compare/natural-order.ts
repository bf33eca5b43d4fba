/** Orders texts as people do: numbers in them by size, so `web-9` comes before `web-10`, and `1.9.2` before `1.10.0`. */
export function naturalOrder(a: string, b: string): number {
  const [x, y] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < x.length && i < y.length; i++) {
    const difference = partOrder(x[i] as string, y[i] as string)
    if (difference !== 0) return difference
  }
  return x.length - y.length || codeOrder(a, b)
}

/** Runs of digits and what is between them. */
function partsOf(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? []
}

function partOrder(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return codeOrder(a, b)
  const [m, n] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')]
  return m.length - n.length || codeOrder(m, n)
}

function codeOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
