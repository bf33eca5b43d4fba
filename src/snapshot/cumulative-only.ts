import type { DistributionSeries, FamilySnapshot, Snapshot } from './snapshot.ts'

/**
 * What of a family stays true when its processes are gone: all that only goes up. Rates, recent windows, the last value and
 * the present state are left out; `undefined` for a family that says nothing but how things are now.
 */
export function cumulativeFamily(family: FamilySnapshot): FamilySnapshot | undefined {
  switch (family.kind) {
    case 'gauge':
    case 'text':
    case 'info':
      return undefined
    case 'counter':
      return family
    case 'meter':
      return { ...family, series: family.series.map(({ labels, value }) => ({ labels, value })) }
    case 'average':
      return { ...family, series: family.series.map(({ labels, count, sum }) => ({ labels, count, sum })) }
    case 'state':
      return {
        ...family,
        series: family.series.map(({ labels, seconds }) => ({ labels, value: null, seconds, processes: {}, users: 0 })),
      }
    case 'histogram':
    case 'timer':
      return { ...family, series: family.series.map(lastingDistribution) }
    default:
      return family satisfies never
  }
}

/** A snapshot with nothing in it but what stays true when its processes are gone, as {@link cumulativeFamily} says. */
export function cumulativeOnly(snapshot: Snapshot): Snapshot {
  const families = snapshot.families.map(cumulativeFamily).filter((family) => family !== undefined)
  return { ...snapshot, families }
}

function lastingDistribution(series: DistributionSeries): DistributionSeries {
  if (series.last === undefined && series.rates === undefined && series.recent === undefined) return series
  const { last: _last, rates: _rates, recent: _recent, ...lasting } = series
  return lasting
}
