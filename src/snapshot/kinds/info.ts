import type { InfoFamilySnapshot, InfoSeries } from '../snapshot.ts'
import { constantOptions } from './options.ts'
import type { KindRow, Mutable, SeriesSum } from './row.ts'
import { bare } from './statistic.ts'

/** How many processes have the same. */
type Counted<Series> = Mutable<Series> & { processes: number }

/** Equal constants or texts count their processes, different ones stand side by side. */
export function processSum<Series extends InfoSeries>(): SeriesSum<Series, Counted<Series>> {
  return {
    begin: (one) => ({ ...one, processes: one.processes ?? 1 }),
    add(row, { processes = 1 }) {
      row.processes += processes
      return row
    },
    end: (row) => row,
  }
}

const sum: SeriesSum<InfoSeries> = processSum<InfoSeries>() as SeriesSum<InfoSeries>

function pairs(labels: InfoSeries['labels']): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`)
}

export const infoRow: KindRow<InfoFamilySnapshot> = {
  options: constantOptions,
  statistics: { default: 'value', named: { value: bare(({ labels }) => pairs(labels).join(' ') || undefined) } },
  cells: () => 1,
  isTimed: () => false,
  read: (_, { labels }) => ({ labels }),
  sum: () => sum,
  fields: { processes: 'count?' },
}
