import { formatOpenMetrics, openMetricsContentType } from '../../formats/exposition/openmetrics.ts'
import { formatPrometheus, prometheusContentType } from '../../formats/exposition/prometheus.ts'
import { formatJson } from '../../formats/json/json.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'

/** A text in which metrics can be asked for over HTTP. */
export interface ServedFormat {
  /** As in `?format=`. */
  readonly name: string
  readonly contentType: string
  format(snapshot: Snapshot): string
}

export const jsonFormat: ServedFormat = {
  name: 'json',
  contentType: 'application/json; charset=utf-8',
  format: (snapshot) => `${formatJson(snapshot)}\n`,
}

/** What is served, what is preferred first. */
export const servedFormats: readonly ServedFormat[] = [
  { name: 'prometheus', contentType: prometheusContentType, format: (snapshot) => formatPrometheus(snapshot) },
  { name: 'openmetrics', contentType: openMetricsContentType, format: (snapshot) => formatOpenMetrics(snapshot) },
  jsonFormat,
]

/** One entry of an `Accept` header. */
interface Range {
  readonly type: string
  /** Absent where any will do. */
  readonly version: string | undefined
  readonly weight: number
}

/**
 * The format that an `Accept` header asks for most (RFC 9110, 12.5.1: the most specific range that fits a format gives it
 * its weight). A range with a `version` fits that version only. The Prometheus text where nothing fits and where several
 * are wanted alike, as scrapers expect it.
 */
export function negotiate(accept: string): ServedFormat {
  const ranges = accept.slice(0, longestAccept).split(',').map(rangeOf)
  let best = servedFormats[0] as ServedFormat
  let most = 0
  for (const format of servedFormats) {
    const weight = weightOf(format, ranges)
    if (weight > most) {
      best = format
      most = weight
    }
  }
  return best
}

const longestAccept = 4096

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const named = new Map(parameters.map((part) => part.split('=').map((side) => side.trim()) as [string, string]))
  const weight = Number(named.get('q') ?? 1)
  return { type, version: named.get('version'), weight: weight >= 0 && weight <= 1 ? weight : 0 }
}

function weightOf({ contentType }: ServedFormat, ranges: readonly Range[]): number {
  const own = rangeOf(contentType)
  const family = `${own.type.split('/')[0]}/*`
  let closest = 0
  let weight = 0
  for (const range of ranges) {
    const isOwn = range.type === own.type && (range.version === undefined || range.version === own.version)
    const closeness = isOwn
      ? range.version === undefined
        ? 3
        : 4
      : range.type === family
        ? 2
        : range.type === '*/*'
          ? 1
          : 0
    if (closeness > closest || (closeness === closest && closeness > 0 && range.weight > weight)) {
      closest = closeness
      weight = range.weight
    }
  }
  return weight
}
