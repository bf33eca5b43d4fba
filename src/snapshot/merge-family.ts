import { mergedAverages } from './merge-average.ts'
import { mergedDistributions } from './merge-distribution.ts'
import { mergedGauges } from './merge-gauge.ts'
import { mergedCounters, mergedMeters } from './merge-number.ts'
import type { MergedFamily } from './merge-series.ts'
import { mergedStates } from './merge-state.ts'
import { mergedInfos, mergedTexts } from './merge-text.ts'
import type { FamilySnapshot } from './snapshot.ts'

/** An empty family of the same head, to merge into. */
export function mergedFamily(first: FamilySnapshot): MergedFamily {
  switch (first.kind) {
    case 'counter':
      return mergedCounters(first)
    case 'gauge':
      return mergedGauges(first)
    case 'meter':
      return mergedMeters(first)
    case 'histogram':
    case 'timer':
      return mergedDistributions(first)
    case 'average':
      return mergedAverages(first)
    case 'state':
      return mergedStates(first)
    case 'text':
      return mergedTexts(first)
    case 'info':
      return mergedInfos(first)
    default:
      return first satisfies never
  }
}
