import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { BucketsPerOctave } from './bucket-bounds.ts'
import type { Dialect } from './exposition-dialect.ts'
import { averageLines, distributionLines } from './exposition-distributions.ts'
import type { ExposedFamily } from './exposition-names.ts'
import { exposedFamilies } from './exposition-names.ts'
import { counterLines, gaugeLines } from './exposition-numbers.ts'
import { infoLines, stateLines, textLines } from './exposition-states.ts'

/** What both Prometheus formats leave to the caller. */
export interface ExpositionOptions {
  /**
   * How many `le` bounds exponential buckets get to each doubling of the value: 1, 2, 4, 8, 16 or 32.
   * More make quantiles in queries finer and the text longer; above 64 bounds a family gets fewer by itself.
   * @default 2
   */
  readonly bucketsPerOctave?: BucketsPerOctave
}

// Strings are put together with += throughout: V8 keeps the pieces and copies each once, at the end. Arrays of lines
// with a join took twice as long.

/** The text of all families of a snapshot, without an end mark. */
export function exposition(snapshot: Snapshot, dialect: Dialect): string {
  let out = ''
  for (const exposed of exposedFamilies(snapshot.families)) out += familyLines(exposed, dialect)
  return out
}

function familyLines(exposed: ExposedFamily, dialect: Dialect): string {
  const { family } = exposed
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return counterLines(exposed, family, dialect)
    case 'gauge':
      return gaugeLines(exposed, family, dialect)
    case 'histogram':
    case 'timer':
      return distributionLines(exposed, family, dialect)
    case 'average':
      return averageLines(exposed, family, dialect)
    case 'state':
      return stateLines(exposed, family, dialect)
    case 'text':
      return textLines(exposed, family, dialect)
    case 'info':
      return infoLines(exposed, family, dialect)
    default:
      return family satisfies never
  }
}
