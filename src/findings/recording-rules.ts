import type { Labels } from '../snapshot/snapshot.ts'
import { counted, type Found } from './finding.ts'
import type { Seen } from './seen.ts'

/** How many metrics are named one by one. */
const maxNamed = 3

interface Trouble {
  readonly counter: string
  readonly rule: string
  readonly severity: Found['severity']
  readonly text: (count: number, labels: Labels) => string
  readonly advice: string
}

/** What plimsoll's own counters say when they are not 0. */
const troubles: readonly Trouble[] = [
  {
    counter: 'plimsoll.overflowed',
    rule: 'overflow',
    severity: 'warning',
    text: (count, { family }) =>
      `${family} has as many series as it may: ${counted(count, 'look-up')} went to overflow="true"`,
    advice: 'Leave out a label that has too many values, or raise maxSeries.',
  },
  {
    counter: 'plimsoll.rejected',
    rule: 'rejected',
    severity: 'warning',
    text: (count, { family, reason }) => `${counted(count, 'value')} of ${family} rejected (${reason})`,
    advice: 'Correct what the app records: rejected values are in no number.',
  },
  {
    counter: 'plimsoll.failed',
    rule: 'failed',
    severity: 'warning',
    text: (count, { family, reason }) => `${counted(count, 'failure')} of the ${reason} of ${family}`,
    advice: 'The function that the app gave to the metric throws or does not end.',
  },
  {
    counter: 'plimsoll.dropped',
    rule: 'dropped',
    severity: 'warning',
    text: (count) => `page full: ${counted(count, 'series or bucket', 'series or buckets')} not visible from outside`,
    advice: 'Raise maxBytes of publish(), record fewer series, or make room where the page is.',
  },
]

/** What an archive lacks. */
export function archiveFindings(seen: Seen): Found[] {
  const count = seen.sum('plimsoll.archive.dropped') ?? 0
  if (count === 0) return []
  return [
    {
      rule: 'archive-full',
      severity: 'warning',
      text: `${counted(count, 'series', 'series')} of ended processes in no total: the archive takes no further metrics`,
      advice: 'Put what varies into a label, not into the name of a metric.',
    },
  ]
}

/** What went wrong with recording, from plimsoll's own counters. */
export function recordingFindings(seen: Seen): Found[] {
  return troubles.flatMap(({ counter, rule, severity, text, advice }) => {
    const series = seen.series(counter).filter(({ value }) => value > 0)
    if (series.length === 0) return []
    const largest = series.toSorted((a, b) => b.value - a.value)
    const named = largest.slice(0, maxNamed).map(({ value, labels }) => text(value, labels))
    const left = series.length - named.length
    const more = left > 0 ? [`the same of ${counted(left, 'more metric')}`] : []
    return [...named, ...more].map((one) => ({ rule, severity, text: one, advice }))
  })
}
