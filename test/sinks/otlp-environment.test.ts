import assert from 'node:assert/strict'
import { test } from 'node:test'
import { otlpEnvironment } from '#src/sinks/otlp-environment.ts'

const own = 'OTEL_EXPORTER_OTLP_METRICS'
const all = 'OTEL_EXPORTER_OTLP'

test('Without variables, metrics go to a collector on this machine', () => {
  const { url, headers, resource, certificates, ...others } = otlpEnvironment({})
  assert.equal(url.href, 'http://localhost:4318/v1/metrics')
  assert.deepEqual([headers, resource, certificates, others], [{}, {}, {}, {}])
})

test('The endpoint of all signals gets a path, that of metrics is as it is', () => {
  const urls: [Record<string, string>, string][] = [
    [{ [`${all}_ENDPOINT`]: 'https://a.example:4318' }, 'https://a.example:4318/v1/metrics'],
    [{ [`${all}_ENDPOINT`]: 'http://a.example/base/' }, 'http://a.example/base/v1/metrics'],
    [{ [`${own}_ENDPOINT`]: 'http://b.example' }, 'http://b.example/'],
    [
      { [`${own}_ENDPOINT`]: 'http://b.example/x?y=z', [`${all}_ENDPOINT`]: 'http://a.example' },
      'http://b.example/x?y=z',
    ],
    [{ [`${own}_ENDPOINT`]: '', [`${all}_ENDPOINT`]: 'http://a.example' }, 'http://a.example/v1/metrics'],
  ]
  for (const [variables, url] of urls) assert.equal(otlpEnvironment(variables).url.href, url)
})

test('A variable of metrics goes before that of all signals', () => {
  const environment = otlpEnvironment({
    [`${all}_HEADERS`]: 'a=1',
    [`${own}_HEADERS`]: 'api-key=x%20y, other = z ',
    [`${all}_PROTOCOL`]: 'http/protobuf',
    [`${own}_PROTOCOL`]: 'http/json',
    [`${all}_COMPRESSION`]: 'gzip',
    [`${own}_COMPRESSION`]: 'none',
    [`${all}_TIMEOUT`]: '5000',
    [`${own}_TIMEOUT`]: '2000',
    [`${own}_TEMPORALITY_PREFERENCE`]: 'Delta',
    [`${own}_DEFAULT_HISTOGRAM_AGGREGATION`]: 'Explicit_Bucket_Histogram',
    [`${all}_CERTIFICATE`]: '/ca.pem',
    [`${all}_CLIENT_KEY`]: '/all.key',
    [`${own}_CLIENT_KEY`]: '/own.key',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=none,team=a%2Cb',
    OTEL_SERVICE_NAME: 'shop',
  })
  const { url: _, ...others } = environment
  assert.deepEqual(others, {
    headers: { 'api-key': 'x y', other: 'z' },
    encoding: 'json',
    compression: 'none',
    timeoutMs: 2000,
    temporality: 'delta',
    histograms: 'explicit',
    certificates: { ca: '/ca.pem', key: '/own.key' },
    resource: { 'service.name': 'shop', team: 'a,b' },
  })
})

test('Each temporality and kind of histogram that the specification names has a meaning', () => {
  const temporalities = ['cumulative', 'DELTA', 'LowMemory'].map((text) => {
    return otlpEnvironment({ [`${own}_TEMPORALITY_PREFERENCE`]: text }).temporality
  })
  assert.deepEqual(temporalities, ['cumulative', 'delta', 'delta'])
  const kinds = ['base2_exponential_bucket_histogram', 'explicit_bucket_histogram'].map((text) => {
    return otlpEnvironment({ [`${own}_DEFAULT_HISTOGRAM_AGGREGATION`]: text }).histograms
  })
  assert.deepEqual(kinds, ['exponential', 'explicit'])
})

test('What cannot be read is a warning without the value, and as if it were not there', async () => {
  const warnings: string[] = []
  const onWarning = ({ message }: Error): void => void warnings.push(message)
  process.on('warning', onWarning)
  const environment = otlpEnvironment({
    [`${all}_PROTOCOL`]: 'grpc',
    [`${all}_HEADERS`]: 'secret',
    [`${all}_ENDPOINT`]: 'localhost:4317',
    [`${all}_TIMEOUT`]: '1s',
    [`${own}_TEMPORALITY_PREFERENCE`]: 'grpc',
    [`${own}_DEFAULT_HISTOGRAM_AGGREGATION`]: 'grpc',
    OTEL_RESOURCE_ATTRIBUTES: 'a=%ff',
  })
  await new Promise(setImmediate)
  process.off('warning', onWarning)
  const { url, headers, resource, certificates, ...others } = environment
  assert.equal(url.href, 'http://localhost:4318/v1/metrics')
  assert.deepEqual([headers, resource, certificates, others], [{}, {}, {}, {}])
  assert.equal(warnings.length, 7, warnings.join('\n'))
  for (const warning of warnings) assert.doesNotMatch(warning, /secret|grpc/)
  for (const name of [
    'PROTOCOL',
    'HEADERS',
    'ENDPOINT',
    'TIMEOUT',
    'RESOURCE_ATTRIBUTES',
    'TEMPORALITY',
    'AGGREGATION',
  ]) {
    assert.ok(
      warnings.some((warning) => warning.includes(name)),
      name,
    )
  }
})
