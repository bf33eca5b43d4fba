import { optionInvalid } from '../errors.ts'
import type { OtlpAttributes } from '../formats/otlp/encoding.ts'
import { warn } from '../os/warning.ts'

/** What the variables of OpenTelemetry say about where and how metrics are sent. */
export interface OtlpEnvironment {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly resource: OtlpAttributes
  readonly compression?: 'gzip' | 'none'
  readonly encoding?: 'protobuf' | 'json'
  readonly temporality?: 'cumulative' | 'delta'
  readonly histograms?: 'exponential' | 'explicit'
  readonly timeoutMs?: number
  /** Paths of PEM files. */
  readonly certificates: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

type Variables = Readonly<Record<string, string | undefined>>

const encodings: Readonly<Record<string, 'protobuf' | 'json'>> = { 'http/protobuf': 'protobuf', 'http/json': 'json' }
const compressions: Readonly<Record<string, 'gzip' | 'none'>> = { gzip: 'gzip', none: 'none' }
const temporalities: Readonly<Record<string, 'cumulative' | 'delta'>> = {
  cumulative: 'cumulative',
  delta: 'delta',
  // Delta for all that the app adds to and the library sums up: plimsoll has no sums but such.
  lowmemory: 'delta',
}
const histogramKinds: Readonly<Record<string, 'exponential' | 'explicit'>> = {
  explicit_bucket_histogram: 'explicit',
  base2_exponential_bucket_histogram: 'exponential',
}

/**
 * The variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and of the exporter of metrics,
 * https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/: one for metrics alone goes before that for all
 * signals, an empty one is none, and one with an invalid value is left out with a warning, as it must not end an app.
 */
export function otlpEnvironment(variables: Variables = process.env): OtlpEnvironment {
  const { OTEL_SERVICE_NAME: service = '' } = variables
  const resource = pairsOf('OTEL_RESOURCE_ATTRIBUTES', variables['OTEL_RESOURCE_ATTRIBUTES'])
  const timeout = chosen(
    variables,
    'TIMEOUT',
    (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
    'milliseconds',
  )
  const compression = chosen(variables, 'COMPRESSION', oneOf(compressions), 'gzip or none')
  const encoding = chosen(variables, 'PROTOCOL', oneOf(encodings), 'http/protobuf or http/json')
  const temporality = chosen(
    variables,
    'METRICS_TEMPORALITY_PREFERENCE',
    oneOf(temporalities),
    'cumulative, delta or lowmemory',
  )
  const histograms = chosen(
    variables,
    'METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
    oneOf(histogramKinds),
    Object.keys(histogramKinds).join(' or '),
  )
  const [ca, cert, key] = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].map((name) => own(variables, name)?.text)
  return {
    url: urlOf(variables),
    headers: headersOf(variables),
    resource: { ...resource, ...(service !== '' && { 'service.name': service }) },
    certificates: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
    ...(compression !== undefined && { compression }),
    ...(encoding !== undefined && { encoding }),
    ...(temporality !== undefined && { temporality }),
    ...(histograms !== undefined && { histograms }),
    ...(timeout !== undefined && timeout > 0 && { timeoutMs: timeout }),
  }
}

/** The endpoint of metrics as it is, or that of all signals with the path of metrics behind it. */
function urlOf(variables: Variables): URL {
  const isUrl = (text: string): URL | undefined => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
  }
  const expected = 'a URL that begins with http:// or https://'
  const exact = chosen(variables, 'METRICS_ENDPOINT', isUrl, expected)
  if (exact !== undefined) return exact
  const base = chosen(variables, 'ENDPOINT', isUrl, expected) ?? new URL(defaultEndpoint)
  base.pathname = `${base.pathname.replace(/\/$/, '')}${metricsPath}`
  return base
}

/** Where a collector listens. */
const defaultEndpoint = 'http://localhost:4318'
/** The path of metrics behind that of all signals. */
export const metricsPath = '/v1/metrics'

function headersOf(variables: Variables): Record<string, string> {
  const found = own(variables, 'HEADERS')
  return found === undefined ? {} : pairsOf(found.name, found.text)
}

/** `a=1,b=2`, with percent encoding in names and values, as in W3C Baggage. */
function pairsOf(name: string, text = ''): Record<string, string> {
  const pairs: [string, string][] = []
  for (const member of text.split(',')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(member) ?? []
    try {
      if (key !== undefined && value !== undefined) pairs.push([decodeURIComponent(key), decodeURIComponent(value)])
      else if (member.trim() !== '') invalid(name, 'a list such as key=value,other=value')
    } catch {
      invalid(name, 'percent encoding in UTF-8')
    }
  }
  return Object.fromEntries(pairs)
}

/** The variable for metrics, or else for all signals. */
function own(variables: Variables, ending: string): { readonly name: string; readonly text: string } | undefined {
  const names = ending.startsWith('METRICS_') ? [ending] : [`METRICS_${ending}`, ending]
  for (const name of names.map((each) => `OTEL_EXPORTER_OTLP_${each}`)) {
    const text = variables[name]?.trim() ?? ''
    if (text !== '') return { name, text }
  }
  return undefined
}

function chosen<T>(
  variables: Variables,
  ending: string,
  read: (text: string) => T | undefined,
  expected: string,
): T | undefined {
  const found = own(variables, ending)
  if (found === undefined) return undefined
  const value = read(found.text)
  if (value === undefined) invalid(found.name, expected)
  return value
}

function oneOf<T>(known: Readonly<Record<string, T>>): (text: string) => T | undefined {
  return (text) => (Object.hasOwn(known, text.toLowerCase()) ? known[text.toLowerCase()] : undefined)
}

/** The value stays out of it: headers are secrets. */
function invalid(name: string, expected: string): void {
  warn(optionInvalid(name, 'the environment', 'a value that cannot be read', expected))
}
