import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { formatGraphite, type GraphiteOptions } from 'plimsoll/formats'
import { graphite } from 'plimsoll/sinks'
import type { Snapshot } from 'plimsoll/snapshot'
import { needsPackage } from '../support/debian.ts'
import { everyKind } from '../support/snapshots.ts'
import { deliver, deliveryFor, family, many, oddValues, snapshotAt } from './deliveries.ts'
import { type Carbon, carbonPorts, startCarbon } from './receivers/carbon.ts'
import { freePort, until } from './receivers/program.ts'
import { startVictoriaMetrics } from './receivers/victoria-metrics.ts'

const command = needsPackage('graphite-carbon', 'carbon-cache')
const skip = 'missing' in command ? command.missing : false
const program = 'path' in command ? command.path : ''
const victoria = needsPackage('victoria-metrics', 'victoria-metrics')
let carbon: Carbon

const now = Math.floor(Date.now() / 1000)

/** Everything that a snapshot is in lines, by path. */
function expected(snapshot: Snapshot, options: GraphiteOptions): Map<string, number> {
  const lines = [...formatGraphite(snapshot, options)].join('').trimEnd().split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]).map(([path, value]) => [path, Number(value)]))
}

/** Where carbon keeps a path: with tags, by the hash of the path with its tags in order. */
function stored(path: string): string {
  const [name, ...tags] = path.split(';')
  if (tags.length === 0) return path
  const hash = createHash('sha256')
    .update([name, ...tags.sort()].join(';'))
    .digest('hex')
  return `_tagged.${hash.slice(0, 3)}.${hash.slice(3, 6)}.${hash}`
}

/** Waits until carbon has all of these at that second, exactly. */
async function arrived(all: ReadonlyMap<string, number>, second: number, at: Carbon = carbon): Promise<void> {
  for (const [path, value] of all) {
    await until(`${path} = ${value} at ${second}`, () => at.values(stored(path)).get(second) === value || undefined)
  }
}

const odd = [
  family(
    'gauge',
    'web.odd',
    oddValues.map((a, i) => [{ a }, i + 0.1]),
  ),
  family('gauge', 'web.busy', [
    [{ a: 'nan' }, Number.NaN],
    [{ a: 'inf' }, Number.POSITIVE_INFINITY],
    [{ a: 'exact' }, 0.1 + 0.2],
    [{ a: 'small' }, 5e-324],
    [{ a: 'negative' }, -1.5e300],
  ]),
]

describe('carbon', { skip }, () => {
  before(async () => {
    carbon = await startCarbon(program)
  })
  after(() => carbon.stop())

  for (const [scheme, labels] of [
    ['graphite', 'nodes'],
    ['graphite', 'tags'],
    ['graphite+pickle', 'nodes'],
    ['graphite+udp', 'tags'],
  ] as const) {
    test(`carbon stores every number exactly, over ${scheme} with labels as ${labels}`, async () => {
      const prefix = `${scheme.replace('+', '-')}.${labels}`
      const snapshot = snapshotAt(now + 0.9, ...everyKind.families, ...odd)
      const port = scheme === 'graphite+pickle' ? carbon.picklePort : carbon.port
      const sink = graphite(`${scheme}://127.0.0.1:${port}?window=start`, { prefix, labels })
      const delivered = await deliver(sink, snapshot)
      assert.equal(delivered.error, undefined)
      // The label of 1 MB.
      assert.equal(delivered.lost['labels too long'], 1)
      const all = expected(snapshot, { prefix, labels, window: 'start' })
      await arrived(all, now)
      assert.ok(!carbon.paths().some((path) => path.includes('.nan') || path.includes('.inf')))
      await sink.close?.(deliveryFor(delivered))
    })
  }

  test('Two thousand series arrive in one send', async () => {
    const snapshot = snapshotAt(
      now,
      family(
        'counter',
        'web.requests',
        many(2000, (i) => i * 1.1),
      ),
    )
    const sink = graphite(`graphite://127.0.0.1:${carbon.port}`, { prefix: 'many' })
    const delivered = await deliver(sink, snapshot)
    assert.deepEqual([delivered.error, delivered.lost], [undefined, {}])
    await arrived(expected(snapshot, { prefix: 'many' }), now)
    await sink.close?.(deliveryFor(delivered))
  })

  test('What a receiver missed that was down, at the start and later, arrives with its own times', async () => {
    const ports = await carbonPorts()
    const sink = graphite(`graphite://127.0.0.1:${ports.port}`, { prefix: 'down' })
    const of = (i: number): Snapshot =>
      snapshotAt(
        now + i,
        family(
          'counter',
          'web.requests',
          many(300, (n) => n + i),
        ),
      )
    let receiver: Carbon | undefined
    try {
      for (const i of [0, 1]) {
        const { error, lost } = await deliver(sink, of(i))
        assert.match(String(error), /ECONNREFUSED/)
        assert.deepEqual(lost, {})
      }
      receiver = await startCarbon(program, ports)
      assert.equal((await deliver(sink, of(2))).error, undefined)
      for (const i of [0, 1, 2]) await arrived(expected(of(i), { prefix: 'down' }), now + i, receiver)
      await receiver.stop()
      assert.match(String((await deliver(sink, of(3))).error), /ECONNREFUSED/)
      receiver = await startCarbon(program, ports)
      assert.equal((await deliver(sink, of(4))).error, undefined)
      for (const i of [2, 3, 4]) await arrived(expected(of(i), { prefix: 'down' }), now + i, receiver)
    } finally {
      await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
      await receiver?.stop()
      rmSync(ports.folder, { recursive: true, force: true })
    }
  })
})

test('VictoriaMetrics takes names, tags and values', { skip: 'missing' in victoria && victoria.missing }, async (t) => {
  const server = await startVictoriaMetrics('path' in victoria ? victoria.path : '')
  t.after(() => server.stop())
  const sink = graphite(`graphite://127.0.0.1:${server.graphitePort}`, { prefix: '', labels: 'tags', window: 'start' })
  t.after(() => sink.close?.(deliveryFor({ bytes: 0, lost: {} })))
  const { error } = await deliver(sink, snapshotAt(now, ...everyKind.families, ...odd))
  assert.equal(error, undefined)
  const all = await until('all values', async () => {
    const found = await server.read()
    return found.size >= 57 ? found : undefined
  })
  assert.equal(all.get('web.requests{route="/x",status="500"}'), 1.5)
  // It stores about 12 digits.
  assert.ok(Math.abs((all.get('web.latency.p50{route="/"}') ?? 0) - 0.8408964152537146) < 1e-11)
  assert.equal(all.get('web.odd{a="c.d"}'), 1.1)
})

/** A receiver that reads only when it is told to. */
async function startSilent(port = 0) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.pause().on('error', () => {}))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

test('For a receiver that does not read, no more than the limit is kept, and what is beyond is counted', async () => {
  const silent = await startSilent()
  // The kernel takes 4 MB.
  const long = 'x'.repeat(200)
  const sink = graphite(`graphite://127.0.0.1:${silent.port}`, { prefix: long, backfillBytes: 2 ** 20 })
  const of = (second: number, count: number): Snapshot =>
    snapshotAt(
      second,
      family(
        'counter',
        'web.requests',
        many(count, (n) => n),
      ),
    )
  for (const second of [now, now + 1]) {
    const { bytes, lost, error } = await deliver(sink, of(second, 30_000), 1)
    assert.ok(error instanceof Error)
    assert.ok(bytes > 0, 'buffers of the kernel take some of each connection')
    const { 'receiver down': down = 0, ...others } = lost
    assert.deepEqual(others, {})
    assert.ok(down > 0 && down < 30_000, `${down}`)
  }
  await silent.stop()
  // All that is kept arrives at one that reads, from the beginning of a line, in order.
  const reading = await startSilent(silent.port)
  const texts: string[] = []
  const ended = (async () => {
    await until('a connection', () => reading.sockets[0])
    for await (const part of (reading.sockets[0] as Socket).setEncoding('utf8')) texts.push(part as string)
  })()
  assert.equal((await deliver(sink, of(now + 2, 1000))).error, undefined)
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  await ended
  await reading.stop()
  const lines = texts.join('').trimEnd().split('\n')
  for (const line of lines) assert.match(line, /^x{200}\.web\.requests\._r\d+\.200 \d+ \d{10}$/)
  const times = lines.map((line) => Number(line.split(' ')[2]))
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  assert.equal(times.filter((time) => time === now + 2).length, 1000)
  const kept = texts.join('').length
  assert.ok(kept > 2 ** 19 && kept < 2 ** 21, `${kept}`)
})

test('A connection that the receiver has closed is made anew before values are wasted on it', async () => {
  const server = await startSilent()
  const sink = graphite(`graphite://127.0.0.1:${server.port}`, { prefix: 'x' })
  assert.equal((await deliver(sink, snapshotAt(1, family('gauge', 'a', [[{}, 1]])))).error, undefined)
  const first = await until('a connection', () => server.sockets[0])
  first.resume().end()
  await once(first, 'close')
  assert.equal((await deliver(sink, snapshotAt(2, family('gauge', 'a', [[{}, 2]])))).error, undefined)
  const second = await until('a second connection', () => server.sockets[1])
  second.resume().setEncoding('utf8')
  let text = ''
  second.on('data', (part: string) => {
    text += part
  })
  // What was sent last over the connection that broke comes again.
  await until('both values', () => text === 'x.a 1 1\nx.a 2 2\n' || undefined)
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  await server.stop()
})

test('The prefix is the lower-case name of the host where none is given', async () => {
  const server = await startSilent()
  const sink = graphite(`graphite://127.0.0.1:${server.port}`)
  const sending = deliver(sink, snapshotAt(1, family('gauge', 'a', [[{}, 1]])))
  const socket = await until('a connection', () => server.sockets[0])
  const [bytes] = (await once(socket.resume(), 'data')) as [Buffer]
  assert.match(bytes.toString(), /^[^A-Z/ ]+\.a 1 1\n$/)
  await sending
  await sink.close?.(deliveryFor({ bytes: 0, lost: {} }))
  await server.stop()
})

test('URLs and options are checked when the sink is made, and it is called by its receiver', async () => {
  assert.throws(() => graphite('http://127.0.0.1'), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => graphite('graphite://127.0.0.1', { prefx: '' } as object), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  assert.throws(() => graphite('graphite://127.0.0.1?labels=both'), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.equal(graphite('graphite+pickle://[::1]').name, 'graphite+pickle [::1]:2004')
  const port = await freePort()
  const { error } = await deliver(graphite(`graphite://nowhere.invalid:${port}`), everyKind)
  assert.match(String(error), /ENOTFOUND|EAI_AGAIN/)
})
