import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { formatStatsd } from 'plimsoll/formats'
import { type Sink, type StatsdOptions, statsd } from 'plimsoll/sinks'
import type { DistributionSeries, FamilySnapshot, Snapshot } from 'plimsoll/snapshot'
import { deliver, deliveryFor, family, many, oddValues, snapshotAt } from './deliveries.ts'
import { freePort, until } from './receivers/program.ts'
import { type StatsdServer, startStatsd } from './receivers/statsd-server.ts'

let server: StatsdServer

/** Sends two snapshots, the first of which is the baseline. */
async function sendAfter(sink: Sink, first: Snapshot, second: Snapshot): Promise<Record<string, number>> {
  const lost: Record<string, number> = {}
  for (const snapshot of [first, second]) {
    const delivered = await deliver(sink, snapshot)
    assert.equal(delivered.error, undefined)
    Object.assign(lost, delivered.lost)
  }
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  return lost
}

function counters(name: string, value: (i: number) => number, count = 10_000): Snapshot {
  return snapshotAt(1, family('counter', name, many(count, value)))
}

function timer(count: number): FamilySnapshot {
  const counts = Array.from({ length: 60 }, (_, i) => (i === 0 ? count - 59 : 1))
  const buckets = { scale: 3, zero: 0, offset: -60, counts }
  const series: DistributionSeries = { labels: { route: '/' }, count, sum: 1, min: 0.0055, max: 1, buckets }
  return { name: 'web.latency', kind: 'timer', unit: 's', help: '', labelNames: ['route'], series: [series] }
}

describe("Etsy's statsd", () => {
  before(async () => {
    server = await startStatsd()
    // What it loses is to be by our pace, and not as other tests have the processors.
    if (process.geteuid?.() === 0) setPriority(server.pid, constants.priority.PRIORITY_HIGHEST)
  })
  after(() => server.stop())

  test('No packet of ten thousand series is lost over UDP, and what is counted is the growth', async () => {
    const sink = statsd(`statsd://127.0.0.1:${server.port}`)
    const growth = (i: number): number => 1 + (i % 7)
    await deliver(
      sink,
      counters('udp', () => 0),
    )
    // An empty packet asks whether the server is there.
    const sent = 1 + [...formatStatsd(counters('udp', growth))].flat().length
    const { 'statsd.packets_received': before = 0 } = await server.read('counters')
    const { error, lost } = await deliver(sink, counters('udp', growth))
    assert.deepEqual([error, lost], [undefined, {}])
    const counts = await until('all packets', async () => {
      const counted = await server.read('counters')
      const packets = (counted['statsd.packets_received'] ?? 0) - before
      return packets + server.dropped() >= sent ? counted : undefined
    })
    assert.equal(server.dropped(), 0)
    for (const [i, [, value]] of many(10_000, growth).entries()) assert.equal(counts[`udp._r${i}.200`], value)
    await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  })

  for (const way of ['tcp', 'unix'] as const) {
    test(`Ten thousand series arrive over ${way}`, async () => {
      const to = way === 'tcp' ? `statsd+tcp://127.0.0.1:${server.tcpPort}` : `statsd+unix://${server.path}`
      const lost = await sendAfter(
        statsd(to),
        counters(way, () => 5),
        counters(way, (i) => 6 + i),
      )
      assert.deepEqual(lost, {})
      await until('all counters', async () => {
        const all = await server.read('counters')
        return many(10_000, (i) => i).every(([, i]) => all[`${way}._r${i}.200`] === 1 + i) || undefined
      })
    })
  }

  test('Gauges are what they are, also below 0 and after they were', async () => {
    const sink = statsd(`statsd://127.0.0.1:${server.port}`)
    for (const value of [5, -7, -7, 0, -0.25]) {
      const { error } = await deliver(sink, snapshotAt(1, family('gauge', 'below', [[{}, value]])))
      assert.equal(error, undefined)
      await until(`a gauge of ${value}`, async () => (await server.read('gauges')).below === value || undefined)
    }
    await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  })

  test('The server drops and changes no character of a name, and refuses no line', async () => {
    const odd = (value: number): Snapshot =>
      snapshotAt(
        1,
        family(
          'counter',
          'odd',
          oddValues.map((a) => [{ a }, value]),
        ),
        family(
          'gauge',
          'odd-gauge',
          oddValues.map((a, i) => [{ a }, i - 5.5]),
        ),
      )
    const before = (await server.read('counters'))['statsd.bad_lines_seen']
    const lost = await sendAfter(statsd(`statsd://127.0.0.1:${server.port}`), odd(0), odd(1e-7))
    assert.equal(lost['labels too long'], 2)
    const lines = [...formatStatsd(odd(1e-7))].flat().join('').trimEnd().split('\n')
    const names = (type: string) =>
      new Set(lines.filter((line) => line.endsWith(type)).map((line) => line.split(':')[0]))
    await until('all names', async () => {
      const keys = (all: Record<string, number>) => Object.keys(all).filter((name) => name.startsWith('odd'))
      const gauges = keys(await server.read('gauges'))
      const all = keys(await server.read('counters'))
      return (names('|c').size === all.length && names('|g').size === gauges.length) || undefined
    })
    const all = await server.read('counters')
    for (const name of names('|c')) assert.equal(all[name as string], 1e-7)
    assert.equal(all['statsd.bad_lines_seen'], before)
  })

  test('Tags become part of the name, as its Graphite backend takes them', async () => {
    const sink = statsd(`statsd://127.0.0.1:${server.port}`, { labels: 'tags' })
    await sendAfter(
      sink,
      counters('tagged', () => 0, 1),
      counters('tagged', () => 1, 1),
    )
    await until('the counter', async () => (await server.read('counters'))['tagged;route=_r0;status=200'])
  })

  test('A native timer has values for the share of each, and its count', async () => {
    const sink = statsd(`statsd://127.0.0.1:${server.port}`, { timers: 'native', prefix: 'native' })
    const none = {
      ...timer(60),
      series: [{ ...timer(60).series[0], count: 0, buckets: { scale: 3, zero: 0, offset: 0, counts: [] } }],
    }
    await sendAfter(sink, snapshotAt(1, none as FamilySnapshot), snapshotAt(1, timer(1000)))
    const values = await until('the timer', async () => (await server.read<number[]>('timers'))['native.web.latency._'])
    assert.equal(values.length, 100)
    assert.equal(values.filter((value) => value === values[0]).length, 94)
  })

  test('A server that is down at the start and later loses nothing, and nothing comes twice', async () => {
    const port = await freePort()
    const sink = statsd(`statsd://127.0.0.1:${port}`)
    const total = (value: number): Snapshot => counters('down', () => value, 1000)
    for (const value of [10, 11, 13]) {
      const { error, lost } = await deliver(sink, total(value))
      assert.match(String(error), /ECONNREFUSED/)
      assert.deepEqual(lost, {})
    }
    let receiver = await startStatsd(port)
    const holds = (value: number) =>
      until(`counters of ${value}`, async () => {
        const all = Object.entries(await receiver.read('counters')).filter(([name]) => name.startsWith('down'))
        return (all.length === 1000 && all.every(([, one]) => one === value)) || undefined
      })
    try {
      assert.equal((await deliver(sink, total(17))).error, undefined)
      await holds(7)
      await receiver.stop()
      for (const value of [20, 21]) {
        const { error, lost } = await deliver(sink, total(value))
        assert.match(String(error), /ECONNREFUSED/)
        assert.deepEqual(lost, {})
      }
      receiver = await startStatsd(port)
      assert.equal((await deliver(sink, total(22))).error, undefined)
      await holds(5)
    } finally {
      await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
      await receiver.stop()
    }
  })
})

/** A receiver that takes connections and reads nothing. */
async function startSilent(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket.pause().on('error', () => {}))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  return {
    port: (silent.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      silent.close()
      await once(silent, 'close')
    },
  }
}

test('Of a send that a silent receiver cut short, the rest is part of the next growth', async () => {
  const silent = await startSilent()
  // The kernel takes 4 MB.
  const sink = statsd(`statsd+tcp://127.0.0.1:${silent.port}`, { prefix: 'x'.repeat(200) })
  const total = (value: number): Snapshot => counters('cut', () => value, 40_000)
  await deliver(sink, total(0))
  const { error, lost, bytes } = await deliver(sink, total(1), 2)
  await silent.stop()
  assert.ok(error instanceof Error && bytes > 0)
  const uncertain = lost['not known to have arrived'] as number
  assert.ok(uncertain > 0 && uncertain < 40_000, `${uncertain}`)
  // Nothing listens any more, so all that is left to send is lost at the exit, and counted.
  const delivered = { bytes: 0, lost: {} as Record<string, number> }
  sink.sendAtExit?.(total(1), deliveryFor(delivered))
  assert.deepEqual(delivered, { bytes: 0, lost: { 'not sent at exit': 40_000 - uncertain } })
})

test('With baseline: false the first snapshot is sent as well', async () => {
  const receiver = await startStatsd()
  try {
    const sink = statsd(`statsd://127.0.0.1:${receiver.port}?baseline=false`)
    await deliver(
      sink,
      counters('all', () => 3, 1),
    )
    await until('the counter', async () => (await receiver.read('counters'))['all._r0.200'] === 3 || undefined)
    await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  } finally {
    await receiver.stop()
  }
})

test('URLs, options and what a dialect cannot do are refused when the sink is made', () => {
  assert.throws(() => statsd('udp://127.0.0.1'), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => statsd('statsd://127.0.0.1', { prefx: '' } as StatsdOptions), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  assert.throws(() => statsd('statsd://127.0.0.1?dialect=collectd&labels=tags'), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.equal(statsd('statsd+unix:///run/statsd.sock').name, 'statsd+unix /run/statsd.sock')
  assert.equal(statsd('statsd://[::1]').name, 'statsd [::1]:8125')
})
