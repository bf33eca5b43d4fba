import type { FamilySnapshot } from '../snapshot.ts'
import { mergedAverages } from './merge-average.ts'
import { mergedDistributions } from './merge-distribution.ts'
import { mergedGauges } from './merge-gauge.ts'
import { mergedCounters, mergedMeters } from './merge-number.ts'
import type { MergedFamily } from './merge-series.ts'
import { mergedStates } from './merge-state.ts'
import { mergedInfos, mergedTexts } from './merge-text.ts'
import type { Places } from './series-index.ts'

/** An empty family of the same head, to merge into. */
export function mergedFamily(first: FamilySnapshot, places: Places): MergedFamily {
  switch (first.kind) {
    case 'counter':
      return mergedCounters(first, places)
    case 'gauge':
      return mergedGauges(first, places)
    case 'meter':
      return mergedMeters(first, places)
    case 'histogram':
    case 'timer':
      return mergedDistributions(first, places)
    case 'average':
      return mergedAverages(first, places)
    case 'state':
      return mergedStates(first, places)
    case 'text':
      return mergedTexts(first, places)
    case 'info':
      return mergedInfos(first, places)
    default:
      return first satisfies never
  }
}
