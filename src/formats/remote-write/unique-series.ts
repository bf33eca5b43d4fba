import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'

/**
 * Tells the series of a family apart by what is left of their labels without empty ones, which are no labels at all in
 * Prometheus: of those that come out alike, the first is kept, as two samples of one series make a receiver refuse the request.
 */
export function uniqueSeries(family: FamilySnapshot): (i: number) => boolean {
  const { labelNames, kind } = family
  // Texts that come out alike are one sample already, and there may be several under the same labels.
  const series: readonly { readonly labels: Labels }[] = kind === 'text' ? [] : family.series
  if (series.every(({ labels }) => isFull(labels, labelNames))) return () => true
  const seen = new Set<string>()
  const kept = series.map(({ labels }) => {
    const key = JSON.stringify(
      Object.entries(labels)
        .filter(([, value]) => value !== '')
        .sort(),
    )
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
  return (i) => kept[i] ?? true
}

function isFull(labels: Labels, labelNames: readonly string[]): boolean {
  for (const name of labelNames) if (typeof labels[name] !== 'string' || labels[name] === '') return false
  return true
}
