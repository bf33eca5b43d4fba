import { checkSnapshot } from '../../snapshot/check-snapshot.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { resolveBucketsPerOctave } from './bucket-bounds.ts'
import type { ExpositionOptions } from './exposition.ts'
import { exposition } from './exposition.ts'
import type { Heading } from './exposition-dialect.ts'
import { escapeHelp } from './exposition-labels.ts'

/** The HTTP content type of {@link formatOpenMetrics}'s text. */
export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * A snapshot in OpenMetrics text 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), ended by `# EOF`.
 *
 * Names, labels and buckets are those of the Prometheus text; texts and infos have the type `info`, states `stateset`. There are also
 * `# UNIT` lines, and `_created` for what only goes up: the earliest start among the pages of the snapshot, left out when it
 * has none. Exemplars follow counters and buckets, but for those whose labels are above the standard's 128 characters.
 * What the standard forbids is left out: counters that are NaN or below 0, and sums of values below 0 with their counts.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for a `bucketsPerOctave` that is none.
 */
export function formatOpenMetrics(snapshot: Snapshot, options: ExpositionOptions = {}): string {
  checkSnapshot('formatOpenMetrics()', snapshot)
  const bucketsPerOctave = resolveBucketsPerOctave(options, 'formatOpenMetrics()')
  let startedAt = Infinity
  for (const page of snapshot.pages) if (page.startedAt < startedAt) startedAt = page.startedAt
  const created = Number.isFinite(startedAt) ? String(startedAt) : ''
  return `${exposition(snapshot, { header, created, strict: true, exemplars: true, bucketsPerOctave })}# EOF\n`
}

function header({ name, type, unit, help }: Heading): string {
  let lines = `# TYPE ${name} ${type}\n`
  if (unit !== '') lines += `# UNIT ${name} ${unit}\n`
  if (help !== '') lines += `# HELP ${name} ${escapeHelp(help, true)}\n`
  return lines
}
