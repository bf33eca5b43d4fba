import * as library from 'plimsoll/prom-client'
import { type Contender, type Done, emptyCall, measureCalls } from './calls.ts'
import { durationSum, durations, picks, routes, statuses } from './inputs.ts'
import { bounds, own } from './own.ts'
import { newName, publishedRegistry } from './published.ts'
import { mustEqual, tell } from './result.ts'
import { promClient } from './rivals/prom-client.ts'
import { type PrometheusLibrary, type PrometheusRival, prometheusRival } from './rivals/prometheus.ts'

const registry = publishedRegistry()
const plimsoll = own(registry)
const same = await prometheusRival('plimsoll/prom-client', library as unknown as PrometheusLibrary)
const labels = ['route', 'status'] as const

/** Histograms with the bounds of prom-client, found by labels. */
const histogramByLabels: Contender['make'] = () => {
  const family = registry.histogram(newName(), { labels, buckets: bounds })
  const call = (i: number): void => {
    const pick = picks[i & 4095] as number
    family.observe({ route: routes[pick] as string, status: statuses[pick] as string }, durations[i & 4095] as number)
  }
  const verify = ({ calls }: Done): void => {
    const all = routes.map((route, i) => family.labels({ route, status: statuses[i] as string }).sum)
    const sum = all.reduce((total, one) => total + one, 0)
    mustEqual('plimsoll', sum, (calls / durations.length) * durationSum)
  }
  return { call, verify }
}

const pairs: readonly (readonly [what: string, own: Contender['make'], of: keyof PrometheusRival])[] = [
  ['a counter', plimsoll.inc.make, 'counter'],
  ['a counter found by labels', plimsoll.counterByLabels.make, 'counterByLabels'],
  ['a counter found by label values', plimsoll.counterByLabels.make, 'counterByValues'],
  ['a counter found by labels()', plimsoll.counterByLabels.make, 'counterByObject'],
  ['a bound counter', plimsoll.boundCounter.make, 'boundCounter'],
  ['a gauge', plimsoll.gauge.make, 'gauge'],
  ['a histogram', plimsoll.explicit.make, 'histogram'],
  ['a histogram found by labels', histogramByLabels, 'histogramByLabels'],
]

const measurements = []
for (const [what, make, of] of pairs) {
  const measured = await measureCalls({
    title: `The API of prom-client: ${what}`,
    note: 'The same call with the same labels and values through both APIs of plimsoll, and through prom-client.',
    reference: 'plimsoll',
    bars: [{ contender: 'plimsoll/prom-client', text: 'within 1.3 x plimsoll', most: 1.3, times: 'plimsoll' }],
    contenders: [emptyCall, { name: 'plimsoll', make }, same[of], promClient[of]],
  })
  measurements.push(measured)
}
tell(...measurements)
