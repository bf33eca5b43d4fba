import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { Heading } from './dialect.ts'
import { exportOf, textOf } from './exposition.ts'
import { escapeHelp } from './labels.ts'
import type { ExpositionOptions } from './options.ts'

/** The HTTP content type of {@link formatPrometheus}'s text. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * A snapshot in the Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Units end the names: `web.latency` in `s` is `web_latency_seconds`. Of names that come out alike, `a.b` and `a_b`, the first
 * in the snapshot has it; the others are left out, with a `#` comment, and `onLeftOut` is called.
 *
 * - Counters and meters end in `_total`; rates are left to queries.
 * - Timers and histograms are classic histograms with cumulative buckets, averages summaries without quantiles. The bounds
 *   are those that were declared, else fixed ones by unit, never those of what was recorded.
 * - A gauge with extremes has `…_min` and `…_max` beside it, with the label `window`.
 * - A state `pool.state` has four: `pool_state` with a label of that name, 1 for each state that some process is in and 0
 *   for all others; and with the label `state` the gauge `pool_state_processes` and the counter
 *   `pool_state_seconds_total`; and `pool_state_users`, how many holders it has.
 * - A text is a gauge of 1 named `…_info`, with the text as the label `value`, cut after 1,024 characters; an info the same
 *   with its constants as labels.
 * - A label of a metric that has one of these names becomes `label_value` and so on.
 *
 * The result is one text, legal for any snapshot whose series differ in their labels; it holds no lone surrogates.
 * Cost: about 0.1 ms for 1,000 counters with two labels.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for an invalid option.
 */
export function formatPrometheus(snapshot: Snapshot, options: ExpositionOptions = {}): string {
  const exported = exportOf('formatPrometheus()', snapshot, options)
  const text = textOf(
    { ...exported, createdAt: undefined },
    { header, boundText: String, strict: false, exemplars: false, options },
  )
  let comments = ''
  for (const { name, reason } of exported.leftOut)
    comments += `# plimsoll: left out ${commentText(`${name}: ${reason}`)}\n`
  return comments + text
}

/** A comment is one line, without lone surrogates, and not longer than people read. */
export function commentText(text: string): string {
  return escapeHelp(text.slice(0, maxComment), false).replace(/\r/g, '\\r')
}

const maxComment = 500

/** This format has the ending of the samples in the name of the family, and fewer types. */
function header({ name, type, help }: Heading): string {
  const sample = type === 'counter' ? `${name}_total` : type === 'info' ? `${name}_info` : name
  const about = help === '' ? '' : `# HELP ${sample} ${escapeHelp(help, false)}\n`
  return `${about}# TYPE ${sample} ${type === 'info' || type === 'stateset' ? 'gauge' : type}\n`
}
