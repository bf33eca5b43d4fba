import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'

/**
 * The `most` largest series of a family, the largest first, where it has more: of numbers the largest value, of averages and
 * distributions the highest count; states, texts and constants stay in their order. Series that stand for others are always
 * among them, behind the rest.
 */
export function largest<F extends FamilySnapshot>(family: F, max: number): F {
  if (family.series.length <= max) return family
  const sizes = family.series.map((series) => ({
    series,
    size: sizeOf(series),
    standsIn: standsIn(series.labels),
  }))
  const single = sizes.filter((one) => !one.standsIn).sort((a, b) => b.size - a.size)
  const others = sizes.filter((one) => one.standsIn)
  const shown = [...single.slice(0, Math.max(0, max - others.length)), ...others]
  return { ...family, series: shown.map(({ series }) => series) }
}

function sizeOf(series: FamilySnapshot['series'][number]): number {
  const { value, count } = series as { readonly value?: unknown; readonly count?: number }
  const size = count ?? (typeof value === 'number' ? Math.abs(value) : 0)
  return Number.isNaN(size) ? 0 : size
}

/** Past the limit of the family, or gone from it. */
function standsIn(labels: Labels): boolean {
  return labels.overflow === 'true' || labels.evicted === 'true'
}
