import { formatOpenMetrics, openMetricsContentType } from '../formats/exposition/openmetrics.ts'
import type { ExpositionOptions } from '../formats/exposition/options.ts'
import { commentText, formatPrometheus, prometheusContentType } from '../formats/exposition/prometheus.ts'
import { formatPrometheusProtobuf, prometheusProtobufContentType } from '../formats/exposition/protobuf.ts'
import { formatJson } from '../formats/json/json.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** What there is to serve at one moment. */
export interface Reading {
  readonly snapshot: Snapshot
  /** What was found and what was not, a line each. */
  readonly comments: readonly string[]
}

/** A format of metrics over HTTP. */
export interface ServedFormat {
  /** As in `?format=`. */
  readonly name: string
  readonly contentType: string
  format(reading: Reading, options: ExpositionOptions): string | Uint8Array
}

export const jsonFormat: ServedFormat = {
  name: 'json',
  contentType: 'application/json; charset=utf-8',
  format: ({ snapshot }) => `${formatJson(snapshot)}\n`,
}

/** What is served, what is preferred first. */
export const servedFormats: readonly ServedFormat[] = [
  { name: 'prometheus', contentType: prometheusContentType, format: prometheusText },
  {
    name: 'openmetrics',
    contentType: openMetricsContentType,
    format: ({ snapshot }, options) => formatOpenMetrics(snapshot, options),
  },
  jsonFormat,
  {
    name: 'prettyjson',
    contentType: jsonFormat.contentType,
    format: ({ snapshot }) => `${formatJson(snapshot, { indent: 2 })}\n`,
  },
  {
    name: 'protobuf',
    contentType: prometheusProtobufContentType,
    format: ({ snapshot }, options) => formatPrometheusProtobuf(snapshot, options),
  },
]

/** An empty response would look like an app without metrics. */
function prometheusText({ snapshot, comments }: Reading, options: ExpositionOptions): string {
  const text = formatPrometheus(snapshot, options)
  const found = text === '' && comments.length === 0 ? ['no metrics'] : comments
  return found.map((comment) => `# plimsoll: ${commentText(comment)}\n`).join('') + text
}

/** The format that a request names; without one, that which its Accept header prefers. `undefined` for an unknown one. */
export function formatOf(wanted: string | null, accept: string): ServedFormat | undefined {
  return wanted === null ? negotiate(accept) : servedFormats.find(({ name }) => name === wanted)
}

/** What is answered where there is no such format. */
export function unknownFormat(given: string | null): string {
  return `Unknown format "${given}". The formats are ${servedFormats.map(({ name }) => name).join(', ')}.`
}

/** One entry of an `Accept` header. */
interface Range {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly weight: number
}

/**
 * The format that an `Accept` header prefers (RFC 9110, 12.5.1: the most specific range that fits a format gives it
 * its weight). A range with a parameter that a format has too, such as `version`, fits only the same. The Prometheus text
 * where nothing fits and where several are wanted alike, as scrapers expect it.
 */
function negotiate(accept: string): ServedFormat {
  const ranges = accept.slice(0, maxAccept).split(',').map(rangeOf)
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

const maxAccept = 4096

function rangeOf(text: string): Range {
  const [type = '', ...pairs] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const parameters = new Map(pairs.map((pair) => pair.split('=').map((side) => side.trim()) as [string, string]))
  const weight = Number(parameters.get('q') ?? 1)
  return { type, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 }
}

function weightOf({ contentType }: ServedFormat, ranges: readonly Range[]): number {
  const own = rangeOf(contentType)
  const family = `${own.type.split('/')[0]}/*`
  let closest = 0
  let weight = 0
  for (const range of ranges) {
    const shared = [...range.parameters].filter(([name]) => own.parameters.has(name))
    const isOwn = range.type === own.type && shared.every(([name, value]) => own.parameters.get(name) === value)
    const isAny = range.type === '*/*' ? 1 : 0
    const closeness = isOwn ? 3 + shared.length : range.type === family ? 2 : isAny
    if (closeness > closest || (closeness === closest && closeness > 0 && range.weight > weight)) {
      closest = closeness
      weight = range.weight
    }
  }
  return weight
}
