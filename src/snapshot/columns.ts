import { rowOf } from './kinds/rows.ts'
import type { FamilySnapshot, Labels, Snapshot } from './snapshot.ts'
import { cumulativeFamily } from './totals.ts'

type Series = FamilySnapshot['series'][number]

/**
 * A family of a page of which most series are in columns: an object for each series of each page takes several times as long
 * to make and to collect as it takes to add them up. It is valid until its page is read again.
 */
export interface FamilyColumns {
  /** The family, with the series that are not in the columns. */
  readonly family: FamilySnapshot
  /** How many series are in the columns. */
  readonly count: number
  /** Their labels, and maybe those of later ones: the same list at each read, until one of them goes. */
  readonly labels: readonly Labels[]
  /** Series number `i` of the columns; `undefined` for one that readers do not show. */
  series(i: number): Series | undefined
}

/** A snapshot of which some families are in columns. */
export interface ColumnSnapshot extends Omit<Snapshot, 'families'> {
  readonly families: readonly (FamilySnapshot | FamilyColumns)[]
}

/** Whether a family of a {@link ColumnSnapshot} is in columns. */
export function isInColumns(family: FamilySnapshot | FamilyColumns): family is FamilyColumns {
  return 'family' in family
}

/** What of a family in columns stays true when its process is gone: see {@link cumulativeFamily}. */
export function cumulativeColumns(columns: FamilyColumns): FamilyColumns | undefined {
  const { totals } = rowOf(columns.family.kind)
  const family = cumulativeFamily(columns.family)
  if (totals === undefined || family === undefined) return undefined
  const series = (i: number): Series | undefined => {
    const one = columns.series(i)
    return one && (totals.cumulative(one) as Series)
  }
  return { family, count: columns.count, labels: columns.labels, series }
}

/** The same with an object for each series, for those who keep it. */
export function plainSnapshot(snapshot: ColumnSnapshot): Snapshot {
  const { families } = snapshot
  if (!families.some(isInColumns)) return snapshot as Snapshot
  return { ...snapshot, families: families.map((one) => (isInColumns(one) ? plainFamily(one) : one)) }
}

function plainFamily(columns: FamilyColumns): FamilySnapshot {
  const { family, count } = columns
  const series: Series[] = []
  for (let i = 0; i < count; i++) {
    const one = columns.series(i)
    if (one !== undefined) series.push(one)
  }
  return { ...family, series: [...series, ...family.series] } as FamilySnapshot
}
