import type { InfoFamilySnapshot, InfoSeries, TextFamilySnapshot, TextSeries } from '../snapshot.ts'
import type { MergedFamily, Mutable } from './merge-series.ts'
import { mergedSeries } from './merge-series.ts'
import type { Places } from './series-index.ts'

/** Equal texts count their processes, different ones stand side by side. */
export function mergedTexts(first: TextFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<TextFamilySnapshot, TextSeries, Counted<TextSeries>>(first, places, {
    ...counting,
    textOf: ({ value }) => value,
  })
}

/** Equal constants count their processes, different ones stand side by side. */
export function mergedInfos(first: InfoFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<InfoFamilySnapshot, InfoSeries, Counted<InfoSeries>>(first, places, counting)
}

type Counted<Series> = Mutable<Series> & { processes: number }

const counting = {
  begin: <Series extends InfoSeries>(one: Series): Counted<Series> => ({ ...one, processes: one.processes ?? 1 }),
  add(row: { processes: number }, { processes = 1 }: InfoSeries): void {
    row.processes += processes
  },
  end: <Series extends InfoSeries>(row: Counted<Series>): Series => row,
}
