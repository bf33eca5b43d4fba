import type { DistributionSeries } from '../snapshot.ts'
import { octaveCells, type SeriesCells } from './cells.ts'
import type { Mutable } from './row.ts'

/**
 * A distribution without the counts of its buckets, which are in a reader's copy of its cells: valid until its page is read
 * again.
 */
export interface DistributionInCells extends DistributionSeries, Pick<SeriesCells, 'octaves'> {
  /** The count of the zero bucket. */
  readonly zero: number
}

/** Makes a distribution that was read just now one in cells. */
export function inCells(
  series: Mutable<DistributionSeries>,
  zero: number,
  octaves: SeriesCells['octaves'],
): DistributionInCells {
  const made = series as Mutable<DistributionInCells>
  // Not by a copy, which takes longer than all else here.
  made.zero = zero
  made.octaves = octaves
  return made
}

/** Whether the series of a family are in cells. */
export function areInCells(series: readonly object[]): series is readonly DistributionInCells[] {
  return series[0] !== undefined && 'octaves' in series[0]
}

/** The octaves with each exponent once: those of several series may have it again. */
export function joinedOctaves(octaves: SeriesCells['octaves']): SeriesCells['octaves'] {
  const byExponent = new Map<number, Float64Array>()
  for (const octave of octaves) {
    if (octave === undefined) continue
    const { exponent, cells, index } = octave
    const sum = byExponent.get(exponent) ?? new Float64Array(octaveCells)
    byExponent.set(exponent, sum)
    for (let i = 0; i < octaveCells; i++) sum[i] = (sum[i] as number) + (cells[index + i] as number)
  }
  return [...byExponent].map(([exponent, cells]) => ({ exponent, cells, index: 0 }))
}
