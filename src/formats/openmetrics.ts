import type { FamilySnapshot, Snapshot } from '../snapshot/snapshot.ts'
import type { ExpositionOptions } from './exposition.ts'
import { exposition } from './exposition.ts'
import { escapeHelp } from './exposition-labels.ts'
import { resolveBucketsPerOctave } from './exposition-ladder.ts'
import type { ExposedFamily } from './exposition-names.ts'

/** The HTTP content type of {@link formatOpenMetrics}'s text. */
export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * A snapshot in OpenMetrics text 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), ended by `# EOF`.
 *
 * Names, labels and buckets are those of the Prometheus text; texts have the type `info`. There are also `# UNIT` lines, and `_created` for counters
 * and histograms: the earliest start among the pages of the snapshot, left out when it has none.
 * What the standard forbids is left out: counters that are NaN or below 0, and sums of values below 0 with their counts.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for a `bucketsPerOctave` that is none.
 */
export function formatOpenMetrics(snapshot: Snapshot, options: ExpositionOptions = {}): string {
  const bucketsPerOctave = resolveBucketsPerOctave(options.bucketsPerOctave, 'formatOpenMetrics')
  let startedAt = Infinity
  for (const page of snapshot.pages) if (page.startedAt < startedAt) startedAt = page.startedAt
  const created = Number.isFinite(startedAt) ? String(startedAt) : ''
  return `${exposition(snapshot, { header, created, strict: true, bucketsPerOctave })}# EOF\n`
}

const types: Readonly<Record<FamilySnapshot['kind'], string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  timer: 'histogram',
  meter: 'counter',
  average: 'summary',
  state: 'stateset',
  text: 'info',
  info: 'info',
}

function header({ family, name, unit }: ExposedFamily): string {
  let lines = `# TYPE ${name} ${types[family.kind]}\n`
  if (unit !== '') lines += `# UNIT ${name} ${unit}\n`
  if (family.help !== '') lines += `# HELP ${name} ${escapeHelp(family.help, true)}\n`
  return lines
}
