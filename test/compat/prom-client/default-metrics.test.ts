import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import * as own from 'plimsoll/prom-client'
import original from 'prom-client'

/** What a registry knows of its metrics, by name. */
function headsOf(registry: { getMetricsAsArray(): readonly object[] }): Map<string, unknown> {
  const metrics = registry.getMetricsAsArray() as readonly Readonly<Record<string, unknown>>[]
  return new Map(
    metrics.map(({ name, help, type, aggregator, labelNames }) => [`${name}`, { help, type, aggregator, labelNames }]),
  )
}

test('Default metrics are those of prom-client, and the utilization of the event loop where an option asks for it.', async (t) => {
  const [registry, theirs] = [new own.Registry(), new original.Registry()]
  t.after(() => registry.clear())
  const labels = { zone: 'a' }
  own.collectDefaultMetrics({ register: registry, labels, eventLoopUtilizationTimeout: 5 })
  original.collectDefaultMetrics({ register: theirs, labels })
  const plain = new own.Registry()
  t.after(() => plain.clear())
  own.collectDefaultMetrics({ register: plain, labels })
  assert.deepEqual([...headsOf(plain).keys()].sort(), [...headsOf(theirs).keys()].sort())
  const heads = headsOf(registry)
  for (const [name, head] of headsOf(theirs)) {
    assert.deepEqual(heads.get(name), head, name)
    heads.delete(name)
  }
  assert.deepEqual(
    [...heads.keys()],
    ['summary', 'histogram'].map((kind) => `nodejs_eventloop_utilization_${kind}`),
  )

  const textOf = (kind: string): Promise<string> => {
    return registry.getSingleMetricAsString(`nodejs_eventloop_utilization_${kind}`)
  }
  while (!/_count\{zone="a"\} [1-9]/.test(await textOf('summary'))) await wait(5)
  const [, all] = /le="1",zone="a"\} (\d+)/.exec(await textOf('histogram')) ?? []
  assert.ok(Number(all) > 0)
  assert.match(await textOf('summary'), /quantile="0.99",zone="a"\} (?:0|1)(?:\.\d+)?(?:e-\d+)?\n/)
})

test('An interval of 0 for the utilization of the event loop is the shortest that a timer has.', async (t) => {
  const registry = new own.Registry()
  t.after(() => registry.clear())
  own.collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: 0 })
  const count = async (): Promise<string> => registry.getSingleMetricAsString('nodejs_eventloop_utilization_summary')
  while (!/_count [1-9]/.test(await count())) await wait(5)
})
