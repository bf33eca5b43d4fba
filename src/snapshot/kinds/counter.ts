import { amountOr0 } from '../amounts.ts'
import type { CounterSeries } from '../snapshot.ts'
import type { SeriesParts } from './cells.ts'
import { readExemplars } from './exemplar.ts'

/** A counter from its cell, with its exemplar if it has one. */
export function readCounter({ labels, cells, index, exemplars }: Omit<SeriesParts, 'octaves'>): CounterSeries {
  const value = amountOr0(cells[index] as number)
  const known = exemplars && readExemplars(exemplars)
  return known?.length ? { labels, value, exemplars: known } : { labels, value }
}
