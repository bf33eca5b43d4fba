// The test suites that prom-client and @prometheus-io/client publish, with plimsoll in place of what they test.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/** Files of tests of what those libraries do not export: parts of theirs that plimsoll has none of. */
export const internals: readonly string[] = ['timeWindowQuantilesTest.js', 'utilTest.js', 'validationTest.js']

/** What the tests load in place of a file of the library, each by what the library exports to everyone. */
const stands: Readonly<Record<string, string>> = {
  'index.js': `module.exports = require('plimsoll/prom-client')`,
  'lib/registry.js': `module.exports = require('../index').Registry`,
  'lib/cluster.js': `module.exports = require('../index').AggregatorRegistry`,
  'lib/metric.js': `module.exports = { Metric: Object.getPrototypeOf(require('../index').Counter) }`,
  'lib/worker.js': `module.exports = require('../index').WorkerRegistry`,
}

/** The names of the default metrics that each file of `lib/metrics` declares. */
const parts: Readonly<Record<string, RegExp>> = {
  eventLoopLag: /^nodejs_eventloop_lag_/,
  eventLoopUtilization: /^nodejs_eventloop_utilization_/,
  gc: /^nodejs_gc_/,
  heapSizeAndUsed: /^nodejs_(heap_size|external)_/,
  heapSpacesSizeAndUsed: /^nodejs_heap_space_/,
  processHandles: /^nodejs_active_handles/,
  processMaxFileDescriptors: /^process_max_fds/,
  processOpenFileDescriptors: /^process_open_fds/,
  processRequests: /^nodejs_active_requests/,
  processResources: /^nodejs_active_resources/,
  processStartTime: /^process_start_time/,
  version: /^nodejs_version_info/,
}

/** The default metrics that a file of the library declares, taken from those of `collectDefaultMetrics`. */
function partText(pattern: RegExp): string {
  return `const { collectDefaultMetrics, register, Registry } = require('../../index')
module.exports = (registry = register, config = {}) => {
  const all = new Registry(registry.contentType)
  collectDefaultMetrics({ eventLoopUtilizationTimeout: 100, ...config, register: all })
  for (const metric of all.getMetricsAsArray()) if (${pattern}.test(metric.name)) registry.registerMetric(metric)
}`
}

/** Makes a folder with the tests of a library, and plimsoll in its place. */
export function prepareSuite(library: string, folder: string): void {
  mkdirSync(join(folder, 'lib', 'metrics'), { recursive: true })
  for (const { name, parentPath } of readdirSync(join(library, 'test'), { recursive: true, withFileTypes: true })) {
    if (!/\.(js|snap)$/.test(name) || internals.includes(name)) continue
    const to = join(folder, relative(library, parentPath), name)
    mkdirSync(dirname(to), { recursive: true })
    // Jest takes the names of a module of Node with and without `node:` for two.
    const text = readFileSync(join(parentPath, name), 'utf8').replace(
      /(jest\.mock\(\s*')(?=http|v8|process)/g,
      '$1node:',
    )
    writeFileSync(to, text)
  }
  const files = {
    ...stands,
    ...Object.fromEntries(
      Object.entries(parts).map(([name, pattern]) => [`lib/metrics/${name}.js`, partText(pattern)]),
    ),
    'package.json': JSON.stringify({ name: 'suite', jest: { testEnvironment: 'node', testRegex: '.*Test\\.js$' } }),
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), `${text}\n`)
}

/** One test of a suite. */
export interface SuiteTest {
  readonly name: string
  readonly status: 'passed' | 'failed' | 'pending' | 'todo'
  readonly message: string
}

/** What Jest reports of a run in a file of JSON. */
export function readReport(file: string): SuiteTest[] {
  const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    const results = assertionResults.map(({ fullName, status, failureMessages }) => {
      return { name: fullName, status, message: failureMessages.join('\n') }
    })
    // A file that cannot be loaded has no tests.
    return results.length > 0 ? results : [{ name: basename(name), status: 'failed' as const, message }]
  })
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: SuiteTest['status']
      readonly failureMessages: readonly string[]
    }[]
  }[]
}
