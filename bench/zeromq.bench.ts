import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import type { Snapshot } from 'plimsoll/snapshot'
import { collector, publisher } from 'plimsoll/zeromq'
import { durations } from './inputs.ts'
import { effort, mustEqual, tell } from './result.ts'

const isEarnest = effort.turns > 1
const publisherCount = isEarnest ? 100 : 4
const seriesCount = 1000 / effort.divisor
const intervalMs = isEarnest ? 1000 : 100
const phaseMs = isEarnest ? 10_000 : 300

/** Of the series, so many are timers; each gets a few values an interval, the others are counters. */
const mixes = { counters: 0, 'a fifth timers': 0.2 }

/** What the collector's process tells when asked. */
interface Reading {
  readonly cpuMs: number
  readonly total: number
  readonly refused: number
}

if (process.argv[3] === undefined) await measure()
else await aggregate()

async function measure(): Promise<void> {
  const shares: Record<string, number> = {}
  const costs: Record<string, number> = {}
  for (const [name, timerShare] of Object.entries(mixes)) {
    const { share, cost } = await measureMix(Math.round(seriesCount * timerShare))
    shares[name] = share
    costs[name] = cost
  }
  const about = {
    reference: 'counters',
    note:
      `${publisherCount} publishers with ${seriesCount} series each, all of which change between two messages, and a ` +
      `message every ${intervalMs} ms, over loopback; the sum is read every ${phaseMs / 2000} s. Processor time of all threads of a process.`,
  }
  const most = { counters: 20, 'a fifth timers': 40 }
  const bars = Object.entries(most).map(([contender, share]) => {
    return { contender, text: `under ${share} % of a core`, most: share }
  })
  tell(
    {
      ...about,
      title: 'Collector of 100 publishers over ZeroMQ',
      unit: '% of a core',
      bars,
      figures: shares,
    },
    {
      ...about,
      title: 'Publisher over ZeroMQ, a message',
      unit: 'ms',
      note: `${about.note} The publisher's side: reading the registry, finding what changed, and sending it.`,
      bars: [],
      figures: costs,
    },
  )
}

async function measureMix(timers: number): Promise<{ share: number; cost: number }> {
  const child = fork(fileURLToPath(import.meta.url), [process.argv[2] ?? 'earnest', 'aggregate'])
  const [endpoint] = (await once(child, 'message')) as [string]
  const registries = Array.from({ length: publisherCount }, () => new Registry())
  const changes = registries.map((registry) => changesOf(registry, timers))
  const publishers = await Promise.all(
    registries.map((source) => publisher({ connect: endpoint, source, intervalMs, app: 'bench' })),
  )
  let recorded = 0
  const change = (): void => {
    for (const record of changes) record()
    recorded += publisherCount * seriesCount
  }
  change()
  const timer = setInterval(change, intervalMs / 2)
  // The full messages are over, and the code is compiled.
  await wait(2 * intervalMs + phaseMs / 3)
  const before = await ask(child)
  const ownBefore = process.cpuUsage()
  const begun = performance.now()
  // As often as Prometheus asks, or a little more.
  await wait(phaseMs / 2)
  await ask(child)
  await wait(phaseMs / 2)
  const own = process.cpuUsage(ownBefore)
  const elapsed = performance.now() - begun
  const after = await ask(child)
  clearInterval(timer)
  await Promise.all(publishers.map((one) => one.close()))
  await wait(isEarnest ? 1000 : 200)
  const { total, refused } = await ask(child)
  mustEqual('what was counted', total, recorded)
  mustEqual('messages that were not taken', refused, 0)
  child.disconnect()
  await once(child, 'exit')
  const messages = publisherCount * (elapsed / intervalMs)
  return {
    share: ((after.cpuMs - before.cpuMs) / elapsed) * 100,
    cost: (own.user + own.system) / 1000 / messages,
  }
}

/** Declares the series, and gives what makes each of them another. */
function changesOf(registry: Registry, timers: number): () => void {
  const counters = registry.counter('web.requests', { labels: ['route', 'status'] })
  const latency = registry.timer('web.latency', { labels: ['route'] })
  const plain = Array.from({ length: seriesCount - timers }, (_, i) =>
    counters.labels({ route: `/route/${i % 50}`, status: String(Math.floor(i / 50)) }),
  )
  const timed = Array.from({ length: timers }, (_, i) => latency.labels({ route: `/route/${i}` }))
  let next = 0
  return () => {
    for (const counter of plain) counter.inc()
    for (const one of timed) one.record(durations[next++ % durations.length] as number)
  }
}

async function ask(child: ChildProcess): Promise<Reading> {
  child.send('read')
  const [reading] = (await once(child, 'message')) as [Reading]
  return reading
}

/** The other process. */
async function aggregate(): Promise<void> {
  const sum = await collector({ bind: 'tcp://127.0.0.1:*' })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    const snapshot = sum.read()
    const messages = valuesOf(snapshot, 'plimsoll.zeromq.messages')
    process.send?.({
      cpuMs: (user + system) / 1000,
      total: [...valuesOf(snapshot, 'web.requests'), ...valuesOf(snapshot, 'web.latency')].reduce((a, b) => a + b, 0),
      refused: messages.slice(1).reduce((a, b) => a + b, 0),
    } satisfies Reading)
  })
  process.on('disconnect', () => process.exit())
  process.send?.(sum.endpoints[0])
}

function valuesOf({ families }: Snapshot, name: string): number[] {
  const series = families.find((family) => family.name === name)?.series ?? []
  return series.map((one) => ('count' in one ? one.count : 'value' in one ? Number(one.value) : 0))
}
