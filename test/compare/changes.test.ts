import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import type { Snapshot } from 'plimsoll/snapshot'
import { rankChanges } from '#src/compare/changes.ts'
import { changeWords, formatChanges } from '#src/compare/changes-text.ts'

/** Three snapshots of one registry, 240 s and 60 s apart, with what is done in between. */
function windows(
  before: (registry: Registry) => void,
  then: (registry: Registry) => void,
): { baseline: Snapshot; from: Snapshot; to: Snapshot } {
  const registry = new Registry()
  const at = (takenAt: number): Snapshot => ({ ...structuredClone(registry.read()), takenAt })
  before(registry)
  const baseline = at(1000)
  before(registry)
  const from = at(1240)
  then(registry)
  return { baseline, from, to: at(1300) }
}

test('what changed most comes first: rates, quantiles, gauges, states, each with words', () => {
  const normal = (registry: Registry): void => {
    registry
      .counter('requests', { labels: ['status'] })
      .labels({ status: '200' })
      .add(2400)
    registry.counter('requests', { labels: ['status'] }).labels({ status: '500' })
    registry.counter('steady').add(240)
    registry.gauge('queue').set(3)
    registry.state('pool', { states: ['idle', 'busy'] }).set('idle')
    for (let i = 0; i < 400; i++) registry.timer('latency').record(0.008 + i / 1e6)
  }
  const changes = rankChanges(
    windows(normal, (registry) => {
      registry
        .counter('requests', { labels: ['status'] })
        .labels({ status: '200' })
        .add(600)
      registry
        .counter('requests', { labels: ['status'] })
        .labels({ status: '500' })
        .add(54)
      registry.counter('steady').add(61)
      registry.gauge('queue').set(120)
      registry.state('pool', { states: ['idle', 'busy'] }).set('busy')
      for (let i = 0; i < 100; i++) registry.timer('latency').record(0.2)
    }),
  )
  const lines = changes.map(
    (change) => `${change.metric} ${Object.values(change.labels).join()} ${change.statistic} ${changeWords(change)}`,
  )
  assert.deepEqual(lines, [
    'requests 500 rate began',
    'latency  p99 24 times',
    'queue  value 40 times',
    'pool  value another value',
  ])
  const text = formatChanges(changes, 100)
  assert.match(text, /requests\{status=500\} +rate +0\/s → +0\.900\/s +began/)
  assert.match(text, /latency +p99 +8\.\d+ ms → +\d+ ms +24 times/)
  assert.match(text, /pool +value +idle → +busy/)
})

test('what an operator looks for comes before parts of V8, which are still there', () => {
  const declare = (registry: Registry) => ({
    orders: registry.counter('orders.placed'),
    uncaught: registry.counter('nodejs.uncaught_exceptions'),
    active: registry.gauge('http.server.active_requests'),
    utilization: registry.gauge('nodejs.eventloop.utilization', { unit: '1' }),
    cpu: registry.gauge('process.cpu.usage', { unit: '{cpu}' }),
    files: registry.gauge('process.unix.file_descriptor.count'),
    spaces: registry.gauge('v8js.memory.heap.used', { unit: 'By', labels: ['v8js_heap_space_name'] }),
    failed: registry.counter('sink.failed'),
  })
  const { baseline, from, to } = windows(
    (registry) => {
      const { orders, active, utilization, cpu, files, spaces } = declare(registry)
      orders.add(2400)
      active.set(0)
      utilization.set(0.001)
      cpu.set(0.0001)
      files.set(20)
      spaces.labels({ v8js_heap_space_name: 'new_space' }).set(1000)
    },
    (registry) => {
      const { orders, uncaught, active, utilization, cpu, files, spaces, failed } = declare(registry)
      orders.add(200)
      uncaught.add(30)
      active.set(1)
      utilization.set(0.02)
      cpu.set(0.02)
      files.set(900)
      spaces.labels({ v8js_heap_space_name: 'new_space' }).set(900_000)
      failed.add(50)
    },
  )
  const renamed = (snapshot: Snapshot): Snapshot => {
    const families = snapshot.families.map((one) =>
      one.name === 'sink.failed' ? { ...one, name: 'plimsoll.sink.failed' } : one,
    )
    return { ...snapshot, families }
  }
  const changes = rankChanges({ baseline: renamed(baseline), from: renamed(from), to: renamed(to) })
  assert.deepEqual(
    changes.map(({ metric }) => metric),
    [
      'nodejs.uncaught_exceptions',
      'orders.placed',
      'process.unix.file_descriptor.count',
      'http.server.active_requests',
      'nodejs.eventloop.utilization',
      'process.cpu.usage',
      'v8js.memory.heap.used',
      'plimsoll.sink.failed',
    ],
  )
})

test('the age of a process is no change, an age of anything else is one, and so is time that was not idle', () => {
  const registry = new Registry()
  const page = { file: null, pid: 1, tid: 0, app: 'shop', host: 'web-1', startedAt: 1000 } as const
  const pages = [{ ...page, state: 'live', heartbeatAge: 0, endedAt: null }] as const
  const uptime = registry.gauge('process.uptime', { unit: 's' })
  const own = registry.gauge('job.age', { unit: 'ms' })
  const time = registry.counter('nodejs.eventloop.time', { unit: 's', labels: ['nodejs_eventloop_state'] })
  const at = (takenAt: number): Snapshot => ({ ...structuredClone(registry.read()), takenAt, pages })
  const set = (seconds: number, busy: number): void => {
    uptime.set(seconds)
    own.set((seconds - 60) * 1000)
    time.labels({ nodejs_eventloop_state: 'active' }).add(busy)
    time.labels({ nodejs_eventloop_state: 'idle' }).add(60 - busy)
  }
  set(60, 0.5)
  const baseline = at(1060)
  set(120, 0.5)
  const from = at(1120)
  set(180, 30)
  const changes = rankChanges({ baseline, from, to: at(1180) })
  assert.deepEqual(
    changes.map(({ metric, labels }) => [metric, ...Object.values(labels)]),
    [['job.age'], ['nodejs.eventloop.time', 'active'], ['nodejs.eventloop.time', 'idle']],
  )
})

test('what differs only by chance is no change; the same ratio of many events is one', () => {
  const few = windows(
    (registry) => registry.counter('n').add(4),
    (registry) => registry.counter('n').add(2),
  )
  assert.deepEqual(rankChanges(few), [])
  const many = windows(
    (registry) => registry.counter('n').add(4000),
    (registry) => registry.counter('n').add(2000),
  )
  assert.deepEqual(rankChanges(many).map(changeWords), ['2 times'])
})

test('without a window before, all that came since the start is compared with', () => {
  const registry = new Registry()
  registry.counter('n').add(1000)
  const page = { file: null, pid: 1, tid: 0, app: 'shop', host: 'a', state: 'live', heartbeatAge: 0 } as const
  const at = (takenAt: number): Snapshot => ({
    ...structuredClone(registry.read()),
    takenAt,
    pages: [{ ...page, startedAt: 1000 }],
  })
  const from = at(2000)
  registry.counter('n').add(1000)
  const [change] = rankChanges({ from, to: at(2100) })
  assert.deepEqual([change?.before, change?.after], [1, 10])
})

test('of what is gone nothing has stopped: its last window ends with it', () => {
  const registry = new Registry()
  const page = { file: null, pid: 1, tid: 0, app: 'shop', host: 'a', startedAt: 1000 } as const
  const at = (takenAt: number, endedAt?: number): Snapshot => ({
    ...structuredClone(registry.read()),
    takenAt,
    pages:
      endedAt === undefined
        ? [{ ...page, state: 'live', heartbeatAge: 0 }]
        : [{ ...page, state: 'killed', heartbeatAge: takenAt - endedAt }],
  })
  const baseline = at(1000)
  registry.counter('steady').add(24_000)
  registry.counter('hurried').add(24_000)
  const from = at(1240)
  registry.counter('steady').add(1000)
  registry.counter('hurried').add(5000)
  const changes = rankChanges({ baseline, from, to: at(1300, 1250) })
  assert.deepEqual(
    changes.map((change) => [change.metric, changeWords(change)]),
    [['hurried', '5 times']],
  )
  assert.deepEqual(rankChanges({ from: at(1300, 1250), to: at(1400, 1250) }), [])
})

test('one family does not fill the list, and hostile labels are text', () => {
  const add =
    (n: number) =>
    (registry: Registry): void => {
      for (let i = 0; i < 50; i++)
        registry
          .counter('n', { labels: ['x'] })
          .labels({ x: `${i}\u001b[2J${'y'.repeat(5000)}` })
          .add(n)
    }
  const changes = rankChanges(windows(add(100), add(5000)))
  assert.equal(changes.filter(({ metric }) => metric === 'n').length, 3)
  const text = formatChanges(changes, 80)
  assert.ok(!text.includes('\u001b'))
  assert.ok(
    text.split('\n').every((line) => line.length <= 80),
    text,
  )
})

test('where the labels of a change do not fit, it has their values', () => {
  const labels = { http_request_method: 'GET', http_route: '/cart', http_response_status_class: '5xx' }
  const change = { metric: 'requests', kind: 'counter', unit: '', labels, statistic: 'rate', score: 2 } as const
  assert.match(formatChanges([{ ...change, before: 1, after: 4 }], 80), /^ {2}requests\{GET \/cart 5xx\} +rate /)
  assert.match(formatChanges([{ ...change, before: 1, after: 4 }], 160), /^ {2}requests\{http_request_method=GET /)
})
