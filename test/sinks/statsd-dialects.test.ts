import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Sink, statsd } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'
import { needsPackage } from '../support/debian.ts'
import { deliver, deliveryFor, family, oddValues, snapshotAt } from './deliveries.ts'
import { startCollectd } from './receivers/collectd.ts'
import { startNetdata } from './receivers/netdata.ts'
import { until } from './receivers/program.ts'

const collectd = needsPackage('collectd-core', 'collectd')
const netdata = needsPackage('netdata-core', 'netdata')

function present(total: number, gauge: number): Snapshot {
  const series = [[{ route: '/x' }, total] as const, [{ overflow: 'true' }, total] as const]
  return snapshotAt(
    1,
    family('counter', 'web.requests', series),
    family('gauge', 'web.below', [[{}, gauge]]),
    family(
      'gauge',
      'web.odd',
      oddValues.map((a, i) => [{ a }, i + 1]),
    ),
  )
}

/** A baseline, then growth of 2.5 and 3.5 with a gauge below 0. */
async function sendThree(sink: Sink, betweenMs: number): Promise<void> {
  for (const [total, gauge] of [
    [1000, 5],
    [1002.5, -7],
    [1006, -7],
  ] as const) {
    assert.equal((await deliver(sink, present(total, gauge))).error, undefined)
    await wait(betweenMs)
  }
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
}

test('collectd counts what came, and has gauges below 0 as they are', {
  skip: 'missing' in collectd && collectd.missing,
}, async (t) => {
  const server = await startCollectd('path' in collectd ? collectd.path : '')
  t.after(() => server.stop())
  await sendThree(statsd(`statsd://127.0.0.1:${server.port}`, { dialect: 'collectd' }), 0)
  // It writes a file for each series, one after the other.
  await until('all values', () => {
    const all = server.read()
    const counters = [all.get('derive-web.requests._x'), all.get('derive-web.requests.overflow=true')]
    const odd = [...all.keys()].filter((name) => name.startsWith('gauge-web.odd'))
    // All but the long one, and '__proto__', '#y' and such apart; what comes out alike is left out before.
    const isThere = counters.every((value) => value === 6) && odd.length > 12
    return (isThere && all.get('gauge-web.below') === -7) || undefined
  })
})

test('netdata counts what came, and has gauges below 0 as they are', {
  skip: 'missing' in netdata && netdata.missing,
}, async (t) => {
  const server = await startNetdata('path' in netdata ? netdata.path : '')
  t.after(() => server.stop())
  // A chart shows a rate from its second value on.
  await sendThree(statsd(`statsd://127.0.0.1:${server.port}`, { dialect: 'netdata' }), 0)
  for (const name of ['_x', 'overflow_true']) {
    await until(`a sum of 6 for ${name}`, async () => {
      const sum = (await server.read(`statsd_web.requests.${name}_counter`)).reduce((a, b) => a + b, 0)
      return Math.abs(sum - 6) < 0.01 || undefined
    })
  }
  await until('a gauge of -7', async () => (await server.read('statsd_web.below_gauge')).at(0) === -7 || undefined)
})
