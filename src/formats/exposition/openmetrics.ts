import type { Snapshot } from '../../snapshot/snapshot.ts'
import { canonicalNumber, type Heading } from './dialect.ts'
import { exportOf, textOf } from './exposition.ts'
import { escapeHelp } from './labels.ts'
import type { ExpositionOptions } from './options.ts'

/** The HTTP content type of {@link formatOpenMetrics}'s text. */
export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * A snapshot in OpenMetrics text 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), ended by `# EOF`.
 *
 * Names, labels and buckets are those of the Prometheus text, with `le="1.0"` for `le="1"`; texts and infos have the type
 * `info`, states `stateset`. There are also `# UNIT` lines, and with `created` a `_created` behind each sample that only goes
 * up. Exemplars follow counters and buckets, but for those with a NUL, or with labels above the standard's 128 characters.
 * What the standard forbids is left out: counters that are NaN or below 0, and sums of values below 0 with their counts; also
 * comments, so `onLeftOut` alone is called for what else is left out.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for an invalid option.
 */
export function formatOpenMetrics(snapshot: Snapshot, options: ExpositionOptions = {}): string {
  const exported = exportOf('formatOpenMetrics()', snapshot, options)
  return `${textOf(exported, { header, boundText: canonicalNumber, strict: true, exemplars: true, options })}# EOF\n`
}

function header({ name, type, unit, help }: Heading): string {
  let lines = `# TYPE ${name} ${type}\n`
  if (unit !== '') lines += `# UNIT ${name} ${unit}\n`
  if (help !== '') lines += `# HELP ${name} ${escapeHelp(help, true)}\n`
  return lines
}
