import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as own from 'plimsoll/prom-client'
import original from 'prom-client'

// One program for both libraries: types differ in details that no program here depends on.
// biome-ignore lint/suspicious/noExplicitAny: that is the point.
type Any = any

const names = ['method', 'code', 'path'] as const

/** Values that labels have: texts, among them those to be escaped, numbers, and what only looks like one. */
const labelValue = fc.constantFrom<unknown>('GET', 'a"b\\c\nd', '', 200, '200', 0, true, 'é', null)

/** Labels with all names or not, in any order; often the same ones, with numbers or their texts. */
const labels = fc.oneof(
  fc
    .tuple(fc.shuffledSubarray([...names], { minLength: 0 }), fc.array(labelValue, { minLength: 3, maxLength: 3 }))
    .map(([chosen, values]) => Object.fromEntries(chosen.map((name, i) => [name, values[i]]))),
  fc.constantFrom<Record<string, unknown>>(
    { method: 'GET', code: 200, path: '/' },
    { method: 'GET', code: '200', path: '/' },
    { path: '/', code: 200, method: 'GET' },
  ),
)

const amount = fc.oneof(
  fc.constantFrom<unknown>(undefined, 0, 1, 2.5, -1, Number.NaN, Number.POSITIVE_INFINITY, '3', null),
  fc.double({ min: -1000, max: 1000, noNaN: true }),
)

const call = fc.record({
  metric: fc.nat(7),
  method: fc.constantFrom('record', 'inc', 'dec', 'bound', 'kept', 'positional', 'remove', 'reset', 'zero', 'clear'),
  labels: fc.option(labels, { nil: undefined }),
  amount,
})

const buckets = fc.constantFrom<number[] | undefined>(
  undefined,
  [1, 10, 100],
  [100, 1, 1, 10],
  [0.1, Infinity],
  [-1, 0],
  [],
)

const program = fc.record({
  calls: fc.array(call, { maxLength: 60 }),
  buckets,
  defaults: fc.option(labels),
  openMetrics: fc.boolean(),
})
type Program = typeof program extends fc.Arbitrary<infer P> ? P : never

/** Runs a program, and returns the text of all metrics and what each call threw. */
async function run(library: Any, { calls, buckets, defaults, openMetrics }: Program) {
  const type = openMetrics ? library.openMetricsContentType : library.prometheusContentType
  const registry = new library.Registry(type)
  const common = { help: 'a \\ help\nof two lines', registers: [registry] }
  const metrics = [
    new library.Counter({ ...common, name: 'bare_counter' }),
    new library.Counter({ ...common, name: 'counter:a', labelNames: [...names] }),
    new library.Gauge({ ...common, name: 'bare_gauge' }),
    new library.Gauge({ ...common, name: '_gauge', labelNames: [...names] }),
    new library.Histogram({ ...common, name: 'bare_seconds', ...(buckets && { buckets }) }),
    new library.Histogram({ ...common, name: 'bytes', labelNames: [...names], ...(buckets && { buckets }) }),
    new library.Summary({ ...common, name: 'bare_summary', percentiles: [] }),
    new library.Summary({ ...common, name: 'summary', labelNames: [...names], percentiles: [] }),
  ]
  const thrown: string[] = []
  const kept = new Map<string, Any>()
  for (const one of calls) {
    try {
      perform(metrics[one.metric], one, kept)
    } catch (error) {
      thrown.push(String(error))
    }
  }
  const json = JSON.stringify((await registry.getMetricsAsJSON()).map(({ values }: Any) => values.map(sorted)))
  // Afterwards: with default labels, the JSON of prom-client changes labels that are empty, and from then on its text.
  if (defaults) registry.setDefaultLabels(defaults)
  return { text: await registry.metrics(), thrown, json }
}

function sorted({ labels, ...value }: Any): unknown {
  return [Object.entries(labels).sort(), Object.entries(value).sort()]
}

function perform(metric: Any, { method, labels, amount }: Any, kept: Map<string, Any>): void {
  // prom-client looks for labels in the letters of a text without labels, in summaries only.
  if (metric.type === 'summary' && typeof amount === 'string') return
  const record = metric.observe ? 'observe' : metric.set ? 'set' : 'inc'
  const isCounting = method === 'inc' || (method === 'dec' && metric.dec)
  const chosen = isCounting ? (metric[method] ? method : record) : record
  if (method === 'remove') metric.remove(labels ?? {})
  else if (method === 'reset') metric.reset()
  else if (method === 'zero') metric.zero?.(labels ?? {})
  else if (method === 'bound') metric.labels(labels ?? {})[chosen](amount)
  else if (method === 'kept') {
    const key = `${metric.name} ${JSON.stringify(labels)}`
    const bound = kept.get(key) ?? metric.labels(labels ?? {})
    kept.set(key, bound)
    // What is taken out of the object works by itself.
    const call = bound[chosen]
    call(amount)
  } else if (method === 'positional')
    metric.labels(...Object.values(labels ?? {}).map((value) => value ?? 'null'))[chosen](amount)
  else if (labels === undefined) metric[chosen](amount)
  else metric[chosen](labels, amount)
}

test('Text, plain data and errors are those of prom-client, whatever is recorded.', async () => {
  const property = fc.asyncProperty(program, async (given) => {
    assert.deepEqual(await run(own, given), await run(original, given))
  })
  await fc.assert(property, { numRuns: 150 })
})
